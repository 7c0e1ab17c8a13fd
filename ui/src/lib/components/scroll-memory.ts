/**
 * The scroll position of the main area, for each page of this tab's history. Going back restores it as soon as the page is
 * tall enough; a new page begins at its top. The browser does this only for the window, and here the main area scrolls.
 */
import type { Attachment } from 'svelte/attachments';
import { afterNavigate } from '$app/navigation';

const KEY = 'testkeep.scroll.';
/** A list that is not there by then will not come at this height. */
const PATIENCE_MS = 3000;

const place = () => KEY + location.pathname + location.search;

/** Must be called while a component is created; the returned attachment belongs on the main area. */
export function scrollMemory(): Attachment<HTMLElement> {
	let area: HTMLElement | undefined;
	let stop = () => {};

	afterNavigate(({ type, from, to }) => {
		stop();
		if (!area || type === 'enter') return;
		if (type === 'popstate') stop = restore(area, Number(sessionStorage.getItem(place())));
		else if (from?.url.pathname !== to?.url.pathname) area.scrollTop = 0;
	});

	return (main) => {
		area = main;
		const remember = () => sessionStorage.setItem(place(), String(main.scrollTop));
		main.addEventListener('scroll', remember, { passive: true });
		return () => {
			stop();
			main.removeEventListener('scroll', remember);
		};
	};
}

/** Returns a function that gives up. */
function restore(main: HTMLElement, top: number): () => void {
	const gone = new AbortController();
	const stop = () => gone.abort();
	const until = performance.now() + PATIENCE_MS;
	function attempt() {
		if (gone.signal.aborted) return;
		main.scrollTop = top;
		if (main.scrollTop < top - 1 && performance.now() < until) requestAnimationFrame(attempt);
	}
	// A person who scrolls has decided.
	main.addEventListener('wheel', stop, { signal: gone.signal, passive: true });
	main.addEventListener('keydown', stop, { signal: gone.signal });
	attempt();
	return stop;
}
