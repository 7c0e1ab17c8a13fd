/** What a transfer of the ownership does: who is Owner afterwards, and who can give it back. */
import type { Person } from '$lib/api/types';
import { formatList } from '$lib/format';
import { m } from '$lib/paraglide/messages';
import { personName } from './person';

/** @param owners the Owners now; `null`: not known yet. @param self the caller's id. */
export function transferWords(name: string, owners: Person[] | null, self: number | undefined): string {
	if (!owners) return m.transfer_becomes({ name });
	const isOwner = owners.some(({ user_id }) => user_id === self);
	const others = owners.filter(({ user_id }) => user_id !== self).map(personName);
	const own = isOwner ? m.transfer_you_admin() : m.transfer_you_stay();
	const rest = others.length
		? m.transfer_others({ names: formatList(others) })
		: isOwner
			? m.transfer_only_new()
			: '';
	return [m.transfer_becomes({ name }), own, rest].filter(Boolean).join(' ');
}
