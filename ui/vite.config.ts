import { paraglideVitePlugin } from '@inlang/paraglide-js';
import { sveltekit } from '@sveltejs/kit/vite';
import tailwindcss from '@tailwindcss/vite';
import { defineConfig } from 'vite';

/** Where `npm run dev` sends API requests: a server started beside it. */
const server = process.env.TESTKEEP_SERVER ?? 'http://127.0.0.1:8080';

export default defineConfig({
	plugins: [
		paraglideVitePlugin({
			project: './project.inlang',
			outdir: './src/lib/paraglide',
			strategy: ['localStorage', 'preferredLanguage', 'baseLocale']
		}),
		tailwindcss(),
		sveltekit()
	],
	server: { port: 5173, strictPort: true, fs: { allow: ['..'] }, proxy: { '/api': server, '/info': server } },
	build: {
		target: ['es2022', 'safari15'],
		// Fonts come from files: the page's policy allows no others.
		assetsInlineLimit: (file) => (file.endsWith('.woff2') ? false : undefined),
		rolldownOptions: {
			output: {
				// Dozens of tiny files cost more than they save: what every page needs travels together.
				codeSplitting: {
					groups: [
						{ name: 'base', test: /node_modules\/(svelte|@sveltejs|openapi-fetch|esm-env|clsx|devalue)\// },
						{ name: 'words', test: /src\/lib\/paraglide\// },
						{ name: 'icons', test: /@lucide\/svelte|src\/lib\/icons/ },
						{
							// What the pages before sign-in are made of; menus, dialogs and tables come after it.
							name: 'parts',
							test: /src\/lib\/(components\/(ui\/(Alert|Button|Card|Copy|Input|Password|Spinner)|Form|Password|PageHeader|Status|Empty|toast)|api|host|attempt|message-of|format|site|clipboard|shell\/(Brand|Theme|Entry|Demo|Error))/
						},
						{ name: 'menus', test: /node_modules\/(bits-ui|svelte-toolbelt|runed|@floating-ui|tabbable)\// },
						{ name: 'tables', test: /src\/lib\/(components\/(table|DataTable|ui\/)|people\/(person|save))/ }
					]
				}
			}
		}
	}
});
