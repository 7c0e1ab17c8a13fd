/** The time zones that this browser supports, by region, for a list of cities. */
export const deviceTimeZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Includes the stored zone, which this browser may not support. */
export function timeZones(stored: string): string[] {
	const known = Intl.supportedValuesOf('timeZone');
	return stored && !known.includes(stored) ? [...known, stored].sort() : known;
}

export function regionsOf(zones: string[]): [region: string, zones: string[]][] {
	const regions = new Map<string, string[]>();
	for (const zone of zones) {
		const region = zone.split('/', 1)[0] ?? zone;
		regions.set(region, [...(regions.get(region) ?? []), zone]);
	}
	return [...regions];
}

/** “America/Argentina/Buenos_Aires” becomes “Argentina, Buenos Aires”. */
export const cityOf = (zone: string): string =>
	zone
		.slice(zone.indexOf('/') + 1)
		.replaceAll('_', ' ')
		.replaceAll('/', ', ');
