import { error } from '@sveltejs/kit';
import type { LayoutLoad } from './$types';

export const load: LayoutLoad = async ({ params, parent }) => {
	const { me } = await parent();
	const organization = me?.organizations.find(({ id }) => String(id) === params.id);
	// Not there, or not for this person: the server makes no difference either.
	if (!me || !organization) error(404, { message: '' });
	return { me, organization, organizationId: organization.id };
};
