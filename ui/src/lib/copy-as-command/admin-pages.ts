/** The pages on which people change something for others. */
const PAGES = ['organizations/', 'account/', 'teams/', 'projects/', 'groups/', 'license'];

export const isAdminPage = (route: string | null): boolean =>
	PAGES.some((page) => route?.startsWith(`/(site)/${page}`) ?? false);
