/** What the installation will do with the present answers, in the order of its steps. */
import { formatBytes } from '$lib/format';
import { m } from '$lib/paraglide/messages';
import { grantOf } from './answer-text';
import { wizard } from './wizard.svelte';

export type Consequence = { key: string; title: string; detail: string };

export function consequences(): Consequence[] {
	const { destination, http_port, control_port } = wizard.answers();
	const bytes = wizard.defaults?.program_bytes;
	return [
		{ key: 'folders', title: m.will_folders(), detail: m.will_folders_detail({ destination }) },
		{
			key: 'programs',
			title: m.will_programs(),
			detail: bytes ? m.will_programs_detail({ size: formatBytes(bytes) }) : m.will_programs_unknown()
		},
		{
			key: 'configuration',
			title: m.will_configuration(),
			detail: m.will_configuration_detail({ http: String(http_port), control: String(control_port) })
		},
		{ key: 'database', title: m.will_database(), detail: database() },
		{ key: 'license', title: m.will_license(), detail: license() },
		{ key: 'owner', title: m.will_owner(), detail: owner() },
		{ key: 'start', title: m.will_start(), detail: start() }
	];
}

function database(): string {
	if (wizard.databaseKind === 'built-in') return m.will_database_built_in();
	const url = wizard.jdbcUrl.trim();
	return wizard.createDatabase ? m.will_database_create({ url }) : m.will_database_use({ url });
}

function license(): string {
	if (wizard.licenseLater) return m.will_license_later();
	const found = wizard.checks.license.report?.license;
	return found
		? m.will_license_now({ customer: found.customer, grant: grantOf(found) })
		: m.setup_license_open();
}

function owner(): string {
	if (wizard.owner.later) return m.will_owner_later();
	const owner = wizard.owner.given;
	return owner ? m.will_owner_now({ email: owner.email }) : m.owner_open();
}

function start(): string {
	if (wizard.serviceMode === 'service') return m.will_start_service();
	if (wizard.serviceMode === 'user-service') return m.will_start_own_service();
	const account = wizard.defaults?.account;
	return account ? m.will_start_as({ account }) : m.will_start_unknown();
}
