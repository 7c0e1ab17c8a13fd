/** Invitations: created and listed by an organization, used by the holder of a link, answered by the invited person. */
import { body, client } from './client';
import type {
	BulkAnswer,
	Invitation,
	InvitationCheck,
	InvitationOptions,
	InvitationResult,
	InvitationView,
	Level,
	LicenseProductName,
	ListQuery,
	Page,
	Role
} from './types';

/** What invited people get beside the membership. */
export type Offer = { role: Role; team_ids: number[]; products: LicenseProductName[] };
export const AS_MEMBER: Offer = { role: 'member', team_ids: [], products: [] };

export const invitations = {
	/** The list of *Pending activations*. */
	list: (level: Level, id: number, query: ListQuery): Promise<Page<Invitation>> =>
		body(client.GET('/api/v2/{level}/{id}/invitations', { params: { path: { level, id }, query } })),

	/** `addresses`: one text, separated by comma, semicolon or white space. */
	async invite(
		level: Level,
		id: number,
		addresses: string,
		gives: Offer | { project_id: number }
	): Promise<InvitationResult[]> {
		const answer = await body(
			client.POST('/api/v2/{level}/{id}/invitations', {
				params: { path: { level, id } },
				body: { addresses, ...gives }
			})
		);
		return answer.results;
	},

	/** What the caller may give to people they invite. */
	options: (level: Level, id: number): Promise<InvitationOptions> =>
		body(client.GET('/api/v2/{level}/{id}/invitation-options', { params: { path: { level, id } } })),

	/** What inviting each address would answer now; invites nobody. */
	async check(level: Level, id: number, addresses: string): Promise<InvitationCheck[]> {
		const answer = await body(
			client.POST('/api/v2/{level}/{id}/invitation-checks', {
				params: { path: { level, id } },
				body: { addresses }
			})
		);
		return answer.checks;
	},

	/** Makes the invitation valid for its whole time again. */
	resend: (id: number): Promise<Invitation> =>
		body(client.POST('/api/v2/invitations/{id}/resend', { params: { path: { id } } })),

	resendMany: (level: Level, id: number, ids: number[]): Promise<BulkAnswer> =>
		body(
			client.POST('/api/v2/{level}/{id}/invitations/resend', {
				params: { path: { level, id } },
				body: { ids }
			})
		),

	revokeMany: (level: Level, id: number, ids: number[]): Promise<BulkAnswer> =>
		body(
			client.POST('/api/v2/{level}/{id}/invitations/revoke', {
				params: { path: { level, id } },
				body: { ids }
			})
		),

	async revoke(id: number): Promise<void> {
		await body(client.DELETE('/api/v2/invitations/{id}', { params: { path: { id } } }));
	}
};

/** `null`: the account. */
type Joined = { organization_id: number | null };

async function joined(answer: Promise<{ organization_id?: number | null }>): Promise<Joined> {
	return { organization_id: (await answer).organization_id ?? null };
}

/** Actions of the holder of a link. Refusals: `link_used`, `cannot_accept`, `link_invalid`. */
export const invitationLink = {
	look: (token: string): Promise<InvitationView> =>
		body(client.POST('/api/v2/invitation-link/look', { body: { token } })),

	async setPassword(chosen: {
		token: string;
		password: string;
		first_name?: string;
		last_name?: string;
	}): Promise<void> {
		await body(client.POST('/api/v2/invitation-link/password', { body: chosen }));
	},

	/** For a person who is signed in with the invited address. */
	accept: (token: string): Promise<Joined> =>
		joined(body(client.POST('/api/v2/invitation-link/accept', { body: { token } })))
};

/** The caller's own invitations, as `me` lists them. */
export const myInvitations = {
	accept: (id: number): Promise<Joined> =>
		joined(body(client.POST('/api/v2/me/invitations/{id}/accept', { params: { path: { id } } }))),

	async decline(id: number): Promise<void> {
		await body(client.POST('/api/v2/me/invitations/{id}/decline', { params: { path: { id } } }));
	}
};
