/**
 * Terminal colors in the output of tests, as parts of text with a style; never HTML. Every other control sequence is left
 * out. Colors of 256 and 24-bit palettes become the nearest of the seven that both themes have.
 */

export type AnsiColor = 'red' | 'green' | 'yellow' | 'blue' | 'magenta' | 'cyan' | 'gray';
export type AnsiStyle = {
	color?: AnsiColor;
	bold?: boolean;
	dim?: boolean;
	italic?: boolean;
	underline?: boolean;
};
export type AnsiPart = { text: string; style: AnsiStyle };

const NAMED: (AnsiColor | undefined)[] = [
	undefined, // Black is invisible in the dark theme: the color of text instead.
	'red',
	'green',
	'yellow',
	'blue',
	'magenta',
	'cyan',
	undefined
];

/**
 * CSI (with its last character; some JUnit writers spell the escape “#x1B”, which XML cannot contain), OSC (up to its end mark), other escapes of two characters, and a sequence that is cut
 * off at the end.
 */
const SEQUENCE =
	// eslint-disable-next-line no-control-regex
	/(?:(?:\x1b|#x1[bB])\[|\x9b)([0-?]*)[ -/]*([@-~]|$)|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\|$)|\x1b[ -/]*[0-Z\\^-~]?/g;

/** One line with its parts; the style continues from line to line. */
export class AnsiReader {
	#style: AnsiStyle = {};

	line(text: string): AnsiPart[] {
		const parts: AnsiPart[] = [];
		const keep = (piece: string) => {
			if (piece) parts.push({ text: piece, style: this.#style });
		};
		let from = 0;
		for (const found of text.matchAll(SEQUENCE)) {
			keep(text.slice(from, found.index));
			from = found.index + found[0].length;
			if (found[2] === 'm') this.#style = styled(this.#style, found[1] ?? '');
		}
		keep(text.slice(from));
		return parts;
	}
}

/** The text without any sequence, for searching and copying. */
export const withoutAnsi = (text: string): string => text.replaceAll(SEQUENCE, '');

function styled(before: AnsiStyle, parameters: string): AnsiStyle {
	let style = { ...before };
	const codes = parameters.split(/[;:]/).map((code) => Number(code) || 0);
	while (codes.length) {
		const code = codes.shift() ?? 0;
		if (code === 0) style = {};
		else if (code === 1) style.bold = true;
		else if (code === 2) style.dim = true;
		else if (code === 3) style.italic = true;
		else if (code === 4) style.underline = true;
		else if (code === 22) style = { ...style, bold: undefined, dim: undefined };
		else if (code === 23) style.italic = undefined;
		else if (code === 24) style.underline = undefined;
		else if (code === 38) style.color = extended(codes);
		// A background would need a color of text for each theme.
		else if (code === 48) extended(codes);
		else if (code === 39) style.color = undefined;
		else if (code >= 30 && code <= 37) style.color = NAMED[code - 30];
		else if (code === 90) style.color = 'gray';
		else if (code >= 91 && code <= 97) style.color = NAMED[code - 90];
	}
	return style;
}

/** The color behind 38 or 48; takes its codes from the list. */
function extended(codes: number[]): AnsiColor | undefined {
	const kind = codes.shift();
	if (kind === 2) return nearest(codes.splice(0, 3));
	if (kind !== 5) return undefined;
	const index = codes.shift() ?? 0;
	if (index < 8) return NAMED[index];
	if (index < 16) return index === 8 ? 'gray' : NAMED[index - 8];
	if (index >= 232) return index < 250 ? 'gray' : undefined;
	const cube = index - 16;
	return nearest([Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6].map((level) => level * 51));
}

const HUES: AnsiColor[] = ['red', 'yellow', 'green', 'cyan', 'blue', 'magenta'];

function nearest([red = 0, green = 0, blue = 0]: number[]): AnsiColor | undefined {
	const most = Math.max(red, green, blue);
	const spread = most - Math.min(red, green, blue);
	if (spread < 40) return most > 60 && most < 200 ? 'gray' : undefined;
	const sixth =
		most === red
			? (green - blue) / spread
			: most === green
				? 2 + (blue - red) / spread
				: 4 + (red - green) / spread;
	return HUES[(Math.round(sixth) + 6) % 6];
}
