/** The course of the server's figures while the window is open, one value per observation. */
import type { ServerState } from './host';

/** Two minutes at one observation a second. */
export const KEPT = 120;

export class Trends {
	cpu = $state.raw<number[]>([]);
	memory = $state.raw<number[]>([]);
	/** Requests per second. */
	requests = $state.raw<number[]>([]);
	#before: { pid: number; requests: number; at: number } | null = null;

	/** @param now milliseconds since 1970 */
	add(seen: ServerState, now: number): void {
		this.cpu = added(this.cpu, seen.cpu_percent);
		this.memory = added(this.memory, seen.memory_bytes);
		const { status } = seen;
		const before = this.#before;
		this.#before = status ? { pid: status.pid, requests: status.requests, at: now } : null;
		// Another process counts from the start.
		if (!status || !before || before.pid !== status.pid || now <= before.at) return;
		const rate = ((status.requests - before.requests) * 1000) / (now - before.at);
		this.requests = added(this.requests, rate);
	}
}

const added = (values: number[], value: number | null | undefined): number[] =>
	value == null ? values : [...values, value].slice(-KEPT);
