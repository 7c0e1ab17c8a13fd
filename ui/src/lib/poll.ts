/** Repeats work while the page is visible, and at once when it becomes visible again. */
export function pollWhileVisible(work: () => Promise<unknown>, everyMs: number): () => void {
	let timer: ReturnType<typeof setTimeout> | undefined;
	let stopped = false;
	let running = false;

	async function run() {
		clearTimeout(timer);
		if (stopped || running || document.hidden) return;
		running = true;
		try {
			await work();
		} finally {
			running = false;
		}
		if (!stopped) timer = setTimeout(() => void run(), everyMs);
	}

	const onvisible = () => void (document.hidden ? clearTimeout(timer) : run());
	document.addEventListener('visibilitychange', onvisible);
	timer = setTimeout(() => void run(), everyMs);
	return () => {
		stopped = true;
		clearTimeout(timer);
		document.removeEventListener('visibilitychange', onvisible);
	};
}
