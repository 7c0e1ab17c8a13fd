/**
 * The client of `src-tauri/src/commands`; the only file that may import @tauri-apps/*. Commands and their arguments:
 * docs/api-design.md, "Desktop commands".
 */
import { Channel, invoke } from '@tauri-apps/api/core';
import type { DesktopHost, InstallEvent, InstallResult } from './host';

/** Commands reject with a text or with `{message}`; the screens expect an `Error`. */
async function call<Result>(command: string, args: Record<string, unknown> = {}): Promise<Result> {
	try {
		return await invoke<Result>(command, args);
	} catch (reason) {
		throw new Error(messageOf(reason), { cause: reason });
	}
}

function messageOf(reason: unknown): string {
	if (typeof reason === 'string') return reason;
	if (typeof reason === 'object' && reason !== null && 'message' in reason) return String(reason.message);
	return String(reason);
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
	const text = atob(base64);
	const bytes = new Uint8Array(text.length);
	for (let index = 0; index < text.length; index++) bytes[index] = text.charCodeAt(index);
	return bytes;
}

function base64Of(bytes: Uint8Array): string {
	return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}

export const tauriHost: DesktopHost = {
	kind: 'desktop',
	saveText: (name, content) => call('save_text', { name, content }),
	info: () => call('host_info'),
	pickFolder: (title, start) => call('pick_folder', { title, start }),
	pickFile: (title, extensions) => call('pick_file', { title, extensions }),
	saveAnswers: (answers) => call('save_answers', { answers }),
	check: (kind, args, password) => call('check', { kind, args, password }),
	readJdbcUrl: (url) => call('check', { kind: 'jdbc-url', args: [url] }),
	install: (answers, onEvent) => {
		const channel = new Channel<InstallEvent>();
		channel.onmessage = onEvent;
		return call<InstallResult>('install', { answers, onEvent: channel });
	},
	cancelInstall: () => call('cancel_install'),
	uninstall: (deleteData) => call('uninstall', { deleteData }),
	serverState: () => call('server_state'),
	startServer: () => call('start_server'),
	stopServer: () => call('stop_server'),
	restartServer: () => call('restart_server'),
	readLog: (after) => call('read_log', { after }),
	setupLink: () => call('setup_link'),
	resetPassword: (email, password) => call('reset_password', { email, password }),
	openUrl: (url) => call('open_url', { url }),
	openFolder: (folder) => call('open_folder', { folder }),
	readLicense: async (path) => bytesOf(await call<string>('read_license', { path })),
	keepLicense: (bytes) => call('keep_license', { content: base64Of(bytes) }),
	rememberInstallation: (destination) => call('remember_installation', { destination })
};
