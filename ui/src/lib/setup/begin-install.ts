import { goto } from '$app/navigation';
import { installRun } from './install-run.svelte';
import { ownerSession } from './owner-session.svelte';
import { wizard, type PageName } from './wizard.svelte';

/** Starts the installation, or returns the first page with a problem. */
export async function beginInstall(): Promise<PageName | null> {
	const problem = await wizard.firstProblem();
	if (problem) return problem;
	void install();
	await goto('/setup/progress');
	return null;
}

/** Runs the engine; afterwards the owner is signed in in this window. */
export async function install(): Promise<void> {
	ownerSession.clear();
	await installRun.start(wizard.answers());
	await ownerSession.begin();
}
