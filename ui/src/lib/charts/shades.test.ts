import { expect, test } from 'vitest';
import { shadeOf } from './shades';

test('five steps, the largest number darkest; nothing has no shade', () => {
	expect([0, 1, 2, 3, 5, 10].map((value) => shadeOf(value, 10))).toEqual([0, 0.2, 0.2, 0.38, 0.56, 1]);
	expect(shadeOf(1, 1)).toBe(1);
	expect(shadeOf(0, 0)).toBe(0);
});
