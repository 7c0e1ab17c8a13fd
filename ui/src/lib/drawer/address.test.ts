import { describe, expect, test } from 'vitest';
import { drawerIn, withDrawer } from './address';

describe('drawerIn', () => {
	test('reads one drawer', () => {
		expect(drawerIn('?search=ada&person=12')).toEqual({ kind: 'person', id: 12 });
		expect(drawerIn('?machine=7')).toEqual({ kind: 'machine', id: 7 });
		expect(drawerIn('?session=9')).toEqual({ kind: 'session', id: 9 });
		expect(drawerIn('?session=9&person=12')).toEqual({ kind: 'person', id: 12 });
	});

	test('anything else is no drawer', () => {
		for (const text of ['', '?person=', '?person=0', '?person=-1', '?person=1e3', '?person=x', '?person=1.5'])
			expect(drawerIn(text), text).toBeNull();
		expect(drawerIn(`?person=${'9'.repeat(30)}`)).toBeNull();
	});
});

describe('withDrawer', () => {
	const page = { pathname: '/organizations/2/users', search: '?search=ada&page=2&person=12' };

	test('keeps the table behind it', () => {
		expect(withDrawer(page, { kind: 'machine', id: 3 })).toBe(
			'/organizations/2/users?search=ada&page=2&machine=3'
		);
		expect(withDrawer(page, null)).toBe('/organizations/2/users?search=ada&page=2');
		expect(withDrawer({ pathname: '/', search: '?session=1' }, null)).toBe('/');
	});

	test('is read back', () => {
		const target = { kind: 'session', id: 44 } as const;
		expect(drawerIn(new URL(withDrawer(page, target), 'http://x').search)).toEqual(target);
	});
});
