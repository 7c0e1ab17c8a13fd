import type { Denied } from '$lib/api/types';
import { m } from '$lib/paraglide/messages';

/** Allowed and denied actions, as every scope and every row lists them. */
export type Rights<Action extends string> = { actions: Action[]; denied: Denied<Action>[] };

/** The server's message why an action is denied; `null`: it is allowed. */
export function mayNot<Action extends string>(
	rights: Rights<Action> | null | undefined,
	action: NoInfer<Action>
): string | null {
	const denied = rights?.denied.find(({ actions }) => actions.includes(action));
	if (denied) return denied.message;
	return rights?.actions.includes(action) ? null : m.may_not();
}
