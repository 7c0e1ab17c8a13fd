/**
 * What a person opened lately from the palette, in this browser. Only ids, titles and addresses are stored, and signing
 * out forgets them.
 */
import type { Entry, EntryKind } from './entry';

export type Remembered = { id: string; kind: EntryKind; title: string; detail?: string; href?: string };

const MAX = 8;
const KEY = 'testkeep.recent';
type Stored = { user: number; entries: Remembered[] };

const isRemembered = (value: unknown): value is Remembered => {
	const { id, kind, title } = (value ?? {}) as Partial<Remembered>;
	return [id, kind, title].every((text) => typeof text === 'string');
};

function read(user: number): Remembered[] {
	try {
		const stored = JSON.parse(localStorage.getItem(KEY) ?? '') as Partial<Stored> | null;
		return stored?.user === user && Array.isArray(stored.entries) ? stored.entries.filter(isRemembered) : [];
	} catch {
		return [];
	}
}

export const recent = {
	/** The newest first. */
	of: read,

	remember(user: number, { id, kind, title, detail, href }: Entry): void {
		const others = read(user).filter((one) => one.id !== id);
		const entries = [{ id, kind, title, detail, href }, ...others].slice(0, MAX);
		localStorage.setItem(KEY, JSON.stringify({ user, entries } satisfies Stored));
	},

	forget: () => localStorage.removeItem(KEY)
};
