/**
 * Rules for what compiler and formatter do not check. Modules are linted with type information (promises without await,
 * unsafe values). Components are linted without it, because svelte-check checks their types: with types, each of the
 * 200 components takes most of a second.
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
			// TypeScript checks which names exist.
			'no-undef': 'off',
			// This rule is for sites below a path of their host; server and desktop serve this one at the root.
			'svelte/no-navigation-without-resolve': 'off'
		}
	}
);
