/** Ends the session of this browser or window. */
import { goto, invalidate } from '$app/navigation';
import { api, ApiError } from '$lib/api/client';
import { toast } from '$lib/components/toast.svelte';
import { messageOf } from '$lib/message-of';
import { recent } from '$lib/palette/recent';
import { m } from '$lib/paraglide/messages';
import { nextPage } from '$lib/site';

export async function signOut(): Promise<void> {
	try {
		await api.signOut();
	} catch (reason) {
		// The session still exists, and the page cannot delete its cookie. If the session has already ended, the person is
		// signed out.
		if (!(reason instanceof ApiError && reason.status === 401)) {
			toast(m.sign_out_failed({ reason: messageOf(reason) }));
			return;
		}
	}
	recent.forget();
	await invalidate('testkeep:site');
	// Another person may sign in next in this tab.
	nextPage.forget();
	await goto('/sign-in');
}
