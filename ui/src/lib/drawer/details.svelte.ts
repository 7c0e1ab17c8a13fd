/** What a drawer shows: loaded at first and after each action; the table behind it is loaded again, too. */
import { invalidateAll } from '$app/navigation';
import { Attempt } from '$lib/attempt.svelte';
import { toast } from '$lib/components/toast.svelte';
import { outside } from '$lib/components/table/outside.svelte';

export class Details<Data> {
	data = $state.raw<Data | null>(null);
	readonly loading = new Attempt();
	readonly attempt = new Attempt({ parallel: true });

	constructor(private readonly read: () => Promise<Data>) {
		void this.load();
	}

	load(): Promise<boolean> {
		return this.loading.run(async () => {
			this.data = await this.read();
		});
	}

	/** An action; its outcome is shown in a toast. It may change the caller's own permissions, so all is loaded again. */
	run = (work: () => Promise<unknown>, outcome: string): Promise<unknown> =>
		this.attempt.run(async () => {
			await work();
			toast(outcome);
			await this.changed();
		});

	/** As `run`, for actions that show their outcome themselves, with *Undo*. */
	runQuietly = (work: () => Promise<unknown>): Promise<unknown> =>
		this.attempt.run(async () => {
			await work().finally(this.changed);
		});

	changed = async (): Promise<void> => {
		outside.changed();
		await Promise.all([this.load(), invalidateAll()]);
	};
}
