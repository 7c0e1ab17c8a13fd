/** Licenses in use: what an organization has of a product, who and what uses it; and the account's view of all. */
import { body, client, file } from './client';
import type {
	AccountLicenses,
	AssignResult,
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
	Page
} from './types';

/** For the calls that the server's document does not have yet. */
type Answer = { response: Response; data?: unknown; error?: unknown };
const untyped = <Data>(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, init: object = {}) =>
	(client[method] as unknown as (path: string, init: object) => Promise<Answer>)(path, init) as Promise<{
		response: Response;
		data?: Data;
		error?: unknown;
	}>;

/** A product of an organization: everything below it is that organization's. */
export type Pool = { organization: number; product: LicenseProductName };
const PLACE = '/api/v2/organizations/{id}/licenses/{product}';
const at = ({ organization, product }: Pool) => ({ path: { id: organization, product } });

export const licenses = {
	products: (organization: number): Promise<OrganizationLicenses> =>
		body(untyped('GET', '/api/v2/organizations/{id}/licenses', { params: { path: { id: organization } } })),

	users: (pool: Pool, query: ListQuery): Promise<Page<LicensedUser>> =>
		body(untyped('GET', `${PLACE}/users`, { params: { ...at(pool), query } })),

	/** CSV, ready to be saved. */
	exportUsers: (pool: Pool, query: ListQuery): Promise<string> =>
		file(untyped('GET', `${PLACE}/users/export`, { params: { ...at(pool), query }, parseAs: 'arrayBuffer' })),

	/** At most 1,000 addresses; an answer each, in their order. */
	async assign(pool: Pool, emails: string[]): Promise<AssignResult[]> {
		const answer: { results: AssignResult[] } = await body(
			untyped('POST', `${PLACE}/users`, { params: at(pool), body: { emails } })
		);
		return answer.results;
	},

	/** The person's live session ends now. */
	async revoke(pool: Pool, user_id: number): Promise<void> {
		await body(
			untyped('DELETE', `${PLACE}/users/{user_id}`, { params: { path: { ...at(pool).path, user_id } } })
		);
	},

	/** To a member of the organization; the live session of who had it ends now. */
	async transfer(pool: Pool, user_id: number, email: string): Promise<void> {
		const params = { path: { ...at(pool).path, user_id } };
		await body(untyped('POST', `${PLACE}/users/{user_id}/transfer`, { params, body: { email } }));
	},

	sessions: (pool: Pool, query: ListQuery): Promise<Page<LicenseSession>> =>
		body(untyped('GET', `${PLACE}/sessions`, { params: { ...at(pool), query } })),

	async endSession(pool: Pool, session_id: LicenseSession['id']): Promise<void> {
		const params = { path: { ...at(pool).path, session_id } };
		await body(untyped('DELETE', `${PLACE}/sessions/{session_id}`, { params }));
	},

	offline: (pool: Pool, query: ListQuery): Promise<Page<OfflineLicense>> =>
		body(untyped('GET', `${PLACE}/offline`, { params: { ...at(pool), query } })),

	createOffline: (pool: Pool, license: NewOfflineLicense): Promise<OfflineLicense> =>
		body(untyped('POST', `${PLACE}/offline`, { params: at(pool), body: license })),

	/** The text of the license file. */
	offlineFile: (pool: Pool, offline_id: OfflineLicense['id']): Promise<string> =>
		file(
			untyped('GET', `${PLACE}/offline/{offline_id}/file`, {
				params: { path: { ...at(pool).path, offline_id } },
				parseAs: 'arrayBuffer'
			})
		),

	machines: (pool: Pool, query: ListQuery): Promise<Page<LicenseMachine>> =>
		body(untyped('GET', `${PLACE}/machines`, { params: { ...at(pool), query } })),

	/** Its live sessions end now. */
	async removeMachine(pool: Pool, machine_id: LicenseMachine['id']): Promise<void> {
		const params = { path: { ...at(pool).path, machine_id } };
		await body(untyped('DELETE', `${PLACE}/machines/{machine_id}`, { params }));
	},

	settings: (pool: Pool): Promise<LicenseSettings> =>
		body(untyped('GET', `${PLACE}/settings`, { params: at(pool) })),

	async changeSettings(pool: Pool, settings: LicenseSettingsInput): Promise<void> {
		await body(untyped('PUT', `${PLACE}/settings`, { params: at(pool), body: settings }));
	},

	usage: (pool: Pool, days: number): Promise<LicenseUsage> =>
		body(untyped('GET', `${PLACE}/usage`, { params: { ...at(pool), query: { days } } })),

	utilization: (pool: Pool, query: ListQuery): Promise<Page<LicenseUtilization>> =>
		body(untyped('GET', `${PLACE}/utilization`, { params: { ...at(pool), query } })),

	/** CSV, ready to be saved. */
	exportUtilization: (pool: Pool, query: ListQuery): Promise<string> =>
		file(
			untyped('GET', `${PLACE}/utilization/export`, {
				params: { ...at(pool), query },
				parseAs: 'arrayBuffer'
			})
		)
};

export const accountLicenses = {
	get: (): Promise<AccountLicenses> =>
		body(untyped('GET', '/api/v2/accounts/{id}/licenses', { params: { path: { id: 1 } } })),

	/** `null`: as many as the pool has. */
	async share(product: LicenseProductName, organization_id: number, seats: number | null): Promise<void> {
		await body(
			untyped('PUT', '/api/v2/accounts/{id}/licenses/{product}/shares/{organization_id}', {
				params: { path: { id: 1, product, organization_id } },
				body: { seats }
			})
		);
	}
};
