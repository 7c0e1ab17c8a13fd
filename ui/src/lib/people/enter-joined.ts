/** Signs a person in who just chose a password by an invitation, and opens the page that welcomes them. */
import { goto } from '$app/navigation';
import { api } from '$lib/api/client';
import type { InvitationView } from '$lib/api/types';
import { nextPage } from '$lib/site';
import { arrival } from './arrival';
import { invitationToken } from './invitation-token';

export const welcomePage = (organization: number | null | undefined): string =>
	organization ? `/organizations/${organization}/welcome` : '/';

export async function enterJoined(view: InvitationView, password: string): Promise<void> {
	invitationToken.forget();
	nextPage.forget();
	try {
		await api.signIn(view.email, password);
	} catch {
		// The password is set, and the link is used up: the sign-in page says so, and continues from there.
		arrival.expect({ email: view.email, organization: view.organization_name ?? null });
		return goto('/sign-in', { invalidateAll: true });
	}
	await goto(welcomePage(view.organization_id), { invalidateAll: true });
}
