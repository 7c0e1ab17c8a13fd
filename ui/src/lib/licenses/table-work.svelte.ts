/** Something done to one row of a license table: what came of it; then table and summary are asked again. */
import { invalidate } from '$app/navigation';
import { toast } from '$lib/components/toast.svelte';

export class TableWork {
	error = $state<string | null>(null);

	constructor(readonly reload: () => void) {}

	async run(work: () => Promise<unknown>, outcome: string): Promise<void> {
		this.error = null;
		try {
			await work();
			toast(outcome);
		} catch (reason) {
			this.error = reason instanceof Error ? reason.message : String(reason);
		}
		await this.refresh();
	}

	async refresh(): Promise<void> {
		this.reload();
		await invalidate('testkeep:licenses');
	}
}
