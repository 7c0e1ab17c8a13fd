/** The owner account: the first person, who owns the installation. Created during the installation, or later by a link. */
import type { Answers } from '$lib/host';
import { m } from '$lib/paraglide/messages';

type Field = 'first_name' | 'last_name' | 'email' | 'password';
export type OwnerAccount = NonNullable<Answers['default_account']>;

export class Owner {
	later = $state(false);
	first_name = $state('');
	last_name = $state('');
	email = $state('');
	password = $state('');

	/** What is wrong with each field; `undefined`: nothing. */
	problems = $derived<Record<Field, string | undefined>>({
		first_name: this.first_name.trim() ? undefined : m.name_missing(),
		last_name: this.last_name.trim() ? undefined : m.name_missing(),
		email: /^[^\s@]+@[^\s@]+$/.test(this.email.trim()) ? undefined : m.email_malformed(),
		password: [...this.password].length >= 8 ? undefined : m.password_short()
	});

	get isComplete(): boolean {
		return this.later || Object.values(this.problems).every((problem) => problem === undefined);
	}

	/** The account to create; `null`: none, or it is not complete. */
	get given(): OwnerAccount | null {
		if (this.later || !this.isComplete) return null;
		return {
			email: this.email.trim(),
			password: this.password,
			first_name: this.first_name.trim(),
			last_name: this.last_name.trim()
		};
	}

	clear(): void {
		this.later = false;
		this.first_name = this.last_name = this.email = this.password = '';
	}
}
