import { expect, test } from 'vitest';
import type { Person } from '$lib/api/types';
import { transferWords } from './transfer-words';

const person = (user_id: number, first_name: string): Person => ({
	user_id,
	email: `${first_name}@x.de`,
	first_name,
	last_name: ''
});
const [ada, grace] = [person(1, 'Ada'), person(2, 'Grace')];

test('the only Owner gives it away: only the new one can give it back', () => {
	const words = transferWords('Linus', [ada], 1);
	expect(words).toContain('Linus becomes Owner');
	expect(words).toContain('You become Admin');
	expect(words).toContain('Only the new Owner');
});

test('another Owner stays, and can give it back', () => {
	const words = transferWords('Linus', [ada, grace], 1);
	expect(words).toContain('Grace');
	expect(words).not.toContain('Only the new Owner');
});

test('a caller who is no Owner here keeps their role', () => {
	const words = transferWords('Linus', [grace], 1);
	expect(words).not.toContain('You become Admin');
	expect(words).toContain('Your own role does not change');
});

test('before the Owners are known, nothing is promised', () => {
	expect(transferWords('Linus', null, 1)).not.toMatch(/Only|stay/);
});
