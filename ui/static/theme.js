// Runs before the first paint, so that a dark screen never flashes white. Later src/lib/theme.svelte.ts applies the
// theme.
(function () {
	var preference = null;
	try {
		preference = localStorage.getItem('testkeep.theme');
	} catch {
		// Storage may be forbidden; then the system's preference is used.
	}
	var dark =
		preference === 'dark' || (preference !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
	document.documentElement.dataset.theme = dark ? 'dark' : 'light';
})();
