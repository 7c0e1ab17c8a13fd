/**
 * For `load` functions: a refusal by the server, or one that is known in advance, becomes the error page with its
 * message.
 */
import { error } from '@sveltejs/kit';
import { ApiError, Unreachable } from '$lib/api/client';
import { mayNot, type Rights } from '$lib/people/may-not';

export function requireAction<Action extends string>(rights: Rights<Action>, action: NoInfer<Action>): void {
	const why = mayNot(rights, action);
	if (why) error(403, { message: why, code: 'forbidden' });
}

export async function orErrorPage<Data>(answer: Promise<Data>): Promise<Data> {
	try {
		return await answer;
	} catch (reason) {
		if (reason instanceof ApiError) error(reason.status, { message: reason.message, code: reason.code });
		if (reason instanceof Unreachable) error(503, { message: reason.message, code: 'unreachable' });
		throw reason;
	}
}
