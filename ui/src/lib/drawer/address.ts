/** Which drawer is open is part of the page's address: “?person=12” on any page. */

export const DRAWER_KINDS = ['person', 'machine', 'session'] as const;
export type DrawerKind = (typeof DRAWER_KINDS)[number];
export type DrawerTarget = { kind: DrawerKind; id: number };

/** @param search query of a `Location`. `null`: no drawer is open, or the id is none. */
export function drawerIn(search: string): DrawerTarget | null {
	const address = new URLSearchParams(search);
	for (const kind of DRAWER_KINDS) {
		const text = address.get(kind) ?? '';
		if (/^[1-9]\d{0,15}$/.test(text)) return { kind, id: Number(text) };
	}
	return null;
}

/** The same page with this drawer; everything else of its address stays. `null`: without a drawer. */
export function withDrawer(url: { pathname: string; search: string }, target: DrawerTarget | null): string {
	const address = new URLSearchParams(url.search);
	for (const kind of DRAWER_KINDS) address.delete(kind);
	if (target) address.set(target.kind, String(target.id));
	const text = address.toString();
	return url.pathname + (text && `?${text}`);
}
