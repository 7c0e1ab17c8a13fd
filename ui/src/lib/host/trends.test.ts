import { expect, test } from 'vitest';
import type { ServerState } from './host';
import { KEPT, Trends } from './trends.svelte';

const seen = (pid: number, requests: number, cpu?: number) =>
	({
		state: 'running',
		cpu_percent: cpu,
		memory_bytes: 1000,
		status: { pid, requests }
	}) as unknown as ServerState;

test('requests per second are counted between two answers of one process', () => {
	const trends = new Trends();
	trends.add(seen(1, 100), 0);
	expect(trends.requests).toEqual([]);
	trends.add(seen(1, 110), 2000);
	expect(trends.requests).toEqual([5]);
	trends.add(seen(2, 3), 3000);
	expect(trends.requests).toEqual([5]);
	trends.add(seen(2, 4), 4000);
	expect(trends.requests).toEqual([5, 1]);
});

test('while the server is stopped nothing is added; the course is bounded', () => {
	const trends = new Trends();
	trends.add({ state: 'stopped' }, 0);
	expect(trends.memory).toEqual([]);
	for (let at = 0; at < KEPT + 5; at++) trends.add(seen(1, at, at), at * 1000);
	expect(trends.cpu).toHaveLength(KEPT);
	expect(trends.cpu.at(-1)).toBe(KEPT + 4);
});
