/** Accepts an invitation by its link, then opens the joined organization. */
import { goto } from '$app/navigation';
import { invitationLink } from '$lib/api/invitations';
import { welcomePage } from './enter-joined';
import { invitationToken } from './invitation-token';

export async function acceptInvitation(token: string): Promise<void> {
	const { organization_id } = await invitationLink.accept(token);
	invitationToken.forget();
	await goto(welcomePage(organization_id), { invalidateAll: true });
}
