/** Binds a form to its draft (`drafts.ts`): restores it at once, and keeps it while the person types. */
import { drafts } from './drafts';

type Form<Value> = {
	/** Names the form and the object it is about, for example `create-project:5`. */
	form: string;
	/** `null`: there is nothing worth keeping. Must not contain a password. */
	read: () => Value | null;
	restore: (value: Value) => void;
};

export class Draft<Value> {
	/** The form shows text of an earlier time. */
	restored = $state(false);
	readonly #form: Form<Value>;
	#open = true;

	/** Call while a component is created. */
	constructor(form: Form<Value>) {
		this.#form = form;
		const kept = drafts.get<Value>(form.form);
		if (kept !== null) {
			form.restore(kept);
			this.restored = true;
		}
		$effect(() => {
			const value = form.read();
			if (value === null) drafts.drop(form.form);
			else drafts.keep(form.form, value, this.#open);
		});
	}

	/** The panel is closed and its text stays: it is there when the panel is opened again. */
	close(): void {
		this.#open = false;
		const value = this.#form.read();
		if (value !== null) drafts.keep(this.#form.form, value, false);
	}

	/** The text was sent, or the person wants it gone. */
	drop(): void {
		this.restored = false;
		drafts.drop(this.#form.form);
	}
}
