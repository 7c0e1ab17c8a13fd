import { licenses, type Pool } from '$lib/api/licenses';
import type { LicensedUser } from '$lib/api/types';
import type { Attempt } from '$lib/attempt.svelte';
import { report } from '$lib/bulk';
import { m } from '$lib/paraglide/messages';
import { personName } from '$lib/people/person';

/** Revokes licenses in one request. *Undo* gives the licenses back; ended sessions do not begin again. */
export const revokeLicenses = (pool: Pool, users: LicensedUser[], work: Attempt): Promise<boolean> =>
	work.run(async () => {
		const answer = await licenses.revokeMany(
			pool,
			users.map(({ user_id }) => user_id)
		);
		const [only] = users.length === 1 ? users : [];
		const sentence = (count: number) =>
			only ? m.licenses_revoked({ name: personName(only) }) : m.licenses_revoked_many({ count });
		report(answer, sentence, () => work.refresh());
	});
