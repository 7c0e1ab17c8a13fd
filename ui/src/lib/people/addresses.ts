/**
 * Estimates the number of addresses in a text while a person types. Only the server decides which ones they are: it
 * reads lists of mail programs, columns of spreadsheets and links.
 */
export function countAddresses(text: string): number {
	const addresses = text.match(/[^\s,;<>"]*@[^\s,;<>"]*/g);
	return addresses?.length ?? text.split(/[\s,;]+/).filter(Boolean).length;
}
