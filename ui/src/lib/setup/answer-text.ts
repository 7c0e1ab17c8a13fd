/** The present answers as text: the first line is the answer, further lines explain it. */
import { formatNumber } from '$lib/format';
import type { Schemas } from '$lib/host';
import { m } from '$lib/paraglide/messages';
import { formatEnd } from '$lib/licenses/license-dates';
import { wizard, type PageName } from './wizard.svelte';

type License = Schemas['LicenseSummary'];

/** “KSE 25 · KRE 10” */
export const quotasOf = (license: License): string =>
	license.products.map(({ product, quota }) => `${product} ${formatNumber(quota)}`).join(' · ');

/** “KSE 25 · KRE 10, until December 31, 2027” */
export const grantOf = (license: License): string =>
	m.setup_license_grant({ quotas: quotasOf(license), date: formatEnd(license.expires_at) });

export function answerText(page: PageName): string[] {
	switch (page) {
		case 'destination':
			return [wizard.answers().destination];
		case 'ports':
			return [
				`${m.review_http({ port: wizard.httpPort })} · ${m.review_control({ port: wizard.controlPort })}`
			];
		case 'database':
			return databaseText();
		case 'server-url':
			return [wizard.answers().server_url];
		case 'files':
			return [wizard.uploadsElsewhere ? wizard.uploadLocation : m.uploads_inside()];
		case 'license':
			return licenseText();
		case 'owner':
			return ownerText();
		case 'review':
			return [];
	}
}

function databaseText(): string[] {
	if (wizard.databaseKind === 'built-in') return [m.database_built_in()];
	const user = wizard.databaseUser.trim();
	return [
		m.database_postgresql(),
		wizard.jdbcUrl.trim(),
		...(user ? [m.review_user({ user })] : []),
		...(wizard.createDatabase ? [m.review_create()] : [])
	];
}

function ownerText(): string[] {
	if (wizard.owner.later) return [m.owner_later()];
	const owner = wizard.owner.given;
	return owner ? [owner.email, `${owner.first_name} ${owner.last_name}`] : [m.owner_open()];
}

function licenseText(): string[] {
	if (wizard.licenseLater) return [m.license_later()];
	if (!wizard.licenseFile) return [m.setup_license_open()];
	const license = wizard.checks.license.report?.license;
	return license ? [license.customer, grantOf(license), wizard.licenseName] : [wizard.licenseName];
}
