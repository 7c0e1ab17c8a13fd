import { describe, expect, test } from 'vitest';
import { commandOf, quoteForPowerShell, quoteForSh, shownBody, type WriteRequest } from './command';

const write = (of: Partial<WriteRequest>): WriteRequest => ({
	method: 'PATCH',
	url: 'http://testkeep.example.com:8080/api/v2/organizations/2/users/5',
	body: '{"role":"admin"}',
	file: false,
	...of
});

describe('quoting', () => {
	test.each([
		['plain', `'plain'`],
		["O'Brien", `'O'\\''Brien'`],
		['$HOME `id` "x" \\', `'$HOME \`id\` "x" \\'`],
		['two\nlines', `'two\nlines'`]
	])('for sh: %s', (text, quoted) => expect(quoteForSh(text)).toBe(quoted));

	test.each([
		['plain', `'plain'`],
		["O'Brien", `'O''Brien'`],
		['O’Brien ‘x‘', `'O’’Brien ‘‘x‘‘'`],
		['$env:PATH `n "x"', `'$env:PATH \`n "x"'`]
	])('for PowerShell: %s', (text, quoted) => expect(quoteForPowerShell(text)).toBe(quoted));
});

describe('commandOf', () => {
	test('is the line that the API client sends', () => {
		expect(commandOf(write({}), 'sh')).toBe(
			`curl -fsS -X PATCH 'http://testkeep.example.com:8080/api/v2/organizations/2/users/5' ` +
				`-H "Authorization: Bearer $TESTKEEP_API_KEY" -H 'Content-Type: application/json' -d '{"role":"admin"}'`
		);
		expect(commandOf(write({}), 'powershell')).toBe(
			`Invoke-RestMethod -Method Patch -Uri 'http://testkeep.example.com:8080/api/v2/organizations/2/users/5' ` +
				`-Headers @{ Authorization = "Bearer $env:TESTKEEP_API_KEY" } ` +
				`-ContentType 'application/json; charset=utf-8' -Body '{"role":"admin"}'`
		);
	});

	test('a deletion has no body, a file is named', () => {
		expect(commandOf(write({ method: 'DELETE', body: null }), 'sh')).not.toContain('-d ');
		expect(commandOf(write({ body: null, file: true }), 'sh')).toContain('--data-binary @FILE');
		expect(commandOf(write({ body: null, file: true }), 'powershell')).toContain('-InFile FILE');
	});

	test('a name with a quote cannot end the argument', () => {
		const body = JSON.stringify({ name: `it's; rm -rf ~ #` });
		expect(commandOf(write({ body }), 'sh')).toContain(`-d '{"name":"it'\\''s; rm -rf ~ #"}'`);
	});
});

test('secrets are never shown, switches about passwords are', () => {
	const body = { password: 'hunter2', nested: { new_password: 'x' }, token: 'y', password_sign_in: false };
	const shown = shownBody(JSON.stringify(body));
	expect(shown).toBe(
		'{"password":"<password>","nested":{"new_password":"<password>"},"token":"<password>","password_sign_in":false}'
	);
	expect(shownBody('password=hunter2')).toBeNull();
});
