import { toast } from '$lib/components/toast.svelte';
import { getHost } from '$lib/host';
import { m } from '$lib/paraglide/messages';

/** In the desktop window the person chooses the path; a browser downloads the file. */
export async function saveCsv(name: string, text: string): Promise<void> {
	// An organization's name may contain characters that file names must not contain, for example “R/D”.
	const path = await getHost().saveText(`${name.replaceAll(/[\\/:*?"<>|]/g, '-')}.csv`, text);
	if (path) toast(m.saved_to({ path }));
}
