/** The caller's own user: names, password, sign-in sessions, API keys. */
import { body, client } from './client';
import type { ApiKey, BulkAnswer, CreatedApiKey, Me, Notification, Page, Session, MailKind } from './types';

/** `''` clears language or time zone. */
export type ProfileChange = {
	first_name?: string;
	last_name?: string;
	language?: string;
	time_zone?: string;
};

export const profile = {
	change: (patch: ProfileChange): Promise<Me> => body(client.PATCH('/api/v2/me', { body: patch })),

	/** Changes the password; every other sign-in session ends. */
	async changePassword(currentPassword: string, newPassword: string): Promise<void> {
		await body(
			client.POST('/api/v2/me/password', {
				body: { current_password: currentPassword, new_password: newPassword }
			})
		);
	},

	sessions: (): Promise<Page<Session>> => body(client.GET('/api/v2/me/sessions')),

	async endSession(id: number): Promise<void> {
		await body(client.DELETE('/api/v2/me/sessions/{id}', { params: { path: { id } } }));
	},

	endSessions: (ids: number[]): Promise<BulkAnswer> =>
		body(client.POST('/api/v2/me/sessions/end', { body: { ids } })),

	async endOtherSessions(): Promise<void> {
		await body(client.DELETE('/api/v2/me/sessions'));
	},

	apiKeys: (): Promise<Page<ApiKey>> => body(client.GET('/api/v2/me/api-keys')),

	/** The only answer that contains the key itself. `password`: required when the sign-in is too old. */
	createApiKey: (name: string, expiresInDays?: number, password?: string): Promise<CreatedApiKey> =>
		body(client.POST('/api/v2/me/api-keys', { body: { name, expires_in_days: expiresInDays, password } })),

	async revokeApiKey(id: number): Promise<void> {
		await body(client.DELETE('/api/v2/me/api-keys/{id}', { params: { path: { id } } }));
	},

	/** The mails that can be switched off. */
	notifications: (): Promise<{ items: Notification[] }> => body(client.GET('/api/v2/me/notifications')),

	switchNotification: (kind: MailKind, enabled: boolean): Promise<{ items: Notification[] }> =>
		body(client.PATCH('/api/v2/me/notifications', { body: { kind, enabled } }))
};
