// The desktop window in Chromium: the same pages, with their commands carried out here by the real programs, as
// `src-tauri` does. Native dialogs answer what a test has prepared. The window itself is tested by `tests/tests/desktop`.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { open } from './browser.js';
import { Control } from './control.js';
import { root, serverProgram } from './installation.js';

/** The window's origin on Windows, which the server knows. */
const ORIGIN = 'http://tauri.localhost';
const build = join(root, 'ui/build');
const types = {
	'.html': 'text/html',
	'.js': 'text/javascript',
	'.css': 'text/css',
	'.svg': 'image/svg+xml',
	'.woff2': 'font/woff2',
	'.json': 'application/json'
};

export class Desktop {
	/** Paths that the next native dialogs answer; `null`: cancelled. */
	dialogs = [];
	/** Addresses and folders that were opened outside the window. */
	opened = [];
	installation = null;
	answers = null;
	#engine = null;

	/** @param folder for files of the test */
	static async open(browser, folder) {
		const desktop = new Desktop();
		desktop.folder = folder;
		Object.assign(desktop, await open(browser, ORIGIN));
		desktop.part = (id) => desktop.page.getByTestId(id);
		const { context, page } = desktop;
		await context.route(`${ORIGIN}/**`, serve);
		await page.exposeFunction('desktopCommand', (command, args) => desktop.#run(command, args));
		await page.addInitScript(() => {
			const callbacks = new Map();
			globalThis.desktopEvent = (id, event) => callbacks.get(id)?.(event);
			globalThis.__TAURI_INTERNALS__ = {
				transformCallback(callback) {
					callbacks.set(callbacks.size + 1, callback);
					return callbacks.size;
				},
				unregisterCallback() {},
				async invoke(command, args) {
					const { result, error } = await globalThis.desktopCommand(command, JSON.parse(JSON.stringify(args ?? {})));
					if (error) throw { code: 'failed', message: error };
					return result;
				}
			};
		});
		return desktop;
	}

	async #run(command, args) {
		try {
			return { result: (await this.#commands[command](args)) ?? null };
		} catch (error) {
			return { error: error.message };
		}
	}

	#commands = {
		host_info: () => ({ version: '0.1.0', platform: 'linux', installation: this.installation }),
		check: (asked) => this.#check(asked),
		install: ({ answers, onEvent }) => this.#install(answers, Number(onEvent.replace('__CHANNEL__:', ''))),
		cancel_install: () => void this.#engine?.stdin.write('cancel\n'),
		pick_file: () => this.dialogs.shift() ?? null,
		pick_folder: () => this.dialogs.shift() ?? null,
		save_answers: ({ answers }) => this.#save(answers),
		keep_license: async ({ content }) => {
			const file = join(this.folder, 'given.lic');
			await writeFile(file, Buffer.from(content, 'base64'));
			return file;
		},
		open_url: ({ url }) => void this.opened.push(url),
		open_folder: ({ folder }) => void this.opened.push(folder),
		server_state: () => this.#state(),
		start_server: () => this.#control('start'),
		stop_server: () => this.#control('stop'),
		restart_server: async () => {
			await this.#control('stop');
			await this.#control('start');
		},
		read_log: ({ after }) => this.#log(after),
		setup_link: async () => (await this.#control('setup-link')).trim()
	};

	async #check({ kind, args, password }) {
		const lines = [];
		const hidden = [...args];
		if (kind === 'database' || kind === 'jdbc-url') lines.push(hidden.splice(0, 1, '-')[0]);
		if (password !== undefined && password !== null) {
			lines.push(password);
			hidden.push('--password-stdin');
		}
		const { stdout, stderr } = await finished(serverProgram(), ['check', kind, ...hidden], `${lines.join('\n')}\n`);
		if (!stdout.trim()) throw new Error(stderr);
		return JSON.parse(stdout);
	}

	/** Runs the engine and sends its events to the page, as they are printed. */
	async #install(answers, channel) {
		this.answers = answers;
		const engine = spawn(serverProgram(), ['install', '--answers', '-', '--progress', 'json']);
		this.#engine = engine;
		engine.stdin.write(`${toml(answers)}\n---\n`);
		let index = 0;
		let last = null;
		let rest = '';
		for await (const chunk of engine.stdout) {
			const lines = (rest + chunk).split('\n');
			rest = lines.pop();
			for (const line of lines) {
				last = JSON.parse(line);
				await this.page.evaluate(([id, event]) => globalThis.desktopEvent(id, event), [
					channel,
					{ index: index++, message: last }
				]);
			}
			if (last?.event === 'result') break;
		}
		engine.stdin.end();
		if (last.outcome === 'installed') this.#remember(answers);
		return last;
	}

	#remember({ destination, http_port, control_port, server_url, database }) {
		const config_file = join(destination, 'conf/testkeep.toml');
		const version = '0.1.0';
		this.installation = { destination, version, http_port, control_port, server_url, database: database.kind, config_file };
	}

	async #save(answers) {
		const file = this.dialogs.shift() ?? null;
		if (file) await writeFile(file, toml(answers), { mode: 0o600 });
		return file;
	}

	async #state() {
		if (!this.installation) return { state: 'not_installed' };
		const { destination, control_port } = this.installation;
		const status = await new Control(control_port, join(destination, 'conf/control.token')).status();
		if (!status) return { state: 'stopped' };
		return { state: 'running', pid: status.pid, cpu_percent: 3.5, memory_bytes: 48_000_000, status };
	}

	async #control(verb) {
		const { code, stdout, stderr } = await finished(serverProgram(), [verb, '--config', this.installation.config_file]);
		if (code !== 0) throw new Error(stderr);
		return stdout;
	}

	async #log(after = 0) {
		const log = await readFile(join(this.installation.destination, 'logs/testkeep.log'));
		const lines = log.subarray(after ?? 0).toString().split('\n').slice(0, -1);
		return { lines, next: log.length };
	}

	/** Stops and removes what was installed. */
	async end() {
		await this.context.close();
		if (!this.installation) return;
		await finished(serverProgram(), ['uninstall', '--destination', this.installation.destination, '--delete-data']);
	}
}

async function serve(route) {
	const { pathname } = new URL(route.request().url());
	const file = join(build, pathname);
	const found = extname(pathname) && existsSync(file) ? file : join(build, 'index.html');
	await route.fulfill({ body: await readFile(found), contentType: types[extname(found)] ?? 'application/octet-stream' });
}

/** Ends with the first line for `start`, whose server inherits the output. */
function finished(program, args, input) {
	return new Promise((resolve, reject) => {
		const child = spawn(program, args);
		let stdout = '';
		let stderr = '';
		child.stdout.on('data', (data) => (stdout += data));
		child.stderr.on('data', (data) => (stderr += data));
		child.on('error', reject);
		child.on('exit', (code) => setImmediate(() => resolve({ code, stdout, stderr })));
		child.stdin.on('error', () => {});
		child.stdin.end(input ?? '');
	});
}

/** A string quoted as JSON is valid TOML. */
function toml(answers) {
	const line = ([key, value]) => `${key} = ${JSON.stringify(value)}`;
	const entries = Object.entries(answers);
	const plain = entries.filter(([, value]) => typeof value !== 'object').map(line);
	const tables = entries.filter(([, value]) => typeof value === 'object');
	return [...plain, ...tables.flatMap(([key, table]) => [`[${key}]`, ...Object.entries(table).map(line)])].join('\n');
}
