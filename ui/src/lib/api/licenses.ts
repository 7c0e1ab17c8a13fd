/**
 * Licenses in use: an organization's seats of a product, the people and machines that use them; and the account's view
 * of all organizations.
 */
import { body, client, csvStyle, file } from './client';
import type {
	AccountLicenses,
	AssignResult,
	BulkAnswer,
	LicensedUser,
	LicenseMachine,
	LicenseProductName,
	LicenseSession,
	LicenseSettings,
	LicenseSettingsInput,
	LicenseUsage,
	LicenseUtilization,
	ListQuery,
	NewOfflineLicense,
	OfflineLicense,
	OrganizationLicenses,
	Page,
	Person,
	SeatMap
} from './types';

/** A product of an organization: all functions below concern that organization. */
export type Pool = { organization: number; product: LicenseProductName };
const at = ({ organization, product }: Pool) => ({ path: { id: organization, product } });
const one = ({ organization, product }: Pool, item_id: number) => ({
	path: { id: organization, product, item_id }
});

export const licenses = {
	products: (organization: number): Promise<OrganizationLicenses> =>
		body(client.GET('/api/v2/organizations/{id}/licenses', { params: { path: { id: organization } } })),

	/** Every seat and the queue, as the organization sees them. */
	seats: (pool: Pool): Promise<SeatMap> =>
		body(client.GET('/api/v2/organizations/{id}/licenses/{product}/seats', { params: at(pool) })),

	/** At most 20 people without the license, by name. */
	async candidates(pool: Pool, search: string): Promise<Person[]> {
		const answer = await body(
			client.GET('/api/v2/organizations/{id}/licenses/{product}/candidates', {
				params: { ...at(pool), query: { search } }
			})
		);
		return answer.users;
	},

	users: (pool: Pool, query: ListQuery): Promise<Page<LicensedUser>> =>
		body(
			client.GET('/api/v2/organizations/{id}/licenses/{product}/users', { params: { ...at(pool), query } })
		),

	/** CSV text, ready to be saved. */
	exportUsers: (pool: Pool, query: ListQuery): Promise<string> =>
		file(
			client.GET('/api/v2/organizations/{id}/licenses/{product}/users/export', {
				params: { ...at(pool), query: { ...query, ...csvStyle() } },
				parseAs: 'arrayBuffer'
			})
		),

	/** At most 1,000 addresses; each text may contain several. One result per address, in the same order. */
	async assign(pool: Pool, emails: string[]): Promise<AssignResult[]> {
		const answer = await body(
			client.POST('/api/v2/organizations/{id}/licenses/{product}/users', {
				params: at(pool),
				body: { emails }
			})
		);
		return answer.results;
	},

	/** At most 500; the live sessions end at once, and only the licenses come back by undo. */
	revokeMany: (pool: Pool, user_ids: number[]): Promise<BulkAnswer> =>
		body(
			client.POST('/api/v2/organizations/{id}/licenses/{product}/users/revoke', {
				params: at(pool),
				body: { user_ids }
			})
		),

	endSessions: (pool: Pool, ids: number[]): Promise<BulkAnswer> =>
		body(
			client.POST('/api/v2/organizations/{id}/licenses/{product}/sessions/end', {
				params: at(pool),
				body: { ids }
			})
		),

	/** To a member of the organization; the live sessions of the previous holder end at once. */
	transfer: (pool: Pool, userId: number, email: string): Promise<void> =>
		body(
			client.POST('/api/v2/organizations/{id}/licenses/{product}/users/{item_id}/transfer', {
				params: one(pool, userId),
				body: { email }
			})
		),

	sessions: (pool: Pool, query: ListQuery): Promise<Page<LicenseSession>> =>
		body(
			client.GET('/api/v2/organizations/{id}/licenses/{product}/sessions', {
				params: { ...at(pool), query }
			})
		),

	endSession: (pool: Pool, id: number): Promise<void> =>
		body(
			client.DELETE('/api/v2/organizations/{id}/licenses/{product}/sessions/{item_id}', {
				params: one(pool, id)
			})
		),

	offline: (pool: Pool, query: ListQuery): Promise<Page<OfflineLicense>> =>
		body(
			client.GET('/api/v2/organizations/{id}/licenses/{product}/offline', {
				params: { ...at(pool), query }
			})
		),

	createOffline: (pool: Pool, license: NewOfflineLicense): Promise<OfflineLicense> =>
		body(
			client.POST('/api/v2/organizations/{id}/licenses/{product}/offline', {
				params: at(pool),
				body: license
			})
		),

	/** The text of the license file. */
	offlineFile: (pool: Pool, id: number): Promise<string> =>
		file(
			client.GET('/api/v2/organizations/{id}/licenses/{product}/offline/{item_id}/file', {
				params: one(pool, id),
				parseAs: 'arrayBuffer'
			})
		),

	machines: (pool: Pool, query: ListQuery): Promise<Page<LicenseMachine>> =>
		body(
			client.GET('/api/v2/organizations/{id}/licenses/{product}/machines', {
				params: { ...at(pool), query }
			})
		),

	/** The machine's live sessions end at once. */
	removeMachines: (pool: Pool, ids: number[]): Promise<BulkAnswer> =>
		body(
			client.POST('/api/v2/organizations/{id}/licenses/{product}/machines/remove', {
				params: at(pool),
				body: { ids }
			})
		),

	removeMachine: (pool: Pool, id: number): Promise<void> =>
		body(
			client.DELETE('/api/v2/organizations/{id}/licenses/{product}/machines/{item_id}', {
				params: one(pool, id)
			})
		),

	settings: (pool: Pool): Promise<LicenseSettings> =>
		body(client.GET('/api/v2/organizations/{id}/licenses/{product}/settings', { params: at(pool) })),

	changeSettings: (pool: Pool, settings: LicenseSettingsInput): Promise<LicenseSettings> =>
		body(
			client.PUT('/api/v2/organizations/{id}/licenses/{product}/settings', {
				params: at(pool),
				body: settings
			})
		),

	usage: (pool: Pool, days: number): Promise<LicenseUsage> =>
		body(
			client.GET('/api/v2/organizations/{id}/licenses/{product}/usage', {
				params: { ...at(pool), query: { days } }
			})
		),

	/** Filters: `from` and `to`, days, for example “2026-11-21”. */
	utilization: (pool: Pool, query: ListQuery): Promise<Page<LicenseUtilization>> =>
		body(
			client.GET('/api/v2/organizations/{id}/licenses/{product}/utilization', {
				params: { ...at(pool), query }
			})
		),

	/** CSV text, ready to be saved. */
	exportUtilization: (pool: Pool, query: ListQuery): Promise<string> =>
		file(
			client.GET('/api/v2/organizations/{id}/licenses/{product}/utilization/export', {
				params: { ...at(pool), query: { ...query, ...csvStyle() } },
				parseAs: 'arrayBuffer'
			})
		)
};

export const accountLicenses = {
	/** The installation has one account. */
	get: (): Promise<AccountLicenses> =>
		body(client.GET('/api/v2/accounts/{id}/licenses', { params: { path: { id: 1 } } })),

	/** The seats of all organizations. */
	seats: (product: LicenseProductName): Promise<SeatMap> =>
		body(
			client.GET('/api/v2/accounts/{id}/licenses/{product}/seats', { params: { path: { id: 1, product } } })
		),

	/** `null`: no limit but the pool's. */
	share: (product: LicenseProductName, organization_id: number, seats: number | null): Promise<void> =>
		body(
			client.PUT('/api/v2/accounts/{id}/licenses/{product}/shares/{organization_id}', {
				params: { path: { id: 1, product, organization_id } },
				body: { seats }
			})
		)
};
