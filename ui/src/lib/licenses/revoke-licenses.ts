import { licenses, type Pool } from '$lib/api/licenses';
import type { LicensedUser } from '$lib/api/types';
import type { Attempt } from '$lib/attempt.svelte';
import { toast } from '$lib/components/toast.svelte';
import { m } from '$lib/paraglide/messages';
import { personName } from '$lib/people/person';

/** Revokes licenses and offers to assign them again. Ended sessions do not begin again. */
export const revokeLicenses = (pool: Pool, users: LicensedUser[], work: Attempt): Promise<boolean> =>
	work.run(async () => {
		const revoked: LicensedUser[] = [];
		try {
			for (const user of users) {
				await licenses.revoke(pool, user.user_id);
				revoked.push(user);
			}
		} finally {
			if (revoked[0]) offerUndo(pool, revoked, work);
		}
	});

function offerUndo(pool: Pool, revoked: LicensedUser[], work: Attempt): void {
	const [first] = revoked;
	const text =
		first && revoked.length === 1
			? m.licenses_revoked({ name: personName(first) })
			: m.licenses_revoked_many({ count: revoked.length });
	const emails = revoked.map(({ email }) => email);
	toast(text, { label: m.undo(), run: () => work.run(() => licenses.assign(pool, emails)) });
}
