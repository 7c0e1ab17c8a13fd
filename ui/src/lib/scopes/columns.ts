import type { Snippet } from 'svelte';
import type { Role } from '$lib/api/types';
import type { Column } from '$lib/components/table/columns';
import { m } from '$lib/paraglide/messages';

type Scope = { last_active_at?: string | null; created_at: string; role?: Role | null };
type Cell = 'active' | 'created' | 'role';

/** The last columns of a list of teams or projects. */
export const lastColumns = <Row extends Scope>(cells: Record<Cell, Snippet<[Row]>>): Column<Row>[] => [
	{
		key: 'last_active_at',
		label: m.last_active(),
		width: '9rem',
		csv: (row) => row.last_active_at,
		cell: cells.active
	},
	{
		key: 'created_at',
		label: m.created(),
		width: '9rem',
		sortable: true,
		wideOnly: true,
		csv: (row) => row.created_at,
		cell: cells.created
	},
	{
		key: 'role',
		label: m.your_role(),
		width: '9rem',
		hiddenAtFirst: true,
		csv: (row) => row.role,
		cell: cells.role
	}
];
