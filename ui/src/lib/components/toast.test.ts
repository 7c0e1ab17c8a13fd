import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { toast, toasts } from './toast.svelte';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
	toasts.shown.forEach(({ id }) => toasts.close(id));
	vi.useRealTimers();
});
const texts = () => toasts.shown.map(({ text }) => text);
const undo = (run = () => {}) => ({ label: 'Undo', run });

test('a toast goes after six seconds, one with an action after ten', () => {
	toast('Saved.');
	toast('Removed.', undo());
	vi.advanceTimersByTime(6000);
	expect(texts()).toEqual(['Removed.']);
	vi.advanceTimersByTime(4000);
	expect(texts()).toEqual([]);
});

test('it stays while it is held, and its time begins again afterwards', () => {
	toast('Removed.', undo());
	const id = toasts.shown[0]?.id ?? -1;
	vi.advanceTimersByTime(9000);
	toasts.hold(id);
	vi.advanceTimersByTime(60_000);
	expect(texts()).toEqual(['Removed.']);
	toasts.release(id);
	vi.advanceTimersByTime(9999);
	expect(texts()).toEqual(['Removed.']);
	vi.advanceTimersByTime(1);
	expect(texts()).toEqual([]);
});

test('an action runs once and closes its toast', () => {
	const run = vi.fn();
	toast('Removed.', undo(run));
	const id = toasts.shown[0]?.id ?? -1;
	toasts.act(id);
	toasts.act(id);
	expect(run).toHaveBeenCalledTimes(1);
	expect(texts()).toEqual([]);
});

test('the newest action is the one of the keyboard, and three toasts are enough', () => {
	toast('A', undo());
	toast('B', undo());
	toast('C');
	toast('D');
	expect(texts()).toEqual(['B', 'C', 'D']);
	expect(toasts.last?.text).toBe('B');
});
