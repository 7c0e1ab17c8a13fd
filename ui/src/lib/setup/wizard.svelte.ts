/** The answers until now, and the results of their checks. Exists as long as the window; must never be stored. */
import { getDesktop, type Answers, type Defaults } from '$lib/host';
import { m } from '$lib/paraglide/messages';
import { LiveCheck } from './live-check.svelte';
import { Owner } from './owner.svelte';

export const PAGES = [
	'destination',
	'ports',
	'database',
	'server-url',
	'files',
	'license',
	'owner',
	'review'
] as const;
export type PageName = (typeof PAGES)[number];
export type ServiceMode = Defaults['service_modes'][number];
/** The pages that ask something. */
export const QUESTIONS = PAGES.filter((page) => page !== 'review');

class Wizard {
	defaults = $state.raw<Defaults | null>(null);
	destination = $state('');
	httpPort = $state('');
	controlPort = $state('');
	databaseKind = $state<'built-in' | 'postgresql'>('built-in');
	jdbcUrl = $state('');
	/** What is wrong with the JDBC URL as it is typed; `null`: nothing. */
	jdbcProblem = $state<string | null>(null);
	databaseUser = $state('');
	databasePassword = $state('');
	createDatabase = $state(false);
	serverUrl = $state('');
	uploadsElsewhere = $state(false);
	uploadLocation = $state('');
	licenseLater = $state(false);
	licenseFile = $state('');
	/** The name that the person knows the license file by. */
	licenseName = $state('');
	readonly owner = new Owner();
	/** Pages are opened from the screen with all answers, and lead back to it. */
	express = $state(true);
	serviceMode = $state<ServiceMode>('background');
	/** Asked when the server would run as root, as the window does. */
	allowRoot = $state(false);
	/** Pages that the person has completed. */
	confirmed = $state<Partial<Record<PageName, boolean>>>({});

	readonly checks = {
		destination: new LiveCheck('destination'),
		ports: new LiveCheck('ports'),
		database: new LiveCheck('database'),
		serverUrl: new LiveCheck('server-url'),
		uploads: new LiveCheck('upload-location'),
		license: new LiveCheck('license')
	};

	async start(): Promise<void> {
		const defaults = await getDesktop().check('defaults', []);
		this.defaults = defaults;
		this.destination = defaults.destination;
		this.httpPort = String(defaults.http_port);
		this.controlPort = String(defaults.control_port);
		this.serverUrl = defaults.server_urls[0] ?? '';
		this.databaseKind = 'built-in';
		this.jdbcUrl = 'jdbc:postgresql://localhost:5432/kit';
		this.jdbcProblem = null;
		this.databaseUser = this.databasePassword = '';
		this.createDatabase = this.uploadsElsewhere = this.licenseLater = false;
		this.uploadLocation = this.licenseFile = this.licenseName = '';
		this.owner.clear();
		this.express = true;
		this.serviceMode = this.serviceModes[0] ?? 'background';
		this.allowRoot = false;
		this.confirmed = {};
		for (const check of Object.values(this.checks)) check.clear();
	}

	/** How the server can be kept running here, the proposal first. The wizard always starts it. */
	get serviceModes(): ServiceMode[] {
		return (this.defaults?.service_modes ?? []).filter((mode) => mode !== 'none');
	}

	/** A service has an account of its own; a server in the background has the window's. */
	get wouldBeRoot(): boolean {
		return Boolean(this.defaults?.is_root) && this.serviceMode === 'background';
	}

	/** A proposed URL follows the port; a typed address is not changed. */
	followPort(): void {
		const proposals = this.defaults?.server_urls ?? [];
		const withoutPort = (url: string) => url.replace(/:\d+\/?$/, '');
		const same = proposals.find((proposal) => withoutPort(proposal) === withoutPort(this.serverUrl));
		if (same) this.serverUrl = `${withoutPort(same)}:${this.httpPort.trim()}`;
	}

	/** Runs the checks for this page's answers; resolves when they have ended. */
	async ask(page: PageName): Promise<void> {
		const checks = this.checks;
		switch (page) {
			case 'destination':
				return ask(checks.destination, this.destination.trim());
			case 'ports':
				if (!isPort(this.httpPort) || !isPort(this.controlPort)) return checks.ports.clear();
				// A server that is already installed there may itself hold the ports.
				return checks.ports.ask([
					this.httpPort.trim(),
					this.controlPort.trim(),
					'--destination',
					this.destination.trim()
				]);
			case 'database':
				return this.databaseKind === 'built-in' ? checks.database.clear() : this.testConnection();
			case 'server-url':
				if (!this.serverUrl.trim()) return checks.serverUrl.clear();
				return checks.serverUrl.ask([this.serverUrl.trim(), '--http-port', this.httpPort.trim()]);
			case 'files':
				if (!this.uploadsElsewhere || !this.uploadLocation.trim()) return checks.uploads.clear();
				return checks.uploads.ask([this.uploadLocation.trim(), '--destination', this.destination.trim()]);
			case 'license':
				return ask(checks.license, this.licenseLater ? '' : this.licenseFile);
			case 'owner':
			case 'review':
				return;
		}
	}

