/**
 * The form of a text for searching, as the server folds it (crates/domain/src/text.rs): case, width, ligatures and
 * invisible characters make no difference, accents do.
 */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu;

export function fold(text: string): string {
	const plain = text.replace(INVISIBLE, '').normalize('NFKC');
	// Upper case in between: it writes “ß” as two letters, as full case folding does.
	const lower = plain
		.toLowerCase()
		.toUpperCase()
		.toLowerCase()
		.replaceAll('i\u0307', 'i')
		.replaceAll('ı', 'i');
	return lower.replaceAll('ς', 'σ').normalize('NFKC').split(/\s+/).filter(Boolean).join(' ');
}
