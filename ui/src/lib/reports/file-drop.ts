/** Files dropped anywhere on the page. */
import type { Attachment } from 'svelte/attachments';

type Drop = { over: (over: boolean) => void; drop: (files: File[]) => void };

const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;

export function fileDrop({ over, drop }: Drop): Attachment {
	return () => {
		const gone = new AbortController();
		const on = (type: 'dragenter' | 'dragover' | 'dragleave' | 'drop', listen: (event: DragEvent) => void) =>
			window.addEventListener(type, listen, { signal: gone.signal });
		on('dragover', (event) => {
			if (!hasFiles(event)) return;
			// Without this the browser opens the file.
			event.preventDefault();
			over(true);
		});
		on('dragleave', (event) => {
			if (!event.relatedTarget) over(false);
		});
		on('drop', (event) => {
			if (!hasFiles(event)) return;
			event.preventDefault();
			over(false);
			drop([...(event.dataTransfer?.files ?? [])]);
		});
		return () => gone.abort();
	};
}
