/**
 * What the screens know about where they run. The browser and the desktop window show the same pages;
 * everything only one of them can do is behind `Host`, and only `tauri.ts` knows the desktop framework.
 */
import type { components } from './schema.gen';

/** The shapes of `src-tauri` and the programs it runs; `cargo xtask gen` makes them from the Rust types. */
type Schemas = components['schemas'];

export type Level = Schemas['Level'];
export type Finding = Schemas['Finding'];
export type Report<Details = unknown> = Schemas['Report'] & Details;

export type DestinationDetails = Schemas['DestinationCheck'];
export type PortDetails = Schemas['PortCheck'];
export type DatabaseStep = Schemas['Step'];
export type DatabaseDetails = Schemas['DatabaseCheck'];
export type Defaults = Schemas['Defaults'];

/** `check jdbc-url` is no report: it shows what was read, or why it was refused. */
export type JdbcUrlReading = Schemas['JdbcUrl'] | { error: Schemas['JdbcUrlError'] };

/** Each `testkeep-server check …` and the details its report carries. */
export interface Checks {
	destination: DestinationDetails;
	'upload-location': Schemas['UploadLocationCheck'];
	ports: Schemas['PortsCheck'];
	database: DatabaseDetails;
	'server-url': Schemas['ServerUrlCheck'];
	license: Schemas['LicenseCheck'];
	defaults: Defaults;
}

export type Answers = Schemas['Answers'];
export type StepState = Schemas['StepState'];

/** One line of `install --progress json`. */
export type InstallEvent = Schemas['Event'];
/** The last one. */
export type InstallResult = Extract<InstallEvent, { event: 'result' }>;

export type Installation = Schemas['Installation'];
export type HostInfo = Schemas['HostInfo'];
export type ControlStatus = Schemas['ControlStatus'];
export type ServerState = Schemas['ServerReport'];

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
	readLog(after?: number): Promise<Schemas['LogLines']>;
	setupLink(): Promise<string>;
	/** Sets somebody's password; their sessions end. The server must run. */
	resetPassword(email: string, password: string): Promise<void>;
	openUrl(url: string): Promise<void>;
	readLicense(path: string): Promise<Uint8Array<ArrayBuffer>>;
	rememberInstallation(destination: string): Promise<Installation>;
}

export type Host = BrowserHost | DesktopHost;
