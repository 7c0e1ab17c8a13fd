import type { Denied } from '$lib/api/types';
import { m } from '$lib/paraglide/messages';

/** What every place and every row says about itself. */
export type Rights<Action extends string> = { actions: Action[]; denied: Denied<Action>[] };

/** Why something may not be done, in the server's words; `null`: it may. */
export function mayNot<Action extends string>(
	rights: Rights<Action> | null | undefined,
	action: NoInfer<Action>
): string | null {
	const denied = rights?.denied.find(({ actions }) => actions.includes(action));
	if (denied) return denied.message;
	return rights?.actions.includes(action) ? null : m.may_not();
}
