import { expect, test } from 'vitest';
import { sparkPath } from './spark';

test('the newest value is at the right edge, and the highest at the top', () => {
	expect(sparkPath([0, 10], 5, 1)).toBe('M75.0 23.0 L100.0 1.0');
});

test('small values stay low', () => {
	expect(sparkPath([1, 1], 2, 10)).toBe('M0.0 20.8 L100.0 20.8');
	expect(sparkPath([], 5, 1)).toBe('');
});
