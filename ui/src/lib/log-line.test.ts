import { expect, test } from 'vitest';
import { filterLines, parseLines } from './log-line';

const LOG = [
	'2026-01-02T03:04:05.678901Z  INFO starting version="0.1.0" config=/opt/testkeep.toml',
	'2026-01-02T03:04:06.000001Z  INFO ready database="SQLite 3"',
	'2026-01-02T03:04:07.000001Z  WARN the disk is nearly full',
	'   and this line continues',
	'2026-01-02T03:04:08.000001Z ERROR no more space',
	'2026-01-02T03:04:09.000001Z  INFO restarting the queue'
];

test('time, level and text are told apart', () => {
	const [start, ready, warning, more] = parseLines(LOG);
	expect(start).toMatchObject({ level: 'info', word: 'INFO', isStart: true });
	expect(start?.time?.toISOString()).toBe('2026-01-02T03:04:05.678Z');
	expect(ready).toMatchObject({ text: 'ready database="SQLite 3"', isStart: false });
	expect(warning).toMatchObject({ level: 'warning', text: 'the disk is nearly full' });
	expect(more).toMatchObject({ time: null, level: 'warning', text: '   and this line continues' });
});

test('lines are filtered by level and text', () => {
	const lines = parseLines(LOG);
	expect(filterLines(lines, 'info', '')).toHaveLength(6);
	expect(filterLines(lines, 'warning', '').map(({ text }) => text)).toEqual([
		'the disk is nearly full',
		'   and this line continues',
		'no more space'
	]);
	expect(filterLines(lines, 'error', 'space')).toHaveLength(1);
	expect(filterLines(lines, 'info', 'starting')).toHaveLength(2);
	expect(parseLines(['one line']).at(0)).toMatchObject({ level: 'info', isStart: false });
});
