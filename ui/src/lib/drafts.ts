/**
 * Text that a person typed into a form and did not send, kept for this tab: a session may end meanwhile, or Escape may
 * close a panel. Another person never sees it. Must never keep a password.
 */
const PREFIX = 'testkeep.draft.';

type Kept = { user: number; open: boolean; value: unknown };

let owner: number | null = null;

const keys = () =>
	Array.from({ length: sessionStorage.length }, (_, index) => sessionStorage.key(index) ?? '').filter((key) =>
		key.startsWith(PREFIX)
	);

function read(form: string): Kept | null {
	if (owner === null) return null;
	try {
		const kept = JSON.parse(sessionStorage.getItem(PREFIX + form) ?? 'null') as Kept | null;
		return kept?.user === owner ? kept : null;
	} catch {
		return null;
	}
}

export const drafts = {
	/** Call when it is known who is signed in: drafts of other people are deleted. `null`: nobody is signed in. */
	belongTo(user: number | null): void {
		owner = user;
		if (user === null) return;
		const isOthers = (key: string) => !read(key.slice(PREFIX.length));
		for (const key of keys().filter(isOthers)) sessionStorage.removeItem(key);
	},

	get: <Value>(form: string): Value | null => (read(form)?.value as Value | undefined) ?? null,

	/** Whether the form was open when the page was left, so that it must be shown again. */
	wasOpen: (form: string): boolean => read(form)?.open ?? false,

	keep(form: string, value: unknown, open: boolean): void {
		if (owner === null) return;
		const kept: Kept = { user: owner, open, value };
		try {
			sessionStorage.setItem(PREFIX + form, JSON.stringify(kept));
		} catch {
			// The browser's storage is full: the form still works.
		}
	},

	drop: (form: string): void => sessionStorage.removeItem(PREFIX + form),

	/** Call at sign-out. */
	forget(): void {
		for (const key of keys()) sessionStorage.removeItem(key);
		owner = null;
	}
};
