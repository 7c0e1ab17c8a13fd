import { describe, expect, test } from 'vitest';
import { NO_LAYOUT, readLayout, readViews, resized, withView } from './table-layout';

describe('what a browser has stored', () => {
	test('is read back', () => {
		const layout = { shown: { email: false }, widths: { name: 30.5 } };
		expect(readLayout(JSON.stringify(layout))).toEqual(layout);
		const view = { name: 'Mine', query: '?search=ada', layout };
		expect(readViews(JSON.stringify([view]))).toEqual([view]);
	});

	test.each([
		null,
		'',
		'no JSON',
		'[]',
		'7',
		'{"shown":[],"widths":"wide"}',
		'{"shown":{"a":"yes"},"widths":{"a":"1"}}'
	])('%s is no layout', (text) => expect(readLayout(text)).toEqual(NO_LAYOUT));

	test('keeps only whole views', () => {
		const text = JSON.stringify([{ name: 'A' }, null, 3, { name: 'B', query: '' }]);
		expect(readViews(text)).toEqual([{ name: 'B', query: '', layout: NO_LAYOUT }]);
		expect(readViews('{}')).toEqual([]);
	});
});

test('a view replaces the one of its name, and the oldest goes when there are too many', () => {
	const view = (name: string, query = '') => ({ name, query, layout: NO_LAYOUT });
	expect(withView([view('A'), view('B')], view('A', '?x=1'))).toEqual([view('B'), view('A', '?x=1')]);
	const many = Array.from({ length: 20 }, (_, index) => view(String(index)));
	const names = withView(many, view('new')).map(({ name }) => name);
	expect([names.length, names[0], names.at(-1)]).toEqual([20, '1', 'new']);
});

test.each([
	[10, { a: 30, b: 30 }],
	[-5, { a: 15, b: 45 }],
	[90, { a: 55, b: 5 }],
	[-90, { a: 5, b: 55 }]
])('a border moved by %s per cent keeps the sum', (by, widths) => {
	expect(resized(NO_LAYOUT, ['a', 20], ['b', 40], by).widths).toEqual(widths);
});
