import type { LicenseSummary } from '$lib/api/types';
import type { StatusTone } from '$lib/components/status-tone';
import { m } from '$lib/paraglide/messages';

export function licenseLook(license: LicenseSummary): { tone: StatusTone; label: string } {
	switch (license.state) {
		case 'active':
			return { tone: 'passed', label: license.demo ? m.license_active_demo() : m.license_active() };
		case 'expiring':
			return { tone: 'error', label: m.license_expiring() };
		case 'expired':
			return { tone: 'failed', label: m.license_expired() };
		case 'not_yet_valid':
			return { tone: 'failed', label: m.license_not_yet_valid() };
		case 'other_machine':
			return { tone: 'failed', label: m.license_other_machine() };
		case 'replaced':
			return { tone: 'skipped', label: m.licenses_replaced() };
	}
}

export function productName(product: string): string {
	if (product === 'KSE') return m.product_kse();
	if (product === 'KRE') return m.product_kre();
	return '';
}
