import { redirect } from '@sveltejs/kit';
import { executions } from '$lib/api/reports';
import { orErrorPage } from '$lib/load';
import type { PageLoad } from './$types';

const PAGE = 200;

/** The addresses that existing clients open in a browser, or print after an upload. */
export const load: PageLoad = async ({ params }) => {
	const project = Number(params.project);
	const number = Number(/^executions\/(\d+)/.exec(params.rest)?.[1]);
	const id = number ? await idOf(project, number) : undefined;
	redirect(307, id ? `/executions/${id}` : `/projects/${project}`);
};

/** Deleted executions leave gaps in the numbers, so the one that is looked for is on the expected page or before it. */
async function idOf(project: number, number: number): Promise<number | undefined> {
	const read = async (page: number) =>
		(await orErrorPage(executions.list(project, { sort: 'number', order: 'desc', page_size: PAGE, page })))
			.items;
	const newest = (await read(1))[0]?.number ?? 0;
	for (let page = Math.floor((newest - number) / PAGE) + 1; page > 0; page--) {
		const rows = await read(page);
		const found = rows.find((row) => row.number === number);
		if (found) return found.id;
		// Earlier pages have larger numbers only.
		if ((rows[0]?.number ?? 0) > number && (rows.at(-1)?.number ?? 0) < number) return undefined;
	}
	return undefined;
}
