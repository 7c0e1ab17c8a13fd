/** The two products, their names and their pages. */
import type { LicenseProduct, LicenseProductName } from '$lib/api/types';
import type { StatusTone } from '$lib/components/status-tone';
import type { Tab } from '$lib/components/tab';
import { m } from '$lib/paraglide/messages';

export const PRODUCTS: LicenseProductName[] = ['KSE', 'KRE'];

export const isProduct = (name: string): name is LicenseProductName => (PRODUCTS as string[]).includes(name);

/** “KSE (per User)” */
export const productTitle = (product: LicenseProductName): string =>
	product === 'KSE' ? m.licenses_kse() : m.licenses_kre();

export const productPath = (organization: number, product: LicenseProductName): string =>
	`/organizations/${organization}/licenses/${product}`;

export function productPages(base: string): Tab[] {
	const page = (name: string, label: string): Tab => ({
		href: `${base}/${name}`,
		label,
		testid: `tab-${name}`
	});
	return [
		page('users', m.licenses_users()),
		page('online', m.licenses_online()),
		page('offline', m.licenses_offline()),
		page('machines', m.licenses_machines()),
		page('usage', m.licenses_usage()),
		page('settings', m.settings())
	];
}

export function productLook({ state }: LicenseProduct): { tone: StatusTone; label: string } {
	switch (state) {
		case 'active':
			return { tone: 'passed', label: m.license_active() };
		case 'expiring':
			return { tone: 'error', label: m.license_expiring() };
		case 'expired':
			return { tone: 'failed', label: m.license_expired() };
		case 'none':
			return { tone: 'skipped', label: m.license_none() };
	}
}

/** The reason why no new session gets a seat at present, for any person; `null`: seats are given. */
export function whyNoSeats({ state, available }: LicenseProduct): string | null {
	if (state === 'none') return m.licenses_none_why();
	if (state === 'expired') return m.licenses_expired_why();
	return available > 0 ? null : m.licenses_full_why();
}

/** Display name of a package, the kind of program that requested a seat. */
export function packageName(name: string): string {
	if (name === 'KSE') return m.product_studio();
	return name === 'ENGINE' || name === 'FLOATING_ENGINE' ? m.product_engine() : name;
}
