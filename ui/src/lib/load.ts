/** For `load` functions: what the server refuses becomes the error page with the server's words. */
import { error } from '@sveltejs/kit';
import { ApiError, Unreachable } from '$lib/api/client';

export async function orErrorPage<Data>(answer: Promise<Data>): Promise<Data> {
	try {
		return await answer;
	} catch (reason) {
		if (reason instanceof ApiError) error(reason.status, { message: reason.message, code: reason.code });
		if (reason instanceof Unreachable) error(503, { message: reason.message, code: 'unreachable' });
		throw reason;
	}
}
