import { error, redirect } from '@sveltejs/kit';
import { installRun } from '$lib/setup/install-run.svelte';
import { PAGES, wizard, type PageName } from '$lib/setup/wizard.svelte';
import type { PageLoad } from './$types';

type Page = PageName | 'express' | 'progress' | 'finish';

const isPage = (name: string): name is PageName => (PAGES as readonly string[]).includes(name);

export const load = (({ params }): { page: Page } => {
	const { page } = params;
	// Answers exist as long as the window: after a reload the wizard starts again.
	if (!wizard.defaults) redirect(307, '/setup');
	if (isPage(page) || page === 'express') {
		if (installRun.running) redirect(307, '/setup/progress');
		if (page === 'express') wizard.express = true;
		return { page };
	}
	if (page !== 'progress' && page !== 'finish') error(404, { message: '' });
	if (page === 'progress' && !installRun.running && !installRun.result) redirect(307, '/setup/review');
	if (page === 'finish' && installRun.result?.outcome !== 'installed') redirect(307, '/setup/review');
	return { page };
}) satisfies PageLoad;
