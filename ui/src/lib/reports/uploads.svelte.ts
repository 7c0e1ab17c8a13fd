/** Report files that are being sent to a project, one after the other. */
import { executions } from '$lib/api/reports';
import { messageOf } from '$lib/message-of';
import type { Uploaded } from './types';

export type Upload = {
	key: number;
	name: string;
	/** The sent part, from 0 to 1. */
	part: number;
	uploaded?: Uploaded;
	error?: string;
};

export class Uploads {
	list = $state<Upload[]>([]);
	#last: Promise<void> = Promise.resolve();
	#keys = 0;

	constructor(
		private readonly project: number,
		private readonly done: () => void
	) {}

	get busy(): boolean {
		return this.list.some(({ uploaded, error }) => !uploaded && !error);
	}

	add(files: Iterable<File>): void {
		for (const file of files) {
			const key = ++this.#keys;
			this.list.push({ key, name: file.name, part: 0 });
			this.#last = this.#last.then(() => this.#send(file, key));
		}
	}

	clear(): void {
		this.list = this.list.filter(({ uploaded, error }) => !uploaded && !error);
	}

	async #send(file: File, key: number): Promise<void> {
		const upload = this.list.find((one) => one.key === key);
		if (!upload) return;
		try {
			upload.uploaded = await executions.upload(this.project, file, (part) => (upload.part = part));
		} catch (reason) {
			upload.error = messageOf(reason);
		}
		this.done();
	}
}
