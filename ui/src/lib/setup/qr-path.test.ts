import { expect, test } from 'vitest';
import { encode } from 'uqr';
import { qrPath } from './qr-path';

test('each row has a bar for each run of dark cells', () => {
	const [dark, light] = [true, false];
	expect(
		qrPath([
			[dark, dark, light, dark],
			[light, light, light, light],
			[light, dark, dark, dark]
		])
	).toBe('M0 0h2v1h-2zM3 0h1v1h-1zM1 2h3v1h-3z');
});

test('a code has the light border that scanners need', () => {
	const { data } = encode('http://testkeep.example.com:8080', { border: 4 });
	const edge = [...data.slice(0, 4), ...data.slice(-4), ...data.map((row) => row.slice(0, 4))];
	expect(edge.flat().some(Boolean)).toBe(false);
	// The corner of a finder pattern is the first dark cell.
	expect(data[4]?.[4]).toBe(true);
});
