import { expect, test } from 'vitest';
import { readHar } from './har';

test('requests with their answers', () => {
	const response = { status: 503, content: { size: 120, mimeType: 'text/html; charset=utf-8' } };
	const entries = [{ time: 12.6, request: { method: 'GET', url: 'https://shop.example/pay' }, response }];
	expect(readHar(JSON.stringify({ log: { entries } }))).toEqual([
		{
			method: 'GET',
			url: 'https://shop.example/pay',
			status: 503,
			mediaType: 'text/html',
			bytes: 120,
			milliseconds: 13
		}
	]);
});

test('what is missing or of another type is empty', () => {
	const empty = { method: '', url: '', status: 0, mediaType: '', bytes: 0, milliseconds: 0 };
	const entries = [null, 'x', { time: '1', request: [], response: { status: -1, content: 3 } }];
	expect(readHar(JSON.stringify({ log: { entries } }))).toEqual([empty, empty, empty]);
});

test('other files are no HAR', () => {
	for (const json of ['', '{', '[]', '{"log":{}}', 'null', '{"log":{"entries":{}}}'])
		expect(readHar(json)).toBeNull();
});
