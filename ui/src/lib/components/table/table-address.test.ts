import { describe, expect, test } from 'vitest';
import { readTable, writeTable, type TableQuery } from './table-address';

const PLAIN = { sort: '-created_at', filter: { role: '', state: 'open' } };
const AT_FIRST: TableQuery = {
	search: '',
	sort: 'created_at',
	order: 'desc',
	page: 1,
	cursor: '',
	filter: { role: '', state: 'open' }
};

describe('readTable', () => {
	test('an address that says nothing is the table at first', () => {
		expect(readTable('', PLAIN)).toEqual(AT_FIRST);
	});

	test('reads all that is there', () => {
		expect(readTable('?search=ada&sort=name&page=3&role=owner&state=', PLAIN)).toEqual({
			search: 'ada',
			sort: 'name',
			order: 'asc',
			page: 3,
			cursor: '',
			filter: { role: 'owner', state: '' }
		});
	});

	test.each(['0', '-2', '', 'two', 'Infinityx', 'NaN', '1.9'])('page “%s” is the first', (page) => {
		expect(readTable(`?page=${page}`, PLAIN).page).toBe(1);
	});
});

describe('writeTable', () => {
	test('leaves out what is as at first', () => {
		expect(writeTable('?search=ada&page=2&role=owner&sort=name', AT_FIRST, PLAIN)).toBe('');
	});

	test('keeps what others wrote', () => {
		expect(writeTable('?tab=2', { ...AT_FIRST, page: 2 }, PLAIN)).toBe('?tab=2&page=2');
		expect(writeTable('?tab=2&page=2', AT_FIRST, PLAIN)).toBe('?tab=2');
	});

	test('writes an empty filter where empty is a choice', () => {
		expect(writeTable('', { ...AT_FIRST, filter: { role: '', state: '' } }, PLAIN)).toBe('?state=');
	});

	test('what was written is read again', () => {
		const chosen: TableQuery = {
			search: 'a & b=c',
			sort: 'created_at',
			order: 'asc',
			page: 7,
			cursor: 'eyJ',
			filter: { role: 'billing_manager', state: 'all' }
		};
		expect(readTable(writeTable('', chosen, PLAIN), PLAIN)).toEqual(chosen);
	});
});
