import { expect, test, vi } from 'vitest';
import { throttled } from './throttle';

test('the first event works at once, many later ones once', () => {
	vi.useFakeTimers();
	const work = vi.fn();
	const { run, stop } = throttled(work, 1000);
	run();
	expect(work).toHaveBeenCalledTimes(1);
	for (let times = 0; times < 20; times++) run();
	vi.advanceTimersByTime(1000);
	expect(work).toHaveBeenCalledTimes(2);
	vi.advanceTimersByTime(5000);
	expect(work).toHaveBeenCalledTimes(2);
	run();
	run();
	expect(work).toHaveBeenCalledTimes(3);
	stop();
	vi.advanceTimersByTime(5000);
	expect(work).toHaveBeenCalledTimes(3);
	vi.useRealTimers();
});
