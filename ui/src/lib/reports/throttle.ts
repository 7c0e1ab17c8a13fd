/** Work that many events ask for: at once for the first, then at most once per `everyMs`, and once more after the last. */
export function throttled(work: () => void, everyMs: number): { run: () => void; stop: () => void } {
	let timer: ReturnType<typeof setTimeout> | undefined;
	let again = false;

	function run() {
		if (timer !== undefined) return void (again = true);
		work();
		timer = setTimeout(() => {
			timer = undefined;
			if (!again) return;
			again = false;
			run();
		}, everyMs);
	}

	return { run, stop: () => clearTimeout(timer) };
}
