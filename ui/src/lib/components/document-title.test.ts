import { expect, test } from 'vitest';
import { documentTitle } from './document-title';

test('a title names page, section and place once', () => {
	expect(documentTitle(['Invitations', 'Users', 'Compilers'])).toBe(
		'Invitations · Users · Compilers · Testkeep'
	);
	expect(documentTitle(['Users', 'Users', 'Compilers'])).toBe('Users · Compilers · Testkeep');
	expect(documentTitle([undefined, 'Grammar', ''])).toBe('Grammar · Testkeep');
	expect(documentTitle(['Testkeep'])).toBe('Testkeep');
});
