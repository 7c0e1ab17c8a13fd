/**
 * A password that a person can read out or copy by hand: without letters and digits that look alike, 100 random bits.
 */
const ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789';
const GROUPS = 4;
const GROUP = 5;

export function generatePassword(): string {
	// 32 characters: the low five bits of a byte choose one, all with the same probability.
	const bytes = crypto.getRandomValues(new Uint8Array(GROUPS * GROUP));
	const letters = Array.from(bytes, (byte) => ALPHABET.charAt(byte & 31));
	return Array.from({ length: GROUPS }, (_, group) =>
		letters.slice(group * GROUP, (group + 1) * GROUP).join('')
	).join('-');
}
