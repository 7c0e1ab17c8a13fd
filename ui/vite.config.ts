import { paraglideVitePlugin } from '@inlang/paraglide-js';
import { sveltekit } from '@sveltejs/kit/vite';
import tailwindcss from '@tailwindcss/vite';
import { defineConfig } from 'vite';

/** Target of API requests during `npm run dev`: a server started separately. */
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
		// Fonts must be files: the page's policy forbids inline ones.
		assetsInlineLimit: (file) => (file.endsWith('.woff2') ? false : undefined),
		rolldownOptions: {
			output: {
				// Dozens of tiny files would cost more than they save, so the parts that every page needs are bundled.
				codeSplitting: {
					groups: [
						{ name: 'base', test: /node_modules\/(svelte|@sveltejs|openapi-fetch|esm-env|clsx|devalue)\// },
						{ name: 'words', test: /src\/lib\/paraglide\// },
						{ name: 'icons', test: /@lucide\/svelte|src\/lib\/icons/ },
						{
							// Parts of the pages before sign-in; menus, dialogs and tables are loaded after it.
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
