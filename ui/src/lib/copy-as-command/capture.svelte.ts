/**
 * *Copy as command*: while it is armed, the next action's changes are not sent. They are shown as commands instead. Every change goes
 * through the API client, so every form, dialog and menu has this without knowing of it.
 */
import { m } from '$lib/paraglide/messages';
import type { WriteRequest } from './command';

/** Thrown in place of an answer. No failure: nothing was asked of the server. */
export class Captured extends Error {
	override name = 'Captured';
}

/** Changes of the person's own user are no admin's work, and an API key may make few of them. */
const OWN = /\/api\/v2\/(me|sessions|leases|invitation-link|password-resets|default-account)(\/|\?|$)/;

/** Changes that follow so soon belong to the same action, for example one per selected row. */
const BURST_MS = 1000;

class Capture {
	armed = $state(false);
	/** The changes to show; one action may need several. */
	shown = $state.raw<WriteRequest[]>([]);
	#burstEnds = -Infinity;

	arm = (): void => void (this.armed = true);
	disarm = (): void => void (this.armed = false);
	toggle = (): void => void (this.armed = !this.armed);
	close = (): void => void (this.shown = []);

	/** Does what a button does, and shows it as a command. */
	instead(act: () => unknown): void {
		this.arm();
		act();
	}

	/** Called by the API client with each request, before it is sent. Throws `Captured` when the request is shown. */
	async take(request: Request): Promise<void> {
		if (request.method === 'GET' || OWN.test(request.url)) return;
		if (!this.armed && performance.now() > this.#burstEnds) return;
		this.disarm();
		this.#burstEnds = performance.now() + BURST_MS;
		const file = request.headers.get('content-type') === 'application/octet-stream';
		const body = file ? '' : await request.clone().text();
		this.shown = [...this.shown, { method: request.method, url: request.url, body: body || null, file }];
		throw new Captured(m.command_captured());
	}
}

export const capture = new Capture();
