/**
 * How much a year of work adds to the database: an estimate for people who choose a disk. 20,000 rows in the built-in
 * database, with their indexes, were measured: 455 bytes for a session, 369 for an audit event. A third is added for
 * pages that are not full. Uploaded files are not counted.
 */
const SESSION_BYTES = 600;
const SIGN_IN_BYTES = 500;
const WORKING_DAYS = 250;

/** What a seat has on a working day. */
export const DAILY = { sessions: 4, signIns: 1 };

/** Bytes in a year, rounded up to whole megabytes. */
export function yearlyGrowth(seats: number): number {
	const daily = DAILY.sessions * SESSION_BYTES + DAILY.signIns * SIGN_IN_BYTES;
	return Math.ceil((seats * WORKING_DAYS * daily) / 1_000_000) * 1_000_000;
}
