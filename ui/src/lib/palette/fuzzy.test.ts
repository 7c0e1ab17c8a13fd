import { describe, expect, test } from 'vitest';
import { fold } from './fold';
import { fit, marks, score, type Fit } from './fuzzy';

/** The same table as in crates/domain/src/fuzzy.rs. */
const TABLE: [string, string, Fit | null][] = [
	['ada lovelace', 'ada lovelace', 'exact'],
	['ada', 'ada lovelace', 'start'],
	['love', 'ada lovelace', 'wordStarts'],
	['lovelace ada', 'ada lovelace', 'wordStarts'],
	['a love', 'ada lovelace', 'wordStarts'],
	['example', 'ada@example.com', 'wordStarts'],
	['al', 'ada lovelace', 'initials'],
	['gh', 'grace murray hopper', 'initials'],
	['velace', 'ada lovelace', 'inside'],
	['lovlace', 'ada lovelace', 'typo'],
	['lovelqce', 'ada lovelace', 'typo'],
	['loveelace', 'ada lovelace', 'typo'],
	['lovealce', 'ada lovelace', 'typo'],
	['loev', 'ada lovelace', 'typo'],
	['ozlem', 'özlem kaya', 'typo'],
	['adlc', 'ada lovelace', 'letters'],
	['иван', 'иван петров', 'start'],
	['adx', 'ada lovelace', null],
	['dlc', 'ada lovelace', null],
	['lvoealce', 'ada lovelace', null],
	['', 'ada lovelace', null],
	['ada', '', null]
];

describe('fit', () => {
	test.each(TABLE)('%s in %s: %s', (query, text, expected) => {
		expect(fit(query, text)).toBe(expected);
	});
});

/** Reproducible random numbers. */
function random(seed: number): (below: number) => number {
	let state = seed;
	return (below) => {
		state = (state * 1103515245 + 12345) % 2147483648;
		return Math.floor((state / 2147483648) * below);
	};
}

const NAMES = [
	'ada lovelace',
	'grace murray hopper',
	'özlem kaya',
	'иван петров',
	'barbara liskov',
	'dora 42'
];
const LETTERS = [...'abcdefghijklmnopqrstuvwxyzöиван'];

describe('ranking', () => {
	const draw = random(7);
	const cases = Array.from({ length: 300 }, () => {
		const name = NAMES[draw(NAMES.length)] ?? '';
		const from = draw(name.length - 1);
		return { name, part: fold(name.slice(from, from + 1 + draw(name.length - from))) };
	}).filter(({ part }) => part);

	test('every part of a name finds it, and a longer beginning never fits worse', () => {
		for (const { name, part } of cases) expect(fit(part, name), `${part} in ${name}`).not.toBeNull();
		for (const name of NAMES)
			for (let length = 2; length <= name.length; length++) {
				const better = fold(name.slice(0, length));
				expect(score(better, name)).toBeGreaterThanOrEqual(score(fold(name.slice(0, length - 1)), name));
			}
	});

	test('one wrong letter in a word of at least four still finds it', () => {
		for (const name of NAMES)
			for (const word of name.split(' ').filter(({ length }) => length >= 4))
				for (let round = 0; round < 40; round++) {
					const at = draw(word.length);
					const letter = LETTERS[draw(LETTERS.length)] ?? 'x';
					const replaced = word.slice(0, at) + letter + word.slice(at + 1);
					const added = word.slice(0, at) + letter + word.slice(at);
					const swapped =
						word.slice(0, at) + [...word.slice(at, at + 2)].reverse().join('') + word.slice(at + 2);
					for (const typed of [replaced, added, swapped])
						expect(fit(typed, name), `${typed} for ${name}`).not.toBeNull();
				}
	});

	test('a better fit beats a worse one, whatever the lengths', () => {
		for (const { name, part } of cases) {
			const long = `${part} ${'x'.repeat(200)}`;
			if (fit(part, name) === 'inside') expect(score(part, long)).toBeGreaterThan(score(part, name));
			expect(score(part, part)).toBeGreaterThanOrEqual(score(part, name));
			expect(score(part, name)).toBeGreaterThan(0);
		}
	});

	test('of equal fits the shorter text wins', () => {
		expect(score('ada', 'ada king')).toBeGreaterThan(score('ada', 'ada lovelace'));
	});

	test('hostile queries end soon', () => {
		const started = performance.now();
		for (const query of ['(a+)+$', '%', '_', '\0', 'a'.repeat(10_000), `${'a '.repeat(2_000)}b`])
			for (const name of [...NAMES, 'a'.repeat(500)]) score(query, name);
		expect(performance.now() - started).toBeLessThan(1000);
	});
});

describe('fold', () => {
	test.each([
		['ÖKO', 'öko'],
		['O\u0308ko', 'öko'],
		['Иван', 'ИВАН'],
		['Straße', 'STRASSE'],
		['STRAẞE', 'strasse'],
		['İzmir', 'izmir'],
		['ISPARTA', 'ısparta'],
		['ﬁle', 'FILE'],
		['Ｔｅｓｔ', 'test'],
		['Σίσυφος', 'ΣΊΣΥΦΟΣ'],
		['zero\u200bwidth', 'zerowidth'],
		['  two \u00a0\t words ', 'two words']
	])('%s and %s are equal', (left, right) => {
		expect(fold(left)).toBe(fold(right));
	});
	test('accents tell words apart', () => expect(fold('Özlem')).not.toBe(fold('Ozlem')));
});

describe('marks', () => {
	const of = (query: string, text: string) => marks(fold(query), text, fold(text));
	test('the part that was typed, at a word if there is one', () => {
		expect(of('love', 'Ada Lovelace')).toEqual([[4, 8]]);
		expect(of('a', 'Bar Ada')).toEqual([[4, 5]]);
	});
	test('nothing where letters do not stand for each other', () => {
		expect(of('strasse', 'Straße')).toEqual([]);
		expect(of('xyz', 'Ada')).toEqual([]);
	});
});
