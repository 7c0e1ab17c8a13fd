/**
 * What the screens know about where they run. The browser and the desktop window show the same pages;
 * everything only one of them can do is behind `Host`, and only `tauri.ts` knows the desktop framework.
 */
import type { LicenseSummary, SetupState } from '$lib/api/types';

export type Level = 'ok' | 'info' | 'warning' | 'error';

export interface Finding {
	/** The answer it is about, as the answer file spells it: `http_port`, `database.jdbc_url`, … */
	field: string;
	level: Level;
	code: string;
	message: string;
}

export type Report<Details = unknown> = { ok: boolean; findings: Finding[] } & Details;

export interface DestinationDetails {
	path: string;
	free_bytes: number | null;
	total_bytes: number | null;
	existing: 'absent' | 'empty' | 'testkeep' | 'foreign' | 'not_a_folder';
}
export interface PortDetails {
	port: number;
	holder: { pid: number; name: string } | null;
	proposal: number | null;
}
export interface PortsDetails {
	http: PortDetails;
	control: PortDetails;
}
export interface DatabaseStep {
	name: 'url' | 'dns' | 'tcp' | 'tls' | 'login' | 'database' | 'rights' | 'version' | 'contents';
	level: Level;
	message: string;
	elapsed_ms: number;
}
export interface DatabaseDetails {
	steps: DatabaseStep[];
	server_version: string | null;
}
export interface ServerUrlDetails {
	url: string;
	proposals: string[];
}
export interface LicenseDetails {
	machine_id: string;
	license: LicenseSummary | null;
}
export interface Defaults {
	destination: string;
	http_port: number;
	control_port: number;
	server_urls: string[];
	machine_id: string;
	factors: { name: string; present: boolean }[];
	demo: boolean;
	version: string;
}

/** `check jdbc-url` is no report: it shows what was read, or why it was refused. */
export type JdbcUrlReading =
	| {
			hosts: { host: string; port: number }[];
			database: string;
			parameters: Record<string, string>;
			notes: string[];
	  }
	| { error: { message: string; parameter?: string } };

/** Each `testkeep-server check …` and the details its report carries. */
export interface Checks {
	destination: DestinationDetails;
	ports: PortsDetails;
	database: DatabaseDetails;
	'server-url': ServerUrlDetails;
	license: LicenseDetails;
	defaults: Defaults;
}

/** The answer file, as `crates/domain/src/answers.rs` reads it. */
export interface Answers {
	destination: string;
	http_port: number;
	control_port: number;
	server_url: string;
	upload_location?: string;
	license_file?: string;
	database:
		| { kind: 'built-in' }
		| { kind: 'postgresql'; jdbc_url: string; user?: string; password?: string; create?: boolean };
}

export type StepState = 'running' | 'done' | 'skipped' | 'failed' | 'undone';

export type InstallResult = { event: 'result' } & (
	| { outcome: 'installed'; destination: string; server_url: string; next_url?: string | null }
	| { outcome: 'planned' }
	| { outcome: 'refused' | 'failed' | 'cancelled'; message: string }
);

/** One line of `install --progress json`; `crates/domain/src/progress.rs`. */
export type InstallEvent =
	| { event: 'plan'; steps: { name: string; title: string }[] }
	| { event: 'findings'; findings: Finding[] }
	| { event: 'step'; name: string; state: StepState; percent: number; elapsed_ms: number; message?: string }
	| { event: 'log'; line: string }
	| InstallResult;

export interface Installation {
	destination: string;
	version: string;
	http_port: number;
	server_url: string;
	config_file: string;
}

export interface HostInfo {
	version: string;
	platform: 'linux' | 'windows';
	installation: Installation | null;
}

export interface ControlStatus {
	version: string;
	pid: number;
	started_at: string;
	uptime_seconds: number;
	server_url: string;
	http_port: number;
	control_port: number;
	database: { kind: string; version: string; location: string };
	setup_state: SetupState;
	license: LicenseSummary | null;
}

export interface ServerState {
	state: 'not_installed' | 'stopped' | 'starting' | 'running' | 'failed';
	reason?: string | null;
	pid?: number | null;
	cpu_percent?: number | null;
	memory_bytes?: number | null;
	status?: ControlStatus | null;
}

/** Every method rejects with an `Error` whose message is fit to be shown. */
interface AnyHost {
	/** The path it was saved to; `null`: declined, or the browser keeps the place to itself. */
	saveText(name: string, text: string): Promise<string | null>;
}

export interface BrowserHost extends AnyHost {
	readonly kind: 'browser';
}

export interface DesktopHost extends AnyHost {
	readonly kind: 'desktop';
	info(): Promise<HostInfo>;
	pickFolder(title: string, start?: string): Promise<string | null>;
	pickFile(title: string, extensions: string[]): Promise<string | null>;
	saveAnswers(answers: Answers): Promise<string | null>;
	check<Kind extends keyof Checks>(
		kind: Kind,
		args: string[],
		password?: string
	): Promise<Report<Checks[Kind]>>;
	/** Reads a JDBC URL without asking the database. */
	readJdbcUrl(url: string): Promise<JdbcUrlReading>;
	/** Resolves with the last event; the earlier ones go to `onEvent` as they come. */
	install(answers: Answers, onEvent: (event: InstallEvent) => void): Promise<InstallResult>;
	cancelInstall(): Promise<void>;
	uninstall(deleteData: boolean): Promise<void>;
	serverState(): Promise<ServerState>;
	startServer(): Promise<void>;
	stopServer(): Promise<void>;
	restartServer(): Promise<void>;
	readLog(after?: number): Promise<{ lines: string[]; next: number }>;
	setupLink(): Promise<string>;
	/** Sets somebody's password; their sessions end. The server must run. */
	resetPassword(email: string, password: string): Promise<void>;
	openUrl(url: string): Promise<void>;
	readLicense(path: string): Promise<Uint8Array<ArrayBuffer>>;
	rememberInstallation(destination: string): Promise<Installation>;
}

export type Host = BrowserHost | DesktopHost;
