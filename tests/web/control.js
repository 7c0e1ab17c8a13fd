// A client of the control port (docs/api-design.md, “Control port”).

import { createHash, createHmac, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';

export class Control {
	/** @param file `conf/control.token` */
	constructor(port, file) {
		this.port = port;
		this.file = file;
	}

	/** `null`: no server answers. */
	async status() {
		// Both requests must be on one connection.
		const agent = new Agent({ keepAlive: true, maxSockets: 1 });
		try {
			const key = Buffer.from((await readFile(this.file, 'utf8')).trim(), 'hex');
			const nonce = randomBytes(32).toString('hex');
			const hello = await this.#get(agent, `/hello?nonce=${nonce}`);
			const hash = createHash('sha256').update('').digest('hex');
			const proof = mac(key, ['request', String(this.port), hello.nonce, 'GET', '/status', hash]);
			return await this.#get(agent, '/status', { authorization: `Testkeep-Control ${hello.nonce} ${proof}` });
		} catch {
			return null;
		} finally {
			agent.destroy();
		}
	}

	#get(agent, path, headers = {}) {
		return new Promise((resolve, reject) => {
			const asked = request({ agent, host: '127.0.0.1', port: this.port, path, headers }, (answer) => {
				let text = '';
				answer.on('data', (data) => (text += data));
				answer.on('end', () => (answer.statusCode === 200 ? resolve(JSON.parse(text)) : reject(new Error(text))));
			});
			asked.on('error', reject);
			asked.end();
		});
	}
}

function mac(key, parts) {
	const hmac = createHmac('sha256', key);
	for (const part of ['testkeep control 1', ...parts]) {
		const length = Buffer.alloc(8);
		length.writeBigUInt64BE(BigInt(Buffer.byteLength(part)));
		hmac.update(length).update(part);
	}
	return hmac.digest('hex');
}
