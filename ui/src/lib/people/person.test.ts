import { expect, test } from 'vitest';
import { initialsOf } from './person';

test.each([
	[{ first_name: 'Ada', last_name: 'Lovelace', email: 'x@x.de' }, 'AL'],
	[{ first_name: ' grace', last_name: '', email: 'x@x.de' }, 'G'],
	[{ first_name: '', last_name: '', email: 'linus@x.de' }, 'L'],
	[{ first_name: '𝔸da', last_name: 'Ødegård', email: 'x@x.de' }, '𝔸Ø']
])('%j', (person, initials) => expect(initialsOf(person)).toBe(initials));
