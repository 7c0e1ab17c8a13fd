/** The title of the browser's tab and of history entries: page first, because long titles are cut at their end. */

/** @param parts from the page to its place; empty and repeated parts are left out */
export function documentTitle(parts: (string | undefined)[]): string {
	const named = parts.filter((part) => part !== undefined && part !== '');
	return [...new Set([...named, 'Testkeep'])].join(' · ');
}
