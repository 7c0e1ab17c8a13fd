import { expect, test } from 'vitest';
import { plainLine, plainText, webAddress } from './plain-text';

test('control characters and turns of direction are visible, line breaks and tabs stay', () => {
	expect(plainText('a\u0000b\u001bc\u007fd\u0085e')).toBe('a␀b␛c␡d⟨U+0085⟩e');
	expect(plainText('user\u202egnp.exe\u2066')).toBe('user⟨U+202E⟩gnp.exe⟨U+2066⟩');
	expect(plainText('one\r\ntwo\rthree\tfour')).toBe('one\ntwo\nthree\tfour');
});

test('other scripts, emoji and markup stay as they are', () => {
	for (const text of ['<script>alert(1)</script>', 'Überweisung אבג テスト', '👩‍💻 e\u0301'])
		expect(plainText(text)).toBe(text);
});

test('a name has one line', () => expect(plainLine('pays\n\ttwice')).toBe('pays twice'));

test.each([
	['https://ci.example.com/job/12', 'https://ci.example.com/job/12'],
	['http://10.0.0.7:8080', 'http://10.0.0.7:8080/'],
	['javascript:alert(1)', undefined],
	[' JaVaScRiPt:alert(1)', undefined],
	['data:text/html,x', undefined],
	['job 12', undefined],
	[null, undefined]
])('webAddress(%s)', (text, href) => expect(webAddress(text)).toBe(href));
