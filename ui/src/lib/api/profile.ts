/** The caller's own account: names, password, sessions, API keys. */
import { untyped } from './client';
import type { ApiKey, Me, Page, Session } from './types';

const me = '/api/v2/me';

/** `''` clears language or time zone. */
export type ProfileChange = {
	first_name?: string;
	last_name?: string;
	language?: string;
	time_zone?: string;
};

export const profile = {
	change: (patch: ProfileChange): Promise<Me> => untyped('PATCH', me, { body: patch }),

	/** Every other session ends. */
	changePassword: (currentPassword: string, newPassword: string): Promise<void> =>
		untyped('POST', `${me}/password`, {
			body: { current_password: currentPassword, new_password: newPassword }
		}),

	sessions: (): Promise<Page<Session>> => untyped('GET', `${me}/sessions`),
	endSession: (id: number): Promise<void> => untyped('DELETE', `${me}/sessions/${id}`),
	endOtherSessions: (): Promise<void> => untyped('DELETE', `${me}/sessions`),

	apiKeys: (): Promise<Page<ApiKey>> => untyped('GET', `${me}/api-keys`),
	/** The only answer that holds the key itself. */
	createApiKey: (name: string, expiresInDays?: number): Promise<ApiKey & { key: string }> =>
		untyped('POST', `${me}/api-keys`, { body: { name, expires_in_days: expiresInDays } }),
	revokeApiKey: (id: number): Promise<void> => untyped('DELETE', `${me}/api-keys/${id}`)
};
