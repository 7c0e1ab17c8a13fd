/** The message of a thrown value, for people; the server's messages arrive as an `Error`. */
export const messageOf = (reason: unknown): string =>
	reason instanceof Error ? reason.message : String(reason);
