declare global {
	namespace App {
		interface Error {
			message: string;
			/** `unreachable`: the server did not answer. Every other value is a code of the server. */
			code?: string;
		}
		interface PageData {
			/** Set on pages that belong to an organization. */
			organizationId?: number;
		}
	}
}
export {};
