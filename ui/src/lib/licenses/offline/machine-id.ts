/** A program's Machine ID as a person types or pastes it. */
import { formatList } from '$lib/format';
import { m } from '$lib/paraglide/messages';

/** Digits of a Machine ID, as programs show it (`testkeep license machine-id`). */
export const MACHINE_ID_DIGITS = 32;

/** Without spaces and in small letters, as the server stores it. */
export const plainMachineId = (text: string): string => text.replace(/\s/g, '').toLowerCase();

/** In groups of four, which people can compare: “a1b2 c3d4 …”. */
export const groupedMachineId = (id: string): string => id.match(/.{1,4}/g)?.join(' ') ?? '';

/** What is wrong with it; `null`: nothing. */
export function machineIdProblem(text: string): string | null {
	const id = plainMachineId(text);
	if (!id) return m.licenses_machine_missing();
	const wrong = [...new Set(id)].filter((character) => !/[0-9a-f]/.test(character));
	if (wrong.length)
		return m.machine_id_characters({
			count: wrong.length,
			characters: formatList(wrong.slice(0, 3).map((character) => `“${character}”`))
		});
	if (id.length < MACHINE_ID_DIGITS)
		return m.machine_id_short({ count: id.length, missing: MACHINE_ID_DIGITS - id.length });
	return id.length > MACHINE_ID_DIGITS ? m.machine_id_long({ count: id.length }) : null;
}

/** How far a half-typed ID is; an ID with a wrong character is told at once. */
export function machineIdProgress(text: string): { problem: string | null; note: string; complete: boolean } {
	const id = plainMachineId(text);
	const problem = machineIdProblem(text);
	const unfinished = id.length < MACHINE_ID_DIGITS && !/[^0-9a-f]/.test(id);
	return {
		problem: unfinished ? null : problem,
		note: id ? m.machine_id_count({ count: id.length, of: MACHINE_ID_DIGITS }) : '',
		complete: problem === null
	};
}
