// A real server, installed by the silent command into its own folder, and the tools for license files.
// Must never answer instead of the server: tests see only what the programs do.

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
export const root = resolve(import.meta.dirname, '../..');
const demoKey = join(root, 'demo/vendor.key');
const demoClientKey = join(root, 'demo/client.key');

export class Installation {
	/**
	 * Installs without a license and without a default account, as after the answer *Later*.
	 * @param port for people who want to know it in advance; otherwise a free one
	 */
	static async create(tries = 3, port) {
		const folder = await mkdtemp(join(tmpdir(), 'testkeep-web-'));
		const [free, control] = await freePorts(2);
		const http = port ?? free;
		const installation = new Installation(folder, `http://localhost:${http}`);
		try {
			await installation.#install(http, control);
		} catch (error) {
			await installation.remove();
			// Another program has taken a port in the meantime.
			if (!port && tries > 1 && /Port \d+ is taken/.test(error.stdout)) return Installation.create(tries - 1);
			throw error;
		}
		return installation;
	}

	constructor(folder, url) {
		this.folder = folder;
		this.url = url;
		this.destination = join(folder, 'server');
		this.config = join(this.destination, 'conf/testkeep.toml');
	}

	async #install(http, control) {
		const answers = join(this.folder, 'answers.toml');
		// A string quoted as JSON is valid TOML.
		await writeFile(
			answers,
			`destination = ${JSON.stringify(this.destination)}
http_port = ${http}
control_port = ${control}
server_url = ${JSON.stringify(this.url)}
[database]
kind = "built-in"
[service]
mode = "background"
allow_root = true
`
		);
		await this.server('install', '--answers', answers);
	}

	/** Runs `testkeep-server` and returns its output. */
	async server(...args) {
		return output('TESTKEEP_SERVER_BIN', 'testkeep-server', args);
	}

	async machineId() {
		return this.server('machine-id');
	}

	/** The link for the admin's next setup step. */
	async setupLink() {
		return this.server('setup-link', '--config', this.config);
	}

	/** Activates as the Activate page does; without a file, with `license()`. */
	async activate(license) {
		const file = license ?? (await this.license());
		await this.server('activate', '--config', this.config, '--license', file);
	}

	/** Activated, with the default account: for walks that begin after these steps. */
	async setUp({ email, password }) {
		await this.activate();
		const account = ['account', 'create-default', '--config', this.config, '--email', email, '--password-stdin'];
		await output('TESTKEEP_SERVER_BIN', 'testkeep-server', account, password);
	}

	/** A license for this machine, by the vendor that this demo build trusts. */
	async license() {
		return this.#issue(demoKey, 'genuine.lic');
	}

	/** The same license, signed by another vendor. */
	async foreignLicense() {
		const keys = join(this.folder, 'foreign');
		await output('TESTKEEP_LICENSE_BIN', 'testkeep-license', ['keygen', '--out', keys]);
		return this.#issue(join(keys, 'vendor.key'), 'foreign.lic');
	}

	/** A second license beside `license()`, with these numbers of seats, that ends in `days` days. */
	async addition(kse, kre, days) {
		const granted = ['--kse', `${kse}`, '--kre', `${kre}`, '--expires', inDays(days)];
		return this.#issue(demoKey, 'addition.lic', granted);
	}

	/** A license that replaces `license()`, with `kre` KRE seats, and ends in `days` days. */
	async renewal(kre, days) {
		const renews = ['--renews', join(this.folder, 'genuine.lic')];
		const granted = ['--kse', '25', '--kre', `${kre}`, '--expires', inDays(days)];
		return this.#issue(demoKey, 'renewal.lic', [...granted, ...renews]);
	}

	async #issue(key, name, granted = ['--kse', '25', '--kre', '10', '--expires', nextYear()]) {
		const file = join(this.folder, name);
		const terms = ['--customer', 'Ada Engines Ltd', ...granted];
		const keys = ['--client-key', demoClientKey];
		const machine = ['--machine-id', await this.machineId()];
		const args = ['issue', '--key', key, ...machine, ...terms, ...keys, '--out', file];
		await output('TESTKEEP_LICENSE_BIN', 'testkeep-license', args);
		return file;
	}

	/** Writes a file with this text. */
	async file(name, text) {
		const file = join(this.folder, name);
		await writeFile(file, text);
		return file;
	}

	async remove() {
		const args = ['uninstall', '--destination', this.destination, '--delete-data'];
		await this.server(...args).catch((error) => console.error(`uninstall: ${error.message}`));
		await rm(this.folder, { recursive: true, force: true });
	}
}

/** The path of `testkeep-server`. */
export const serverProgram = () => program('TESTKEEP_SERVER_BIN', 'testkeep-server');

function program(variable, name) {
	const target = process.env.CARGO_TARGET_DIR ?? join(root, 'target');
	return process.env[variable] ?? join(target, 'debug', name);
}

/**
 * Runs a program and returns its output.
 * @param variable environment variable with the program's path; without it, the debug build is used
 * @param input one line for its standard input
 */
async function output(variable, name, args, input) {
	const running = run(program(variable, name), args, { timeout: 60_000 });
	if (input !== undefined) running.child.stdin.end(`${input}\n`);
	const { stdout } = await running;
	return stdout.trim();
}

/** A license must not last for decades. */
function nextYear() {
	return `${new Date().getUTCFullYear() + 1}-12-31`;
}

function inDays(days) {
	return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
}

/** Ports that were free a moment ago; all are held at once, so they differ. */
export async function freePorts(count) {
	const servers = Array.from({ length: count }, () => createServer());
	await Promise.all(servers.map((server) => new Promise((done) => server.listen(0, '127.0.0.1', done))));
	const ports = servers.map((server) => server.address().port);
	await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
	return ports;
}
