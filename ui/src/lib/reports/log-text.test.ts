import { expect, test } from 'vitest';
import { findLines, linesOf, marked, styledLines } from './log-text';

test('lines of every system; a progress bar keeps its last state', () => {
	expect(linesOf('one\r\ntwo\nthree\n')).toEqual(['one', 'two', 'three']);
	expect(linesOf('10 %\r50 %\rdone\nnext')).toEqual(['done', 'next']);
	expect(linesOf('\r\r')).toEqual(['']);
	expect(linesOf('ends here\r')).toEqual(['ends here']);
	expect(linesOf('')).toEqual(['']);
});

test('the search ignores colors and case', () => {
	const lines = ['\u001b[31mFAI\u001b[0mLED', 'passed', 'it failed'];
	expect(findLines(lines, 'failed')).toEqual([0, 2]);
	expect(findLines(lines, '')).toEqual([]);
});

test('a color continues in the next line, and control characters are visible', () => {
	const lines = styledLines(['\u001b[32mone', 'two\u0000', 'three'], 2, new Set([1]));
	expect(lines).toEqual([
		{ number: 1, found: false, parts: [{ text: 'one', style: { color: 'green' } }] },
		{ number: 2, found: true, parts: [{ text: 'two␀', style: { color: 'green' } }] }
	]);
});

test('hits are marked, and the text stays whole', () => {
	expect(marked('Error: no error', 'error')).toEqual([
		{ text: 'Error', hit: true },
		{ text: ': no ', hit: false },
		{ text: 'error', hit: true }
	]);
	expect(marked('text', '')).toEqual([{ text: 'text', hit: false }]);
	expect(marked('', 'x')).toEqual([{ text: '', hit: false }]);
	expect(marked('İstanbul', 'i')).toEqual([{ text: 'İstanbul', hit: false }]);
});
