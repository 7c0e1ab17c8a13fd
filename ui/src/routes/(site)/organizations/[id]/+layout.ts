import { error } from '@sveltejs/kit';
import { m } from '$lib/paraglide/messages';
import type { LayoutLoad } from './$types';

export const load: LayoutLoad = async ({ params, parent }) => {
	const { me } = await parent();
	const organization = me?.organizations.find(({ id }) => String(id) === params.id);
	// Missing or not visible to this person: the server does not distinguish the two either.
	if (!me || !organization) error(404, { message: '' });
	if (!organization.password_sign_in)
		error(403, { message: m.organization_closed_why({ name: organization.name }), code: 'forbidden' });
	return { me, organization, organizationId: organization.id };
};