	testConnection(): Promise<void> {
		const args = [this.jdbcUrl.trim()];
		if (this.databaseUser.trim()) args.push('--user', this.databaseUser.trim());
		if (this.createDatabase) args.push('--create');
		return this.checks.database.ask(args, this.databasePassword, 0);
	}

	/** The reason why the person cannot continue from this page, or `null`. */
	whyNot(page: PageName): string | null {
		const checks = this.checks;
		switch (page) {
			case 'destination':
				if (!this.destination.trim()) return m.why_destination();
				return checks.destination.refused ? m.why_folder_refused() : null;
			case 'ports':
				if (!isPort(this.httpPort) || !isPort(this.controlPort)) return m.why_ports();
				return checks.ports.refused ? m.why_ports_refused() : null;
			case 'database':
				if (this.databaseKind === 'built-in') return null;
				if (!this.jdbcUrl.trim()) return m.why_jdbc_url();
				if (this.jdbcProblem) return m.why_jdbc_url_wrong();
				return checks.database.refused ? m.why_database_refused() : null;
			case 'server-url':
				if (!this.serverUrl.trim()) return m.why_server_url();
				return checks.serverUrl.refused ? m.why_server_url_refused() : null;
			case 'files':
				if (!this.uploadsElsewhere) return null;
				if (!this.uploadLocation.trim()) return m.why_uploads();
				return checks.uploads.refused ? m.why_folder_refused() : null;
			case 'license':
				if (this.licenseLater) return null;
				if (!this.licenseFile) return m.why_license();
				return checks.license.refused ? m.why_license_refused() : null;
			case 'owner':
				return this.owner.isComplete ? null : m.why_owner();
			case 'review':
				return this.wouldBeRoot && !this.allowRoot ? m.why_allow_root() : null;
		}
	}

	/** Runs every check again whose answers have changed; returns the first page with a problem. */
	async firstProblem(): Promise<PageName | null> {
		for (const page of PAGES) {
			await this.ask(page);
			if (this.whyNot(page)) return page;
		}
		return null;
	}

	answers(): Answers {
		const destination = this.checks.destination.report?.path || this.destination.trim();
		return {
			destination,
			http_port: Number(this.httpPort),
			control_port: Number(this.controlPort),
			server_url: this.checks.serverUrl.report?.url || this.serverUrl.trim(),
			...(this.uploadsElsewhere ? { upload_location: this.uploadLocation.trim() } : {}),
			...(this.licenseLater || !this.licenseFile ? {} : { license_file: this.licenseFile }),
			database: this.databaseKind === 'built-in' ? { kind: 'built-in' } : this.#postgresql(),
			...(this.owner.given ? { default_account: this.owner.given } : {}),
			...this.#service()
		};
	}

	/** Nothing for the mode that the engine takes anyway. */
	#service(): Pick<Answers, 'service'> {
		if (this.serviceMode !== 'background') return { service: { mode: this.serviceMode } };
		return this.allowRoot ? { service: { mode: 'background', allow_root: true } } : {};
	}

	/** The check of a page's answer; `null`: the page has none, or it does not apply to the present answer. */
	checkOf(page: PageName): LiveCheck<'destination'> | null {
		const { destination, ports, database, serverUrl, uploads, license } = this.checks;
		const checks: Partial<Record<PageName, unknown>> = {
			destination,
			ports,
			...(this.databaseKind === 'postgresql' ? { database } : {}),
			'server-url': serverUrl,
			...(this.uploadsElsewhere ? { files: uploads } : {}),
			...(this.licenseLater ? {} : { license })
		};
		// Only what all reports have in common is read.
		return (checks[page] as LiveCheck<'destination'> | undefined) ?? null;
	}

	#postgresql(): Answers['database'] {
		const user = this.databaseUser.trim();
		return {
			kind: 'postgresql',
			jdbc_url: this.jdbcUrl.trim(),
			...(user ? { user } : {}),
			...(this.databasePassword ? { password: this.databasePassword } : {}),
			...(this.createDatabase ? { create: true } : {})
		};
	}
}

function ask(check: LiveCheck<'destination'> | LiveCheck<'license'>, subject: string): Promise<void> | void {
	return subject ? check.ask([subject]) : check.clear();
}

export function isPort(text: string): boolean {
	const port = Number(text.trim());
	return /^\d{1,5}$/.test(text.trim()) && port >= 1 && port <= 65_535;
}

export const wizard = new Wizard();

export function pageTitle(page: PageName): string {
	const titles: Record<PageName, () => string> = {
		destination: m.page_destination,
		ports: m.page_ports,
		database: m.page_database,
		'server-url': m.page_server_url,
		files: m.page_files,
		license: m.page_license,
		owner: m.page_owner,
		review: m.page_review
	};
	return titles[page]();
}
