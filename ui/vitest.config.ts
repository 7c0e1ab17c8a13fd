/** Unit tests of the UI's modules. Components and pages are tested in a browser, by `tests/web`. */
import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig } from 'vitest/config';

export default defineConfig({
	plugins: [sveltekit()],
	resolve: { conditions: ['browser'] },
	test: {
		include: ['src/**/*.test.ts'],
		environment: './vitest.environment.ts',
		// Without this, Node would load Svelte's server code as well as its browser code.
		server: { deps: { inline: [/\/node_modules\/svelte\//] } },
		// The device's time zone in tests: far from UTC, with summer time.
		env: { TZ: 'America/New_York' },
		restoreMocks: true,
		unstubGlobals: true
	}
});
