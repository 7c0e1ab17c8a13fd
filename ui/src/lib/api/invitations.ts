/** Invitations: made and watched by an organization, used by whoever holds a link, answered by who is invited. */
import { untyped } from './client';
import type { Invitation, InvitationResult, InvitationView, Level, ListQuery, Page } from './types';

const base = '/api/v2';

export const invitations = {
	/** *Pending Activations*. */
	list: (level: Level, id: number, query: ListQuery): Promise<Page<Invitation>> =>
		untyped('GET', `${base}/${level}/${id}/invitations`, { query }),

	/** `addresses`: one text, separated by comma, semicolon or white space. */
	async invite(level: Level, id: number, addresses: string, projectId?: number): Promise<InvitationResult[]> {
		const body = { addresses, project_id: projectId };
		const answer = await untyped<{ results: InvitationResult[] }>(
			'POST',
			`${base}/${level}/${id}/invitations`,
			{
				body
			}
		);
		return answer.results;
	},

	/** A fresh link; the one before stops working. */
	resend: (id: number): Promise<Invitation> => untyped('POST', `${base}/invitations/${id}/resend`),

	revoke: (id: number): Promise<void> => untyped('DELETE', `${base}/invitations/${id}`)
};

type Joined = { organization_id: number | null };

/** What the holder of a link may do. Refusals: `link_used`, `cannot_accept`, `link_invalid`. */
export const invitationLink = {
	look: (token: string): Promise<InvitationView> =>
		untyped('POST', `${base}/invitation-link/look`, { body: { token } }),

	setPassword: (chosen: {
		token: string;
		password: string;
		first_name?: string;
		last_name?: string;
	}): Promise<void> => untyped('POST', `${base}/invitation-link/password`, { body: chosen }),

	/** Signed in with the invited address. */
	accept: (token: string): Promise<Joined> =>
		untyped('POST', `${base}/invitation-link/accept`, { body: { token } })
};

/** The caller's own invitations, as `me` lists them. */
export const myInvitations = {
	accept: (id: number): Promise<Joined> => untyped('POST', `${base}/me/invitations/${id}/accept`),
	decline: (id: number): Promise<void> => untyped('POST', `${base}/me/invitations/${id}/decline`)
};
