declare global {
	namespace App {
		interface Error {
			message: string;
			/** `unreachable`: the server did not answer; anything else is the server's own code. */
			code?: string;
		}
		interface PageData {
			/** Of the pages that belong to an organization. */
			organizationId?: number;
		}
	}
}
export {};
