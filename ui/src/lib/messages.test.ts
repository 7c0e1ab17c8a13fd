import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const read = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
const areas = readdirSync('messages/en').sort();

test('every area is compiled', () => {
	const settings = read('project.inlang/settings.json')['plugin.inlang.messageFormat'];
	const { pathPattern } = settings as { pathPattern: string[] };
	expect(pathPattern.map((path) => path.replace('./messages/{locale}/', '')).sort()).toEqual(areas);
});

test('every key is in one area, else the last one would win in silence', () => {
	const keys = areas.flatMap((area) => Object.keys(read(`messages/en/${area}`)));
	const twice = keys.filter((key, index) => key !== '$schema' && keys.indexOf(key) !== index);
	expect(twice).toEqual([]);
	expect(keys.length).toBeGreaterThan(500);
});
