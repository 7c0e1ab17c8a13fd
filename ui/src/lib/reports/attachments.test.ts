import { expect, test } from 'vitest';
import { lookOf, TEXT_AT_MOST } from './attachments';

test.each([
	['shot.png', 'image/png', 'image'],
	['shot.png', null, 'image'],
	['shot.PNG', 'application/octet-stream', 'image'],
	['logo.svg', 'image/svg+xml', 'file'],
	['logo.svg', null, 'file'],
	['page.html', 'text/html', 'file'],
	['page.png', 'text/html', 'file'],
	['run.webm', 'video/webm', 'video'],
	['run.avi', 'video/x-msvideo', 'file'],
	['logo.svg', 'text/plain', 'text'],
	['net.har', 'text/plain', 'har'],
	['net.har', 'application/json', 'har'],
	['console.log', 'text/plain; charset=utf-8', 'text'],
	['answer', 'application/json', 'text'],
	['core', null, 'file']
])('%s (%s) is shown as %s', (name, media_type, look) => {
	expect(lookOf({ file_id: 1, name, media_type, size: 10 })).toBe(look);
});

test('what was not uploaded, and a very large text, are only named', () => {
	expect(lookOf({ file_id: null, name: 'shot.png', media_type: 'image/png', size: 10 })).toBe('file');
	expect(lookOf({ file_id: 1, name: 'a.log', media_type: 'text/plain', size: TEXT_AT_MOST + 1 })).toBe(
		'file'
	);
});
