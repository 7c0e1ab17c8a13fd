/**
 * The interface to the environment of the screens. Browser and desktop window show the same pages. Functions that exist
 * only in one of them are behind `Host`, and only `tauri.ts` uses the desktop framework.
 */
import type { components } from './schema.gen';

/** Types of `src-tauri` and the programs it runs; `cargo xtask gen` generates them from the Rust types. */
export type Schemas = components['schemas'];

export type Level = Schemas['Level'];
export type Finding = Schemas['Finding'];
export type Report<Details = unknown> = Schemas['Report'] & Details;

export type DestinationDetails = Schemas['DestinationCheck'];
export type PortDetails = Schemas['PortCheck'];
export type DatabaseStep = Schemas['Step'];
export type DatabaseDetails = Schemas['DatabaseCheck'];
export type Defaults = Schemas['Defaults'];

/** The result of `check jdbc-url` is not a report: it is the parsed URL, or the reason for its refusal. */
export type JdbcUrlReading = Schemas['JdbcUrl'] | { error: Schemas['JdbcUrlError'] };

/** Each `testkeep-server check …` with the details of its report. */
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
/** The last event. */
export type InstallResult = Extract<InstallEvent, { event: 'result' }>;

export type Installation = Schemas['Installation'];
export type HostInfo = Schemas['HostInfo'];
export type ControlStatus = Schemas['ControlStatus'];
export type ServerState = Schemas['ServerReport'];

/** Every method rejects with an `Error` whose message can be shown to people. */
interface AnyHost {
	/** The path of the saved file; `null`: the person cancelled, or the browser does not report the path. */
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
	/** Parses a JDBC URL without connecting to the database. */
	readJdbcUrl(url: string): Promise<JdbcUrlReading>;
	/** Resolves with the last event; earlier events are passed to `onEvent` as they arrive. */
	install(answers: Answers, onEvent: (event: InstallEvent) => void): Promise<InstallResult>;
	cancelInstall(): Promise<void>;
	uninstall(deleteData: boolean): Promise<void>;
	serverState(): Promise<ServerState>;
	startServer(): Promise<void>;
	stopServer(): Promise<void>;
	restartServer(): Promise<void>;
	readLog(after?: number): Promise<Schemas['LogLines']>;
	setupLink(): Promise<string>;
	/** Sets a person's password; their sign-in sessions end. The server must run. */
	resetPassword(email: string, password: string): Promise<void>;
	openUrl(url: string): Promise<void>;
	/** Opens a folder of the installation in the system's file manager. */
	openFolder(folder: 'destination' | 'logs'): Promise<void>;
	readLicense(path: string): Promise<Uint8Array<ArrayBuffer>>;
	/** Stores a dropped or pasted license as a file, for the install engine; returns its path. */
	keepLicense(bytes: Uint8Array): Promise<string>;
	rememberInstallation(destination: string): Promise<Installation>;
}

export type Host = BrowserHost | DesktopHost;
