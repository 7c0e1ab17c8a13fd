/**
 * What compiler and formatter do not see. Modules are read with their types (promises that nobody waits for, unsafe
 * values); components without, which svelte-check types: with types, each of the 200 components costs most of a second.
 */
import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

const typed = ['src/**/*.ts', 'vite.config.ts'];

export default defineConfig(
	globalIgnores(['build', '.svelte-kit', 'src/lib/paraglide', 'src/lib/**/schema.gen.ts', 'project.inlang']),
	{ linterOptions: { reportUnusedDisableDirectives: 'error' } },
	js.configs.recommended,
	ts.configs.recommended,
	svelte.configs.recommended,
	svelte.configs.prettier,
	{
		files: typed,
		extends: [ts.configs.recommendedTypeChecked],
		languageOptions: { parserOptions: { projectService: true } }
	},
	{
		files: ['**/*.svelte'],
		languageOptions: { parserOptions: { parser: ts.parser, svelteConfig } }
	},
	{
		languageOptions: { globals: { ...globals.browser, ...globals.node } },
		rules: {
			// TypeScript knows which names exist.
			'no-undef': 'off',
			// It is for sites below a path of their host: server and desktop serve this one at the root.
			'svelte/no-navigation-without-resolve': 'off'
		}
	}
);
