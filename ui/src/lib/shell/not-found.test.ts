import { expect, test } from 'vitest';
import { notFoundWords } from './not-found';

test('a missing object is named by kind and id', () => {
	expect(notFoundWords('/organizations/77/users')).toMatch(/organization 77/);
	expect(notFoundWords('/teams/8/users')).toMatch(/team 8/);
	expect(notFoundWords('/projects/9')).toMatch(/project 9/);
	expect(notFoundWords('/groups/10')).toMatch(/user group 10/);
});

test('any other address is repeated', () => {
	for (const path of ['/nowhere', '/organizations/acme', '/organizations', '/'])
		expect(notFoundWords(path)).toContain(path);
});
