import { own } from '$lib/api/own';
import { orErrorPage } from '$lib/load';
import type { PageLoad } from './$types';

/** What the caller has in this organization. */
export const load: PageLoad = async ({ parent }) => {
	const { organization } = await parent();
	const { licenses, places } = await orErrorPage(own());
	const here = ({ organization_id }: { organization_id: number }) => organization_id === organization.id;
	return { licenses: licenses.filter(here), places: places.filter(here) };
};
