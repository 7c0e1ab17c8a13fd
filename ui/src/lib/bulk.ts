/**
 * What one action did to many people or things: one sentence with *Undo* when something was done, and the reasons of
 * what was refused.
 */
import { ApiError, body, client } from '$lib/api/client';
import type { BulkAnswer } from '$lib/api/types';
import { toast } from '$lib/components/toast.svelte';
import { messageOf } from '$lib/message-of';
import { m } from '$lib/paraglide/messages';

/** More reasons than a person reads. */
const REASONS_AT_MOST = 3;

/**
 * @param sentence what was done, with its consequence; gets the number of rows that were done
 * @param changed loads the displayed data again, after *Undo*
 * @throws with the reasons of the refused rows, for an `Attempt`
 */
export function report(
	{ results, undo }: BulkAnswer,
	sentence: (done: number) => string,
	changed: () => unknown = () => {}
): void {
	const done = results.filter(({ outcome }) => outcome === 'done').length;
	const action = undo && { label: m.undo(), run: () => takeBack(undo.id, changed) };
	if (done) toast(sentence(done), action ?? undefined);
	const refused = refusals({ results });
	if (refused) throw new Error(refused);
}

/** The reasons of what was refused, each once; empty: nothing was. */
export function refusals({ results }: Pick<BulkAnswer, 'results'>): string {
	const reasons = new Set(
		results.filter(({ outcome }) => outcome === 'refused').map(({ message }) => message)
	);
	const shown = [...reasons].slice(0, REASONS_AT_MOST);
	const more = reasons.size - shown.length;
	return [...shown, ...(more ? [m.bulk_more({ count: more })] : [])].join(' ');
}

/** Undoes an action of this person; says what could not be restored. */
async function takeBack(id: number, changed: () => unknown): Promise<void> {
	try {
		const answer = await body(client.POST('/api/v2/undo/{id}', { params: { path: { id } } }));
		const parts = answer.results.filter(({ message }) => message);
		const [only] = parts;
		const refused = refusals(answer);
		toast(refused || (parts.length === 1 && only ? only.message : m.undo_done({ count: parts.length })));
	} catch (reason) {
		const late = reason instanceof ApiError && reason.status === 404;
		toast(late ? m.undo_too_late() : messageOf(reason));
	}
	await changed();
}
