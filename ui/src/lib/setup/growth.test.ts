import { expect, test } from 'vitest';
import { yearlyGrowth } from './growth';

test('a year of work grows with the seats', () => {
	expect(yearlyGrowth(0)).toBe(0);
	expect(yearlyGrowth(1)).toBe(1_000_000);
	expect(yearlyGrowth(40)).toBe(29_000_000);
});
