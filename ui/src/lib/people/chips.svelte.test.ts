import { beforeEach, expect, test, vi } from 'vitest';
import type { InvitationCheck } from '$lib/api/types';

const check = vi.fn<(level: string, id: number, addresses: string) => Promise<InvitationCheck[]>>();
vi.mock('$lib/api/invitations', () => ({ invitations: { check } }));
const { Chips } = await import('./chips.svelte');

const answer = (address: string, outcome: InvitationCheck['outcome'], email?: string): InvitationCheck => ({
	address,
	outcome,
	email,
	message: `about ${address}`
});

beforeEach(() => void check.mockReset());

test('addresses become chips once, and the server says what each is', async () => {
	check.mockResolvedValue([
		answer('Ada <ada@x.de>', 'already_member', 'ada@x.de'),
		answer('bob@x.de', 'invited', 'bob@x.de'),
		answer('nobody', 'invalid')
	]);
	const chips = new Chips('organizations', 2);
	chips.add('Ada <ada@x.de>; bob@x.de, nobody\nADA@x.de');
	expect(chips.merged).toBe(1);
	expect(chips.list.map(({ state }) => state)).toEqual(['checking', 'checking', 'checking']);
	await chips.check();
	expect(chips.list.map(({ text, state }) => [text, state])).toEqual([
		['ada@x.de', 'already_member'],
		['bob@x.de', 'invited'],
		['nobody', 'invalid']
	]);
	expect(chips.count('invited', 'invited_again')).toBe(1);
	await chips.check();
	expect(check).toHaveBeenCalledTimes(1);
});

test('a chip is taken out to be edited, and known answers stay', async () => {
	check.mockResolvedValue([answer('a@x.de', 'invited', 'a@x.de'), answer('b@', 'invalid')]);
	const chips = new Chips('organizations', 2);
	chips.add('a@x.de b@');
	await chips.check();
	expect(chips.remove('b@')).toBe('b@');
	chips.add('b@x.de');
	check.mockResolvedValue([answer('b@x.de', 'invited', 'b@x.de')]);
	await chips.check();
	expect(check.mock.lastCall?.[2]).toBe('b@x.de');
	expect(chips.text).toBe('a@x.de\nb@x.de');
});

test('two spellings that the server knows as one address are one chip', async () => {
	check.mockResolvedValue([
		answer('a@bücher.de', 'invited', 'a@bücher.de'),
		answer('a@xn--bcher-kva.de', 'duplicate', 'a@bücher.de')
	]);
	const chips = new Chips('organizations', 2);
	chips.add('a@bücher.de, a@xn--bcher-kva.de');
	await chips.check();
	expect([chips.size, chips.merged]).toEqual([1, 1]);
});

test('without an answer the chips stay, with the reason', async () => {
	check.mockRejectedValue(new Error('The server does not answer.'));
	const chips = new Chips('organizations', 2);
	chips.add('a@x.de');
	await chips.check();
	expect(chips.error).toBe('The server does not answer.');
	expect(chips.list).toHaveLength(1);
});
