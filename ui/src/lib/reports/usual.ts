/** The usual duration of an execution, from the others of the same name that a page of the list contains. */
import type { Execution } from './types';

export type WithUsual = Execution & { usual: number | null };

/** Fewer say little. */
const AT_LEAST = 3;

export function withUsual(rows: Execution[]): WithUsual[] {
	return rows.map((row) => {
		const others = rows
			.filter(({ id, name, state }) => id !== row.id && name === row.name && state === 'done')
			.flatMap(({ duration_ms }) => (typeof duration_ms === 'number' ? [duration_ms] : []))
			.sort((a, b) => a - b);
		const middle = others[Math.floor((others.length - 1) / 2)];
		return { ...row, usual: others.length >= AT_LEAST ? (middle ?? null) : null };
	});
}
