/** Node, with code compiled as for a browser: state reacts, which it does not in Svelte's code for servers. */
import type { Environment } from 'vitest/runtime';

export default {
	name: 'compiled-for-browsers',
	viteEnvironment: 'client',
	setup: () => ({ teardown() {} })
} satisfies Environment;
