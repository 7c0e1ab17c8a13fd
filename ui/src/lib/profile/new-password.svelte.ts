/** A new password, typed twice or once: its problems, shown after its field was left or the form was sent. */
import { m } from '$lib/paraglide/messages';

export class NewPassword {
	/** @param once the person types it once and can look at it; otherwise twice */
	constructor(readonly once = false) {}

	password = $state('');
	repeated = $state('');
	touched = $state({ password: false, repeated: false });
	/** The server's message about this password, until it is changed. */
	refused = $state<string | null>(null);

	readonly #problems = $derived({
		password: [...this.password].length >= 8 ? null : m.password_short(),
		repeated: this.#differs() ? m.password_differs() : null
	});

	problem(field: 'password' | 'repeated'): string | null {
		if (field === 'password' && this.refused) return this.refused;
		return this.touched[field] ? this.#problems[field] : null;
	}

	#differs(): boolean {
		return !this.once && this.repeated !== this.password;
	}

	/** Shows every problem and focuses the first one. */
	check(): boolean {
		this.touched = { password: true, repeated: true };
		const first = (['password', 'repeated'] as const).find((field) => this.#problems[field]);
		if (first) document.getElementById(first)?.focus();
		return !first;
	}

	clear(): void {
		this.password = this.repeated = '';
		this.touched = { password: false, repeated: false };
		this.refused = null;
	}
}
