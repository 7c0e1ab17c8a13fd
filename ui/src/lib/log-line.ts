/** Lines of the server's log: `2026-01-02T03:04:05.678901Z  INFO starting version=…`. */
import { getLocale } from '$lib/paraglide/runtime';

export type Level = 'error' | 'warning' | 'info';
export type LogLine = {
	/** `null`: the line continues the one before it. */
	time: Date | null;
	level: Level;
	/** The level as it is written; empty for a line that continues another. */
	word: string;
	text: string;
	/** The first line of a start. */
	isStart: boolean;
};

const FORM = /^(\d{4}-\d\d-\d\dT[\d:.]+Z)\s+(ERROR|WARN|INFO|DEBUG|TRACE)\s(.*)$/s;

export function parseLines(lines: string[]): LogLine[] {
	let level: Level = 'info';
	return lines.map((line) => {
		const found = FORM.exec(line);
		if (!found) return { time: null, level, word: '', text: line, isStart: false };
		const [, time = '', word = '', text = ''] = found;
		level = word === 'ERROR' ? 'error' : word === 'WARN' ? 'warning' : 'info';
		return { time: new Date(time), level, word, text, isStart: text.startsWith('starting ') };
	});
}

const RANK: Record<Level, number> = { info: 0, warning: 1, error: 2 };

/** The lines of at least this level that contain the text, in lower case. */
export const filterLines = (lines: LogLine[], least: Level, text: string): LogLine[] =>
	lines.filter(
		(line) =>
			RANK[line.level] >= RANK[least] && (!text || `${line.word} ${line.text}`.toLowerCase().includes(text))
	);

let format: Intl.DateTimeFormat | undefined;

/** “11/30, 14:03:07.250” in the time zone of this machine. */
export function localTime(time: Date): string {
	format ??= new Intl.DateTimeFormat(getLocale(), {
		month: '2-digit',
		day: '2-digit',
		hour: '2-digit',
		minute: '2-digit',
		second: '2-digit',
		fractionalSecondDigits: 3,
		hourCycle: 'h23'
	});
	return format.format(time);
}
