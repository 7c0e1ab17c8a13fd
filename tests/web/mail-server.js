// The real mail server of `tests/mail`, and the mails it accepted.

import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

const script = resolve(import.meta.dirname, '../mail/server.py');
// Debian's own Python has Debian's aiosmtpd; another Python earlier on the `PATH` may not have it.
const python = existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3';

export class MailServer {
	mails = [];

	/** @param options those of `tests/mail/server.py` */
	static async start(...options) {
		const server = new MailServer();
		server.process = spawn(python, [script, ...options], { stdio: ['pipe', 'pipe', 'ignore'] });
		const lines = createInterface({ input: server.process.stdout });
		server.port = await new Promise((done, fail) => {
			server.process.once('exit', (code) => fail(new Error(`the mail server ended with ${code}; is aiosmtpd there?`)));
			lines.on('line', (line) => {
				if (line.startsWith('listening ')) return done(Number(line.slice('listening '.length)));
				server.mails.push(JSON.parse(line));
			});
		});
		return server;
	}

	/** Waits until this number of mails has arrived. */
	async waitFor(count) {
		for (let tries = 0; this.mails.length < count; tries++) {
			if (tries > 200) throw new Error(`${this.mails.length} mails came, ${count} were expected`);
			await new Promise((later) => setTimeout(later, 100));
		}
		return this.mails[count - 1];
	}

	stop() {
		this.process.kill();
	}
}

/** An authority that no machine trusts, and its certificate for 127.0.0.1. */
export class Authority {
	folder = mkdtempSync(join(tmpdir(), 'testkeep-authority-'));
	certificate = join(this.folder, 'ca.crt');
	/** The certificate and its key, as options of the mail server. */
	options = ['--certificate', join(this.folder, 'server.crt'), '--key', join(this.folder, 'server.key')];

	constructor() {
		const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
		const authority = ['-subj', '/CN=Testkeep test authority', '-addext', 'keyUsage=keyCertSign'];
		this.#openssl('req', '-x509', ...key, ...authority, '-days', '2', '-keyout', 'ca.key', '-out', 'ca.crt');
		this.#openssl('req', ...key, '-subj', '/CN=localhost', '-keyout', 'server.key', '-out', 'server.csr');
		writeFileSync(join(this.folder, 'server.ext'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
		const signing = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'server.ext'];
		this.#openssl('x509', '-req', '-in', 'server.csr', '-days', '2', ...signing, '-out', 'server.crt');
	}

	#openssl(...args) {
		execFileSync('openssl', args, { cwd: this.folder, stdio: 'ignore' });
	}

	remove() {
		rmSync(this.folder, { recursive: true, force: true });
	}
}

/** The HTML part, with quoted-printable decoded. */
export function html(mail) {
	const text = mail.content.replace(/=\r?\n/g, '');
	const bytes = text.replace(/=([0-9A-F]{2})/g, (_, code) => String.fromCharCode(parseInt(code, 16)));
	const decoded = Buffer.from(bytes, 'latin1').toString('utf8');
	return decoded.slice(decoded.indexOf('<!doctype html>'), decoded.indexOf('</html>') + '</html>'.length);
}

/** The main link of the mail. */
export function link(mail) {
	return html(mail).match(/href="([^"]+)"/)[1];
}
