/** Something done to one row of a license table; then the table and the summary above it are asked for again. */
import { invalidate } from '$app/navigation';
import { Attempt } from '$lib/attempt.svelte';

export const rowAttempt = (reload: () => void): Attempt =>
	new Attempt({
		parallel: true,
		after: () => {
			reload();
			return invalidate('testkeep:licenses');
		}
	});
