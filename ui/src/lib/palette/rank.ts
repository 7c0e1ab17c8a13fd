/** Chooses and orders the entries for a query: the best first, each kind together. */
import type { Entry, EntryKind } from './entry';
import { fold } from './fold';
import { CLOSE, score } from './fuzzy';

export type Group = { kind: EntryKind | 'recent'; entries: Entry[] };

/** So many of each kind are shown. */
export const GROUP_MAX = 6;
/** What was opened lately wins against an equal fit, but not against a better one. */
const RECENT = 20;
/** A fit by another word, or by the place, is worse than one by the name. */
const BY_OTHER_WORD = 30;

/** The title alone, or the title with its place: “users acme” finds the page Users of Acme. */
export function scoreOf(query: string, { title, detail, words }: Entry): number {
	const close = (text: string | undefined) => {
		const found = text ? score(query, fold(text)) : 0;
		return found > CLOSE ? found - BY_OTHER_WORD : 0;
	};
	return Math.max(score(query, fold(title)), close(detail && `${title} ${detail}`), close(words));
}

/**
 * @param recent ids of entries that were opened lately
 * @param chosen entries that the server found; they stay, even if only the server sees why they fit. Entries of the
 * screens that only resemble the query are left out beside those that contain it.
 */
export function ranked(query: string, local: Entry[], chosen: Entry[], recent: Set<string>): Group[] {
	const folded = fold(query);
	if (!folded) return [];
	const mine = local.map((entry) => ({ entry, score: scoreOf(folded, entry) }));
	const theirs = chosen.map((entry) => ({ entry, score: Math.max(scoreOf(folded, entry), 1) }));
	const least = [...mine, ...theirs].some(({ score }) => score > CLOSE) ? CLOSE : 0;
	const scored = [...mine.filter(({ score }) => score > least), ...theirs]
		.map(({ entry, score }) => ({ entry, score: score + (recent.has(entry.id) ? RECENT : 0) }))
		.sort((a, b) => b.score - a.score);
	const groups: Group[] = [];
	for (const { entry } of scored) {
		let group = groups.find(({ kind }) => kind === entry.kind);
		if (!group) groups.push((group = { kind: entry.kind, entries: [] }));
		if (group.entries.length < GROUP_MAX && !group.entries.some(({ id }) => id === entry.id))
			group.entries.push(entry);
	}
	return groups;
}
