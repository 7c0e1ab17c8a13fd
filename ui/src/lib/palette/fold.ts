/**
 * The form of a text for searching, as the server folds it (crates/domain/src/text.rs): case, width, ligatures and
 * invisible characters make no difference, accents do.
 */
const INVISIBLE =
	/[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0]/g;

export function fold(text: string): string {
	const plain = text.replace(INVISIBLE, '').normalize('NFKC');
	// Upper case in between: it writes “ß” as two letters, as full case folding does.
	const lower = plain.toLowerCase().toUpperCase().toLowerCase().replaceAll('i\u0307', 'i').replaceAll('ı', 'i');
	return lower.replaceAll('ς', 'σ').normalize('NFKC').split(/\s+/).filter(Boolean).join(' ');
}
