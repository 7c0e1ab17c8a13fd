/** Takes a license file from the native dialog, by drop or as pasted text, for the answers of the wizard. */
import { Attempt } from '$lib/attempt.svelte';
import { formatBytes } from '$lib/format';
import { getDesktop } from '$lib/host';
import { m } from '$lib/paraglide/messages';
import { wizard } from './wizard.svelte';

/** The server's own limit in bytes. */
const LIMIT = 256 * 1024;
const EXTENSIONS = ['lic', 'license', 'txt', 'zip', 'eml'];

export class GivenLicense {
	readonly attempt = new Attempt();

	choose(): void {
		void this.attempt.run(async () => {
			const path = await getDesktop().pickFile(m.license_file_choose(), EXTENSIONS);
			if (path) this.#take(path, path.split(/[\\/]/).pop() ?? path);
		});
	}

	drop(file: File | undefined | null): void {
		if (!file) return;
		void this.attempt.run(async () => {
			if (file.size > LIMIT)
				throw new Error(m.license_file_too_large({ name: file.name, size: formatBytes(file.size) }));
			await this.#keep(new Uint8Array(await file.arrayBuffer()), file.name);
		});
	}

	paste(text: string): void {
		if (!text.trim()) return;
		void this.attempt.run(() => this.#keep(new TextEncoder().encode(text), m.license_pasted()));
	}

	async #keep(bytes: Uint8Array, name: string): Promise<void> {
		this.#take(await getDesktop().keepLicense(bytes), name);
	}

	#take(path: string, name: string): void {
		wizard.licenseLater = false;
		wizard.licenseFile = path;
		wizard.licenseName = name;
		// The file at this path may have changed.
		wizard.checks.license.forget();
		void wizard.ask('license');
	}
}
