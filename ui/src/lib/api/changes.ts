/**
 * Tells when an execution of a project changed, while the page is visible. In the browser: server-sent events. A hidden page
 * holds no connection, because a browser has few of them for one server. The desktop window asks again and again, because
 * `EventSource` cannot carry its token.
 */
import { pollWhileVisible } from '$lib/poll';
import { addressOf, loadsByItself } from './client';

const POLL_MS = 5_000;
/** After a refusal, which `EventSource` does not try again. */
const AGAIN_MS = 10_000;

/**
 * @param changed gets the execution's id; without one, any may have changed
 * @returns a function that ends it
 */
export function followChanges(project: number, changed: (execution?: number) => void): () => void {
	if (!loadsByItself()) return pollWhileVisible(() => Promise.resolve(changed()), POLL_MS);
	let source: EventSource | undefined;
	let timer: ReturnType<typeof setTimeout> | undefined;
	let missed = false;

	function close() {
		clearTimeout(timer);
		source?.close();
		source = undefined;
	}

	function open() {
		close();
		if (document.hidden) return;
		source = new EventSource(addressOf(`/api/v2/projects/${project}/changes`));
		source.onopen = () => {
			if (missed) changed();
			missed = false;
		};
		source.onerror = () => {
			missed = true;
			if (source?.readyState === EventSource.CLOSED) timer = setTimeout(open, AGAIN_MS);
		};
		source.addEventListener('execution', (event: MessageEvent<string>) => changed(idIn(event.data)));
		source.addEventListener('reload', () => changed());
	}

	function onvisible() {
		if (document.hidden) {
			missed = true;
			close();
		} else open();
	}

	open();
	document.addEventListener('visibilitychange', onvisible);
	return () => {
		document.removeEventListener('visibilitychange', onvisible);
		close();
	};
}

function idIn(data: string): number | undefined {
	const { id } = JSON.parse(data) as { id?: number };
	return id;
}
