import { toast } from '$lib/components/toast.svelte';
import { getHost } from '$lib/host';
import { m } from '$lib/paraglide/messages';

/** Asks where to, in the desktop window; a browser downloads. */
export async function saveCsv(name: string, text: string): Promise<void> {
	// An organization may be called “R/D”; a file may not.
	const path = await getHost().saveText(`${name.replaceAll(/[\\/:*?"<>|]/g, '-')}.csv`, text);
	if (path) toast(m.saved_to({ path }));
}
