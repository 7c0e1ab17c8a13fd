import { describe, expect, test } from 'vitest';
import { addressesInCsv, bareAddress, splitAddresses } from './address-list';

const bare = (text: string) => splitAddresses(text).map(bareAddress).join(' ');

/** The same table as the server's test, so that both read the same addresses. */
test.each([
	['a@x.de, b@x.de;c@x.de d@x.de\ne@x.de', 'a@x.de b@x.de c@x.de d@x.de e@x.de'],
	['Ada Lovelace <ada@x.de>; Duck, Donald <d@x.de>', 'ada@x.de d@x.de'],
	['"Lovelace, Ada" <ada@x.de>, bob@x.de', 'ada@x.de bob@x.de'],
	['Ada <ada@x.de> Bob <bob@x.de>', 'ada@x.de bob@x.de'],
	['bob@x.de carol@x.de Ada <ada@x.de>', 'bob@x.de carol@x.de ada@x.de'],
	['Ada @ Work <ada@x.de>', 'ada@x.de'],
	['mailto:ada@x.de?subject=Hi, <mailto:Bob@X.de>', 'ada@x.de bob@x.de'],
	['Ada\tLovelace\tada@x.de\r\nBob\tBuilder\tbob@x.de\r\n', 'ada@x.de bob@x.de'],
	['SMTP:ada@x.de\nsmtp:bob@x.de;SMTP:Cy@x.de', 'ada@x.de bob@x.de cy@x.de'],
	['"ada@x.de"\n"bob@x.de"', 'ada@x.de bob@x.de'],
	["'ada@x.de'; “bob@x.de”", 'ada@x.de bob@x.de'],
	['ada@x.de, nonsense, bob', 'ada@x.de nonsense bob'],
	['nobody;\tbob@x.de', 'nobody bob@x.de'],
	['a@x.de, "b@x.de', 'a@x.de b@x.de'],
	['"A > B" <a@x.de> b@x.de', 'a@x.de b@x.de'],
	['<a@x.de，b>c@x.de', '<a@x.de b>c@x.de'],
	[' ;, \n\t ', '']
])('%j', (text, expected) => expect(bare(text)).toBe(expected));

/** A small generator of its own: the same numbers in each run. */
function* numbers(seed: number): Generator<number, never> {
	for (let state = seed; ;) {
		state = (state * 48271) % 2147483647;
		yield state / 2147483647;
	}
}

describe('properties', () => {
	const wraps = [
		(address: string) => address,
		(address: string) => `<${address}>`,
		(address: string) => `Ada Lovelace <${address}>`,
		(address: string) => `"Lovelace, Ada" <${address}>`,
		(address: string) => `mailto:${address}`,
		(address: string) => `"${address}"`
	];
	const separators = [', ', '; ', ';', '\n', '\r\n', ' ,', ';\n'];

	test('any list of addresses, however written and separated, gives these addresses in this order', () => {
		const random = numbers(1843);
		const pick = <T>(from: T[]): T => from[Math.floor(random.next().value * from.length)] as T;
		for (let round = 0; round < 500; round++) {
			const count = Math.floor(random.next().value * 8);
			const addresses = Array.from({ length: count }, (_, n) => `p${n}.${round}@example-${n}.com`);
			const text = addresses.map((address) => pick(wraps)(address) + pick(separators)).join('');
			expect(splitAddresses(text).map(bareAddress), text).toEqual(addresses);
		}
	});

	test('no text with an @ is lost, and splitting what was split changes nothing', () => {
		const random = numbers(1952);
		const letters = ['a', 'b@c', '@', '<', '>', '"', "'", ',', ';', ' ', '\t', '\n', '.', 'é', '、'];
		for (let round = 0; round < 3000; round++) {
			const length = 1 + Math.floor(random.next().value * 14);
			const text = Array.from(
				{ length },
				() => letters[Math.floor(random.next().value * letters.length)]
			).join('');
			const found = splitAddresses(text);
			expect(
				found.every((one) => one.trim() !== ''),
				JSON.stringify(text)
			).toBe(true);
			for (const one of found) expect(text, JSON.stringify(text)).toContain(one);
			if (text.includes('b@c') && !/[<"]/.test(text)) {
				const all = found.join(' ');
				expect(all.split('b@c').length, JSON.stringify(text)).toBe(text.split('b@c').length);
			}
		}
	});
});

test('a CSV file gives its addresses; titles and empty rows are counted or left out', () => {
	const text =
		'\ufeffFirst name;Last name;Email\r\nAda;Lovelace;ada@x.de\r\n\r\n"Hopper, Grace";;Grace@x.de\r\n';
	const { addresses, otherRows } = addressesInCsv(text);
	expect(addresses.map(bareAddress)).toEqual(['ada@x.de', 'grace@x.de']);
	expect(otherRows).toBe(1);
	expect(addressesInCsv('name,email\nada,ada@x.de').addresses).toEqual(['ada@x.de']);
});
