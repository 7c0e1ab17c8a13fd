/** Output of a test as lines: which contain a searched text, and which are drawn. */
import { AnsiReader, withoutAnsi, type AnsiPart } from './ansi';
import { plainText } from './plain-text';

export type LogLine = { number: number; parts: AnsiPart[]; found: boolean };

/** More lines make a page slow; the others are drawn on request. */
export const LINES_AT_FIRST = 500;

/** Progress bars overwrite their line: only what was written last is kept. */
export function linesOf(text: string): string[] {
	const lines = text.replaceAll('\r\n', '\n').replace(/\n$/, '').split('\n');
	return lines.map((line) => {
		let end = line.length;
		while (line[end - 1] === '\r') end--;
		return end ? line.slice(line.lastIndexOf('\r', end - 1) + 1, end) : '';
	});
}

/** The numbers of the lines, from 0, that contain the text; upper and lower case are equal. */
export function findLines(lines: string[], searched: string): number[] {
	const wanted = searched.toLowerCase();
	if (!wanted) return [];
	return lines.flatMap((line, index) => (withoutAnsi(line).toLowerCase().includes(wanted) ? [index] : []));
}

/** The lines from the first to `end`, styled. The style continues over lines, so all before them are read. */
export function styledLines(lines: string[], end: number, found: Set<number>): LogLine[] {
	const reader = new AnsiReader();
	return lines.slice(0, end).map((line, index) => ({
		number: index + 1,
		found: found.has(index),
		parts: reader.line(line).map(({ text, style }) => ({ text: plainText(text), style }))
	}));
}

export type Piece = { text: string; hit: boolean };

/** A text, divided where the searched text occurs. */
export function marked(text: string, searched: string): Piece[] {
	if (!searched) return [{ text, hit: false }];
	const [lower, wanted] = [text.toLowerCase(), searched.toLowerCase()];
	// Some letters become longer in lower case: then positions differ, and nothing is marked.
	if (lower.length !== text.length) return [{ text, hit: false }];
	const pieces: Piece[] = [];
	let from = 0;
	for (let at = lower.indexOf(wanted); at >= 0; at = lower.indexOf(wanted, from)) {
		if (at > from) pieces.push({ text: text.slice(from, at), hit: false });
		from = at + wanted.length;
		pieces.push({ text: text.slice(at, from), hit: true });
	}
	if (from < text.length || !pieces.length) pieces.push({ text: text.slice(from), hit: false });
	return pieces;
}
