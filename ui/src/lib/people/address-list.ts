/**
 * Splits a text into email addresses, by the rules of the server (`crates/domain/src/address_list.rs`): lists of mail
 * programs, columns of spreadsheets, links. Text that is no address is kept, so that a chip can show it.
 */

/** The addresses of a text with the text around them, and all text that is not an address. */
export function splitAddresses(text: string): string[] {
	return text.split(/[\n\r\u2028\u2029]/).flatMap(ofRow);
}

function ofRow(row: string): string[] {
	const isTable = row.includes('\t') && row.includes('@');
	// A cell beside an address is probably a name, but not if it contains a list.
	const isName = (cell: string) => !/[@,;]/.test(cell);
	return row
		.split('\t')
		.filter((cell) => !isTable || !isName(cell))
		.flatMap(ofCell);
}

function ofCell(cell: string): string[] {
	const found: string[] = [];
	let names: string[] = [];
	for (const piece of pieces(cell)) {
		if (piece.includes('<')) {
			// “Lovelace, Ada <ada@example.com>” without quotes: the pieces before belong to the name.
			names = [];
			found.push(...addressesBefore(piece), piece);
		} else if (piece.includes('@')) {
			found.push(...names, ...piece.split(/\s+/).filter(Boolean));
			names = [];
		} else names.push(piece);
	}
	return [...found, ...names].filter((text) => text.replace(/^["']+|["']+$/g, '').trim() !== '');
}

/** Addresses before a name, as in “bob@x.de Ada <ada@x.de>”. */
function addressesBefore(piece: string): string[] {
	const [name = '', address = ''] = piece.split(/<(.*)/s);
	if (name.includes('"')) return [];
	return name.split(/\s+/).filter((word) => {
		const bare = word.replace(/^['()[\]]+|['()[\]]+$/g, '');
		return bare.length > 1 && bare.includes('@') && !address.includes(bare);
	});
}

/** Cuts at commas and semicolons outside of quotes, and after each `>`. */
function pieces(cell: string): string[] {
	const found: string[] = [];
	let [start, quoted, bracketed] = [0, false, false];
	for (let at = 0; at < cell.length; at++) {
		const character = cell[at] ?? '';
		// A quotation mark without a closing one is ignored.
		if (character === '"' && (quoted || cell.indexOf('"', at + 1) >= 0)) quoted = !quoted;
		else if (quoted) continue;
		else if (character === '<') bracketed = true;
		else if (character === '>' && bracketed) {
			bracketed = false;
			found.push(cell.slice(start, at + 1));
			start = at + 1;
		} else if (',;，；、'.includes(character)) {
			bracketed = false;
			found.push(cell.slice(start, at));
			start = at + 1;
		}
	}
	found.push(cell.slice(start));
	return found.map((piece) => piece.trim()).filter(Boolean);
}

/** The address without a name, brackets, quotes and `mailto:`, in lower case: what two spellings have in common. */
export function bareAddress(text: string): string {
	const trimmed = text.trim();
	const bracketed = /<([^<>]*)>$/.exec(trimmed)?.[1] ?? trimmed;
	const bare = bracketed.trim().replace(/^["'“”„‘’]+|["'“”„‘’]+$/g, '');
	return bare
		.replace(/^smtp:/i, '')
		.replace(/^mailto:([^?]*).*$/i, '$1')
		.replace(/[\u200b\u00ad]/g, '')
		.trim()
		.toLowerCase();
}

/** The cells of a CSV file that hold an address, and how many other rows there were (usually the column titles). */
export function addressesInCsv(text: string): { addresses: string[]; otherRows: number } {
	const addresses: string[] = [];
	let otherRows = 0;
	for (const row of text.replace(/^\ufeff/, '').split(/\r\n|\n|\r/)) {
		if (!row.trim()) continue;
		const found = splitAddresses(row.replace(/[,;]/g, '\t')).filter((cell) => cell.includes('@'));
		addresses.push(...found);
		if (!found.length) otherRows++;
	}
	return { addresses, otherRows };
}
