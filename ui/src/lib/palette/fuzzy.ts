/**
 * How well a text fits what a person typed: exactly, by its beginnings, initials, letters in order, or with one letter
 * wrong. The server chooses its results in the same way (crates/domain/src/fuzzy.rs). Both texts must be folded.
 */

/** From the best to the worst. */
const FITS = ['exact', 'start', 'wordStarts', 'initials', 'inside', 'typo', 'letters'] as const;
export type Fit = (typeof FITS)[number];

/** Shorter queries with a typo would fit nearly everything. */
const TYPO_FROM = 4;
/** Between two fits; the length of the text decides among equal ones. */
const STEP = 100;

const isLetter = (character: string | undefined) => !!character && /[\p{L}\p{N}]/u.test(character);

/** The rests of the text from each of its words on. */
function wordsOf(text: string): string[] {
	const places = [...text.matchAll(/[\p{L}\p{N}]+/gu)].map(({ index }) => index);
	return places.map((at) => text.slice(at));
}

function beginWords(query: string, words: string[]): boolean {
	const asked = query.split(' ');
	const begins = (part: string) => words.some((word) => word.startsWith(part));
	return words.length >= asked.length && (begins(query) || asked.every(begins));
}

function inOrder(letters: string[], among: string[]): boolean {
	let at = 0;
	for (const other of among) if (letters[at] === other) at++;
	return at === letters.length;
}

/** One change makes the texts equal: a letter replaced, added, removed, or swapped with its neighbor. */
function isOneApart(left: string[], right: string[]): boolean {
	let same = 0;
	while (same < left.length && left[same] === right[same]) same++;
	const rest = (all: string[], from: number) => all.slice(same + from).join('\n');
	const equal = (skipLeft: number, skipRight: number) =>
		left.length - skipLeft >= same &&
		right.length - skipRight >= same &&
		rest(left, skipLeft) === rest(right, skipRight);
	const swapped = left[same] === right[same + 1] && left[same + 1] === right[same];
	return (swapped && equal(2, 2)) || equal(1, 1) || equal(1, 0) || equal(0, 1);
}

function hasOneTypo(query: string, words: string[]): boolean {
	const letters = [...query];
	if (letters.length < TYPO_FROM) return false;
	return words.some((word) => {
		const begin = [...word].slice(0, letters.length + 1);
		return [-1, 0, 1].some((more) => {
			const length = letters.length + more;
			return length <= begin.length && isOneApart(letters, begin.slice(0, length));
		});
	});
}

/** `null`: the text does not fit. */
export function fit(query: string, text: string): Fit | null {
	if (!query || !text) return null;
	if (text === query) return 'exact';
	if (text.startsWith(query)) return 'start';
	const words = wordsOf(text);
	if (beginWords(query, words)) return 'wordStarts';
	const letters = [...query.replaceAll(' ', '')];
	const firsts = words.map((word) => [...word][0] ?? '');
	if (letters.length > 1 && query[0] === text[0] && inOrder(letters, firsts)) return 'initials';
	if (text.includes(query)) return 'inside';
	if (hasOneTypo(query, words)) return 'typo';
	const begin = words.find((word) => word.startsWith(letters[0] ?? ' '));
	return begin && inOrder(letters, [...begin]) ? 'letters' : null;
}

/** Higher is better; 0: the text does not fit. Of equal fits, the shorter text is the better one. */
export function score(query: string, text: string): number {
	const found = fit(query, text);
	if (!found) return 0;
	return (FITS.length - FITS.indexOf(found)) * STEP - Math.min(text.length, STEP - 1);
}

/** A text with a higher score contains what was typed, or its initials; others only resemble it. */
export const CLOSE = 2 * STEP;

/** Which parts of the text to mark, as start and end; empty where the folded text has other letters than the text. */
export function marks(query: string, text: string, folded: string): [number, number][] {
	if (folded.length !== text.length || !query) return [];
	for (const part of [query, ...query.split(' ')]) {
		let at = folded.indexOf(part);
		while (at > 0 && isLetter(folded[at - 1]) && folded.indexOf(part, at + 1) > 0)
			at = folded.indexOf(part, at + 1);
		if (at >= 0) return [[at, at + part.length]];
	}
	return [];
}
