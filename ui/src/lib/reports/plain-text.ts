/**
 * Texts of reports come from strangers. This makes what would change other text on the page visible: control characters,
 * and characters that turn the direction of text around. Tabs and line breaks stay.
 */

/** Of the direction: embeddings, overrides, isolates and their ends. */
const DIRECTION = /[\u202a-\u202e\u2066-\u2069]/g;
// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g;

const code = (character: string) =>
	`⟨U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟩`;

/** The Unicode pictures of control characters: ␛ for escape. */
function picture(character: string): string {
	const value = character.charCodeAt(0);
	if (value < 0x20) return String.fromCharCode(0x2400 + value);
	return value === 0x7f ? '␡' : code(character);
}

export function plainText(text: string): string {
	return text.replaceAll(/\r\n?/g, '\n').replaceAll(CONTROL, picture).replaceAll(DIRECTION, code);
}

/** For a name or another text of one line. */
export const plainLine = (text: string): string => plainText(text).replaceAll(/[\n\t]+/g, ' ');

/** The address if a browser may follow it: never `javascript:` and the like. */
export function webAddress(text: string | null | undefined): string | undefined {
	if (!text) return undefined;
	try {
		const { protocol, href } = new URL(text);
		return protocol === 'https:' || protocol === 'http:' ? href : undefined;
	} catch {
		return undefined;
	}
}
