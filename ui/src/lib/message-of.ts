/** What was thrown, in words for a person; the server's own words come as an `Error`. */
export const messageOf = (reason: unknown): string =>
	reason instanceof Error ? reason.message : String(reason);
