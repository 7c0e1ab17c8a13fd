import adapter from '@sveltejs/adapter-static';
import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

/** @type {import('@sveltejs/kit').Config} */
export default {
	preprocess: vitePreprocess(),
	compilerOptions: { runes: ({ filename }) => (filename.includes('node_modules') ? undefined : true) },
	kit: {
		// One page for every address: the server and the desktop answer unknown paths with it.
		adapter: adapter({ fallback: 'index.html', strict: true }),
		alias: { $icons: '../icons' },
		// Written into the page as <meta>, because the desktop window also serves the same files.
		csp: {
			mode: 'hash',
			directives: {
				'default-src': ['self'],
				'script-src': ['self'],
				'style-src': ['self', 'unsafe-inline'],
				// blob: attachments in the desktop window, whose elements cannot carry its token.
				'img-src': ['self', 'data:', 'blob:'],
				'media-src': ['self', 'blob:'],
				'font-src': ['self'],
				// Loopback: requests of the desktop window to the server on this machine. ipc: is the window's own bridge.
				'connect-src': ['self', 'ipc:', 'http://ipc.localhost', 'http://127.0.0.1:*'],
				'object-src': ['none'],
				'base-uri': ['self'],
				'form-action': ['self']
			}
		},
		output: { preloadStrategy: 'modulepreload' }
	}
};
