/** The organization that the navigation shows: the page's own, otherwise the last visited one. */
import type { OrganizationAccess } from '$lib/api/types';

const KEY = 'testkeep.organization';

/** @param id id of the page's organization, if it has one */
export function chosenOrganization(
	all: OrganizationAccess[],
	id: number | undefined
): OrganizationAccess | undefined {
	const wanted = id ?? Number(localStorage.getItem(KEY));
	return all.find((one) => one.id === wanted) ?? all[0];
}

export function rememberOrganization(id: number): void {
	localStorage.setItem(KEY, String(id));
}
