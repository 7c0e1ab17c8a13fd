// The real mail server of `tests/mail`, and what it accepted.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';

const script = resolve(import.meta.dirname, '../mail/server.py');
// Debian's own Python has Debian's aiosmtpd; another one in the way may not.
const python = existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3';

export class MailServer {
	mails = [];

	static async start() {
		const server = new MailServer();
		server.process = spawn(python, [script], { stdio: ['pipe', 'pipe', 'ignore'] });
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

	/** Waits until so many have come. */
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

/** The HTML part, with quoted-printable undone. */
export function html(mail) {
	const text = mail.content.replace(/=\r?\n/g, '');
	const bytes = text.replace(/=([0-9A-F]{2})/g, (_, code) => String.fromCharCode(parseInt(code, 16)));
	const decoded = Buffer.from(bytes, 'latin1').toString('utf8');
	return decoded.slice(decoded.indexOf('<!doctype html>'), decoded.indexOf('</html>') + '</html>'.length);
}

/** The link that the mail is about. */
export function link(mail) {
	return html(mail).match(/href="([^"]+)"/)[1];
}
