/** “Forgot your password”, without being signed in. Refusals of a link: `link_used`, `link_invalid`. */
import { body, client } from './client';

export const passwordResets = {
	/** The answer does not reveal whether a user has this address. */
	async request(email: string): Promise<void> {
		await body(client.POST('/api/v2/password-resets', { body: { email } }));
	},

	look: (token: string): Promise<{ email: string }> =>
		body(client.POST('/api/v2/password-resets/look', { body: { token } })),

	/** Sets the password; every sign-in session of the person ends. */
	async setPassword(token: string, password: string): Promise<void> {
		await body(client.POST('/api/v2/password-resets/password', { body: { token, password } }));
	}
};
