/** A page of the person's own organizations: they are few, and `me` contains all of them. */
import type { ListQuery, OrganizationAccess, Page } from '$lib/api/types';
import { getLocale } from '$lib/paraglide/runtime';

export function pageOf(all: OrganizationAccess[], query: ListQuery): Page<OrganizationAccess> {
	const { search = '', order, page = 1, page_size = all.length } = query;
	const wanted = search.toLowerCase();
	const { compare } = new Intl.Collator(getLocale(), { numeric: true });
	const found = all
		.filter(({ name }) => name.toLowerCase().includes(wanted))
		.sort((a, b) => compare(a.name, b.name) * (order === 'desc' ? -1 : 1));
	return { items: found.slice((page - 1) * page_size, page * page_size), total: found.length };
}
