/**
 * How many addresses a text holds, to be shown while somebody types. The server alone says which they are: it knows
 * lists of mail programs, columns of spreadsheets and links.
 */
export function countAddresses(text: string): number {
	const addresses = text.match(/[^\s,;<>"]*@[^\s,;<>"]*/g);
	return addresses?.length ?? text.split(/[\s,;]+/).filter(Boolean).length;
}
