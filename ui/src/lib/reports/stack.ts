/**
 * Stack traces of many languages, with the frames that are not the person's own code folded. A line that is no frame, such
 * as a message or *Caused by*, is always shown.
 */

/** `folded`: frames of libraries and runtimes, one after the other. */
export type StackPart = { folded: boolean; lines: string[]; frames: number };

/** A run of fewer frames is not worth a button. */
const FOLD_FROM = 2;
/** Later lines are shown as they are. */
const LINES_AT_MOST = 5000;
/** A frame is recognized by its beginning; some patterns are slow on very long lines. */
const LINE_AT_MOST = 1000;
/** When no frame is own code, the first ones say most. */
const SHOWN_OF_FOREIGN = 4;

/** Java, Kotlin, C#, JavaScript: “at …”; Python: “File "…", line 3”; PHP: “#0 …”; Ruby, Go, pytest: “path:12”. */
const FRAMES = [
	/^\s*at\s+\S/,
	/^\s*File "[^"]+", line \d+/,
	/^\s*#\d+\s+\S/,
	/^\s*\d+:\s+(?:0x[\da-f]+ - )?[\w<]+(?:::|$)/,
	/^\s*(?:from\s+)?\S+\.(?:rb|go|py|rs|exs?|pm|swift|dart)[:(]\d+/,
	/^\s*\.{3} \d+ (?:more|common frames omitted)/
];

const FOREIGN = [
	// Java and its relatives, by package.
	/^\s*at\s+(?:app\/\/|java\.\w+@?[\w.]*\/)?(?:java|javax|jakarta|jdk|sun|com\.sun|org\.junit|junit|org\.testng|org\.apache|org\.gradle|org\.eclipse|org\.codehaus|org\.spockframework|org\.hamcrest|org\.assertj|org\.mockito|org\.opentest4j|org\.openqa|org\.springframework|org\.hibernate|io\.appium|io\.cucumber|cucumber|io\.netty|io\.qameta|com\.google|com\.intellij|com\.kms\.katalon|kotlin|kotlinx|groovy|groovyjarjar\w+|scala|clojure|worker\.org\.gradle)[.$]/,
	/^\s*\.{3} \d+ (?:more|common frames omitted)/,
	// .NET, by namespace.
	/^\s*at\s+(?:System|Microsoft|NUnit|Xunit|MSTest|FluentAssertions|Shouldly|Moq|OpenQA)\./,
	// By the place of libraries.
	/[\\/](?:node_modules|site-packages|dist-packages|gems|vendor|bower_components|\.cargo|\.m2|\.gradle|pkg[\\/]mod)[\\/]/,
	/\((?:node:|internal\/|native\)|<anonymous>\))|\s(?:node:|internal\/)\S+:\d+/,
	/\/rustc\/|[\\/]usr[\\/](?:local[\\/]go|lib[\\/]go\S*)[\\/]src[\\/]|[\\/]lib[\\/](?:python|ruby)[\d.]*[\\/]|<frozen /,
	/^\s*\d+:\s+(?:0x[\da-f]+ - )?(?:std|core|alloc|test|tokio|rust_begin_unwind|__rust)\b/
];

const begins = (line: string, patterns: RegExp[]): boolean => {
	const start = line.slice(0, LINE_AT_MOST);
	return patterns.some((pattern) => pattern.test(start));
};
export const isFrame = (line: string): boolean => begins(line, FRAMES);
export const isForeign = (line: string): boolean => begins(line, FOREIGN);

type Line = { text: string; kind: 'text' | 'own' | 'foreign'; frame: boolean };

export function foldStack(detail: string): StackPart[] {
	const all = detail.trimEnd().split('\n');
	const lines = kinds(all.slice(0, LINES_AT_MOST));
	for (const text of all.slice(LINES_AT_MOST)) lines.push({ text, kind: 'text', frame: false });
	if (!lines.some(({ kind }) => kind === 'own')) keepFirst(lines);
	const parts: StackPart[] = [];
	for (const { text, kind, frame } of lines) {
		const folded = kind === 'foreign';
		const last = parts.at(-1);
		if (last?.folded === folded) {
			last.lines.push(text);
			last.frames += Number(frame);
		} else parts.push({ folded, lines: [text], frames: Number(frame) });
	}
	return joined(parts.map((part) => ({ ...part, folded: part.folded && part.frames >= FOLD_FROM })));
}

function kinds(lines: string[]): Line[] {
	const found: Line[] = [];
	for (const text of lines) {
		const frame = isFrame(text);
		const before = found.at(-1);
		// The line of source code under a frame of Python, and the place under one of Rust and Go.
		const below = !frame && before && before.kind !== 'text' && /^\s{4,}\S|^\t\S|^\s+at \S/.test(text);
		const kind = frame ? (isForeign(text) ? 'foreign' : 'own') : below ? before.kind : 'text';
		found.push({ text, kind, frame });
	}
	return found;
}

function keepFirst(lines: Line[]): void {
	lines
		.filter(({ frame }) => frame)
		.slice(0, SHOWN_OF_FOREIGN)
		.forEach((line) => (line.kind = 'own'));
}

function joined(parts: StackPart[]): StackPart[] {
	const all: StackPart[] = [];
	for (const part of parts) {
		const last = all.at(-1);
		if (last && !last.folded && !part.folded) {
			last.lines.push(...part.lines);
			last.frames += part.frames;
		} else all.push(part);
	}
	return all;
}
