import { account } from '$lib/api/organizations';
import { invitations } from '$lib/api/invitations';
import { accountLicenses } from '$lib/api/licenses';
import type { Level, Me } from '$lib/api/types';
import { orErrorPage } from '$lib/load';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent }) => {
	const { me } = await parent();
	if (!me) return { invited: false, assigned: false };
	const [invited, assigned] = await orErrorPage(Promise.all([somebodyInvited(me), somebodyLicensed(me)]));
	return { invited, assigned };
};

/** Whether the installation has a second person or a pending invitation. */
async function somebodyInvited(me: Me): Promise<boolean> {
	if (!me.actions.includes('view_account')) return true;
	if ((await account.get()).user_count > 1) return true;
	const places: [Level, number][] = [
		['accounts', 1],
		...me.organizations.map(({ id }): [Level, number] => ['organizations', id])
	];
	const open = await Promise.all(places.map(([level, id]) => invitations.list(level, id, { page_size: 1 })));
	return open.some(({ total }) => total > 0);
}

/** Whether a person of any organization has a license. */
async function somebodyLicensed(me: Me): Promise<boolean> {
	if (!me.actions.includes('view_subscription_details')) return true;
	const { products } = await accountLicenses.get();
	return products.some(({ organizations }) => organizations.some(({ assigned }) => assigned > 0));
}
