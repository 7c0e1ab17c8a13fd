/** An action on one row of a license table; afterwards the table and the summary above it are loaded again. */
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
