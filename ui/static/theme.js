// Runs before the first paint, so that a dark screen never flashes white. src/lib/theme.svelte.ts takes over.
(function () {
	var preference = null;
	try {
		preference = localStorage.getItem('testkeep.theme');
	} catch {
		// Storage may be forbidden; the system's preference is used then.
	}
	var dark =
		preference === 'dark' || (preference !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
	document.documentElement.dataset.theme = dark ? 'dark' : 'light';
})();
