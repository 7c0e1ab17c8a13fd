/** The typed mail settings, together with the saved ones. */
import type { MailProtocol, MailSettingsInput, MailSettingsValues } from '$lib/api/types';

const USUAL_PORT: Record<MailProtocol, string> = { smtp: '25', starttls: '587', smtps: '465' };
const EMPTY = {
	host: '',
	port: USUAL_PORT.starttls,
	protocol: 'starttls',
	username: '',
	sender: ''
} as const;

type Typed = { host: string; port: string; protocol: MailProtocol; username: string; sender: string };
/** Fields of the request that the form shows, from the top. */
export const MAIL_FIELDS = ['host', 'protocol', 'port', 'username', 'password', 'sender'];

export class MailForm {
	typed = $state<Typed>({ ...EMPTY });
	/** `null`: the saved password stays. */
	password = $state<string | null>(null);
	/** Request field → what is wrong with it. */
	refused = $state<Record<string, string>>({});
	#saved = $state<MailSettingsValues | null>(null);

	readonly hasPassword = $derived(this.#saved?.has_password ?? false);
	readonly #savedTyped = $derived<Typed>(this.#saved ? typedOf(this.#saved) : { ...EMPTY });
	readonly changed = $derived(
		!!this.password || (this.hasPassword && this.password !== null) || this.#differs(this.#savedTyped)
	);

	/** Shows the saved settings and discards typed values. */
	show(saved: MailSettingsValues | null): void {
		this.#saved = saved;
		this.typed = saved ? typedOf(saved) : { ...EMPTY };
		this.password = null;
		this.refused = {};
	}

	/** Also changes the port if it is the usual one of the old protocol. */
	choose(protocol: MailProtocol): void {
		if (this.typed.port === USUAL_PORT[this.typed.protocol]) this.typed.port = USUAL_PORT[protocol];
		this.typed.protocol = protocol;
	}

	input(): MailSettingsInput {
		const { host, port, protocol, username, sender } = this.typed;
		// A text that is not a number is sent as a port that the server refuses with its own message.
		const number = /^\d{1,6}$/.test(port.trim()) ? Number(port) : 0;
		return {
			host: host.trim(),
			port: number,
			protocol,
			username: username.trim(),
			sender: sender.trim(),
			password: this.password ?? undefined
		};
	}

	#differs(saved: Typed): boolean {
		return (Object.keys(saved) as (keyof Typed)[]).some((field) => this.typed[field].trim() !== saved[field]);
	}
}

function typedOf({ host, port, protocol, username, sender }: MailSettingsValues): Typed {
	return { host, port: String(port), protocol, username, sender };
}
