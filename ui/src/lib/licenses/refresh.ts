import { invalidate } from '$app/navigation';

const EVERY_MS = 10_000;

/** Loads seats and numbers again every few seconds while the page is visible. Returns a function that ends it. */
export function refreshLicenses(): () => void {
	const timer = setInterval(() => {
		if (!document.hidden) void invalidate('testkeep:licenses');
	}, EVERY_MS);
	return () => clearInterval(timer);
}
