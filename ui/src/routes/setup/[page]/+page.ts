import { error, redirect } from '@sveltejs/kit';
import { installRun } from '$lib/setup/install-run.svelte';
import { PAGES, wizard, type PageName } from '$lib/setup/wizard.svelte';
import type { PageLoad } from './$types';

const isPage = (name: string): name is PageName => (PAGES as readonly string[]).includes(name);

export const load = (({ params }): { page: PageName | 'progress' | 'finish' } => {
	const { page } = params;
	// Answers exist as long as the window: after a reload the wizard starts again.
	if (!wizard.defaults) redirect(307, '/setup');
	if (isPage(page)) {
		if (installRun.running) redirect(307, '/setup/progress');
		return { page };
	}
	if (page !== 'progress' && page !== 'finish') error(404, { message: '' });
	if (page === 'progress' && !installRun.running && !installRun.result) redirect(307, '/setup/review');
	if (page === 'finish' && installRun.result?.outcome !== 'installed') redirect(307, '/setup/review');
	return { page };
}) satisfies PageLoad;
