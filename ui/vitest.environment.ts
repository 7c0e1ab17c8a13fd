/** Node, with code compiled as for a browser: state is reactive there, but not in Svelte's server code. */
import type { Environment } from 'vitest/runtime';

export default {
	name: 'compiled-for-browsers',
	viteEnvironment: 'client',
	setup: () => ({ teardown() {} })
} satisfies Environment;
