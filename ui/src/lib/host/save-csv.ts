import { toast } from '$lib/components/toast.svelte';
import { m } from '$lib/paraglide/messages';
import { getHost } from '.';

/** Saves a table's text; the browser shows its downloads itself. */
export async function saveCsv(name: string, text: string): Promise<void> {
	const path = await getHost().saveText(name, text);
	if (path) toast(m.saved_to({ path }));
}
