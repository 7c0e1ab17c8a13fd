import { expect, test } from 'vitest';
import { AnsiReader, withoutAnsi } from './ansi';

const ESC = '\u001b';
const read = (text: string) => new AnsiReader().line(text);

test('colors and weights become styles of text', () => {
	expect(read(`${ESC}[1;31mFAIL${ESC}[0m src/pay.ts`)).toEqual([
		{ text: 'FAIL', style: { bold: true, color: 'red' } },
		{ text: ' src/pay.ts', style: {} }
	]);
	expect(read(`${ESC}[90mgray${ESC}[39m plain`).map(({ style }) => style.color)).toEqual(['gray', undefined]);
});

test.each([
	['38;5;196', 'red'],
	['38;5;46', 'green'],
	['38;5;244', 'gray'],
	['38;2;30;90;240', 'blue'],
	['38;2;255;220;0', 'yellow'],
	['38;2;255;255;255', undefined]
])('%s is the nearest color: %s', (codes, color) => {
	expect(read(`${ESC}[${codes}mx`)[0]?.style.color).toBe(color);
});

test('an escape that a JUnit writer has spelled', () => {
	expect(read('#x1B[31mred#x1B[0m')).toEqual([{ text: 'red', style: { color: 'red' } }]);
});

test('a background takes its codes and draws nothing', () => {
	expect(read(`${ESC}[48;5;196;32mx`)[0]?.style).toEqual({ color: 'green' });
});

test('a style continues in the next line', () => {
	const reader = new AnsiReader();
	reader.line(`${ESC}[32mone`);
	expect(reader.line('two')).toEqual([{ text: 'two', style: { color: 'green' } }]);
});

test('other sequences are left out, also those that are cut off', () => {
	const hidden = `a${ESC}[2Kb${ESC}]0;title\u0007c${ESC}]8;;javascript:alert(1)${ESC}\\d${ESC}(Be${ESC}[?25lf${ESC}[3`;
	expect(withoutAnsi(hidden)).toBe('abcdef');
	expect(
		read(hidden)
			.map(({ text }) => text)
			.join('')
	).toBe('abcdef');
});

test('markup stays text', () => {
	expect(read('<b onclick="x">')).toEqual([{ text: '<b onclick="x">', style: {} }]);
});
