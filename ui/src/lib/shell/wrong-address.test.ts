import { beforeEach, expect, test, vi } from 'vitest';
import { invitationToken } from '$lib/people/invitation-token';
import { nextPage } from '$lib/site';
import { samePage, wrongAddress } from './wrong-address';
import type { ServerStatus } from '$lib/api/types';

const at = (path: string) => new URL(`http://testkeep.example.com${path}`);

vi.mock('$app/navigation', () => ({ replaceState: () => {} }));

beforeEach(() => {
	const kept = new Map<string, string>();
	vi.stubGlobal('sessionStorage', {
		getItem: (key: string) => kept.get(key) ?? null,
		setItem: (key: string, value: string) => kept.set(key, value),
		removeItem: (key: string) => kept.delete(key)
	});
});

test('a page at another address keeps its path, query and code', () => {
	expect(samePage(at('/organizations/4?page=2'))).toBe('/organizations/4?page=2');
	expect(samePage(at('/invitation#token=of-the-link'))).toBe('/invitation#token=of-the-link');
});

test('a code that was taken from the address bar goes along, to its own page alone', () => {
	invitationToken.keep('kept-by-this-tab');
	expect(samePage(at('/invitation'))).toBe('/invitation#token=kept-by-this-tab');
	expect(samePage(at('/reset-password'))).toBe('/reset-password');
	invitationToken.forget();
	expect(samePage(at('/invitation'))).toBe('/invitation');
});

test('from the sign-in page, the way leads to the page that was asked for', () => {
	nextPage.keep(at('/projects/7?tab=users'));
	expect(samePage(at('/sign-in'))).toBe('/projects/7?tab=users');
	expect(nextPage.take()).toBe('/projects/7?tab=users');
	expect(samePage(at('/sign-in'))).toBe('/sign-in');
});

test('an https server that is opened by http is named as unencrypted', () => {
	const status = { server_url: 'https://testkeep.example.com', host: 'testkeep.example.com' } as ServerStatus;
	expect(wrongAddress(status, at('/'))).toMatchObject({ unencrypted: true, proxy: null });
	expect(wrongAddress(status, new URL('https://testkeep.example.com/'))).toBeNull();
});
