/** Mail settings of the account and of organizations, and the state of every mail. */
import { body, client } from './client';
import type {
	BulkAnswer,
	Level,
	ListQuery,
	Mail,
	MailSettings,
	MailSettingsInput,
	MailTest,
	Page
} from './types';

export const mail = {
	settings: (level: Level, id: number): Promise<MailSettings> =>
		body(client.GET('/api/v2/{level}/{id}/mail-settings', { params: { path: { level, id } } })),

	update: (level: Level, id: number, settings: MailSettingsInput): Promise<MailSettings> =>
		body(
			client.PUT('/api/v2/{level}/{id}/mail-settings', { params: { path: { level, id } }, body: settings })
		),

	async remove(level: Level, id: number): Promise<void> {
		await body(client.DELETE('/api/v2/{level}/{id}/mail-settings', { params: { path: { level, id } } }));
	},

	/** Without `settings`: tests the settings in force. Answers within 15 seconds. */
	test: (level: Level, id: number, recipient: string, settings?: MailSettingsInput): Promise<MailTest> =>
		body(
			client.POST('/api/v2/{level}/{id}/mail-settings/test', {
				params: { path: { level, id } },
				body: { recipient, settings }
			})
		),

	/** Newest first; filter: `state`. */
	list: (level: Level, id: number, query: ListQuery): Promise<Page<Mail>> =>
		body(client.GET('/api/v2/{level}/{id}/mails', { params: { path: { level, id }, query } })),

	async resend(level: Level, id: number, mailId: number): Promise<void> {
		await body(
			client.POST('/api/v2/{level}/{id}/mails/{mail_id}/resend', {
				params: { path: { level, id, mail_id: mailId } }
			})
		);
	},

	resendMany: (level: Level, id: number, ids: number[]): Promise<BulkAnswer> =>
		body(client.POST('/api/v2/{level}/{id}/mails/resend', { params: { path: { level, id } }, body: { ids } }))
};
