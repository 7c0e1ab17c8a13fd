/** The organization the navigation speaks of: the page's own, else the last one looked at. */
import type { OrganizationAccess } from '$lib/api/types';

const KEY = 'testkeep.organization';

/** @param id of the page's organization, when it has one */
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
