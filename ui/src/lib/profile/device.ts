/** Describes the device of a sign-in session from its user agent, for people. */
import { m } from '$lib/paraglide/messages';

export type DeviceKind = 'computer' | 'phone' | 'program';
export type Device = { kind: DeviceKind; name: string };

/** The first match counts: most browsers also contain the names of those below them. */
const BROWSERS: [RegExp, string][] = [
	[/\bEdgA?\//, 'Edge'],
	[/\bOPR\//, 'Opera'],
	[/\bFirefox\//, 'Firefox'],
	[/\b(Headless)?Chrome\//, 'Chrome'],
	[/\b(iPhone|iPad|Macintosh)\b.*\bSafari\//, 'Safari'],
	[/\bAppleWebKit\//, 'WebKit']
];
const SYSTEMS: [RegExp, string][] = [
	[/\bWindows NT\b/, 'Windows'],
	[/\bAndroid\b/, 'Android'],
	[/\b(iPhone|iPad)\b/, 'iOS'],
	[/\bMacintosh\b/, 'macOS'],
	[/\bCrOS\b/, 'ChromeOS'],
	[/\bLinux\b/, 'Linux']
];

const nameIn = (table: [RegExp, string][], text: string) => table.find(([sign]) => sign.test(text))?.[1];

export function deviceOf(userAgent: string): Device {
	const browser = nameIn(BROWSERS, userAgent);
	const system = nameIn(SYSTEMS, userAgent);
	if (browser) {
		const kind = system === 'Android' || system === 'iOS' ? 'phone' : 'computer';
		return { kind, name: system ? m.device_on({ browser, system }) : browser };
	}
	// For “curl/8.5.0” the program's name is enough.
	const program = userAgent.split(/[/\s]/, 1)[0];
	return { kind: 'program', name: program || m.device_unknown() };
}
