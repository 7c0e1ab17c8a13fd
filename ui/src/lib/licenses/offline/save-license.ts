import { licenses, type Pool } from '$lib/api/licenses';
import type { OfflineLicense } from '$lib/api/types';
import { toast } from '$lib/components/toast.svelte';
import { getHost } from '$lib/host';
import { m } from '$lib/paraglide/messages';

/**
 * In the desktop window the person chooses the path; a browser downloads the file. It is text: a signed, compact token.
 */
export async function saveLicense(pool: Pool, { id, file_name }: OfflineLicense): Promise<void> {
	const path = await getHost().saveText(file_name, await licenses.offlineFile(pool, id));
	if (path) toast(m.saved_to({ path }));
}
