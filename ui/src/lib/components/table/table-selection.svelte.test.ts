import { expect, test } from 'vitest';
import { TableSelection } from './table-selection.svelte';

const rows = [1, 2, 3, 4, 5].map((id) => ({ id }));
const chosen = (selection: TableSelection<{ id: number }>) => selection.rows.map(({ id }) => id).sort();

function selection(): TableSelection<{ id: number }> {
	return new TableSelection(({ id }) => id);
}

test('a range goes from the last touched row, in both directions', () => {
	const some = selection();
	some.toggle({ id: 3 });
	some.extend(rows, 4);
	expect(chosen(some)).toEqual([3, 4, 5]);
	some.extend(rows, 1);
	expect(chosen(some)).toEqual([2, 3, 4, 5]);
});

test('without a row to begin at, a range is one row', () => {
	const some = selection();
	some.extend(rows, 2);
	expect(chosen(some)).toEqual([3]);
	some.clear();
	some.toggle({ id: 99 });
	some.extend(rows, 2);
	expect(chosen(some)).toEqual([3, 99]);
});

test('rows of other pages stay, and a row is selected once', () => {
	const some = selection();
	some.toggle({ id: 9 });
	some.add(rows);
	some.add(rows);
	expect(some.size).toBe(6);
	some.toggle({ id: 9 });
	expect(some.has({ id: 9 })).toBe(false);
});
