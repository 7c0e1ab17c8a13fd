/**
 * The one way to the server. In the browser: same origin and cookie. In the desktop: the address and token set here.
 * Throws `ApiError` with the server's own words, or `Unreachable` when nothing answered.
 */
import { m } from '$lib/paraglide/messages';
import type { Activation, Me, NewDefaultAccount, ServerStatus, User } from './types';

export class ApiError extends Error {
	constructor(
		readonly status: number,
		readonly code: string,
		message: string,
		/** Request field → what is wrong with it. */
		readonly fields: Record<string, string> = {},
		/** From `Retry-After`; 0 when the server named none. */
		readonly retryAfterSeconds = 0
	) {
		super(message);
		this.name = 'ApiError';
	}
}

export class Unreachable extends Error {
	override name = 'Unreachable';
}

const TOKEN_KEY = 'testkeep.session';
/** A server on the same machine or network that takes longer than this is not going to answer. */
const TIMEOUT_MS = 20_000;

const connection = { base: '', bearer: false };

/** The desktop talks to the server it manages, with a token instead of a cookie. */
export function connectTo(base: string): void {
	connection.base = base;
	connection.bearer = true;
}

async function request<Result>(method: string, path: string, body?: unknown): Promise<Result> {
	const headers = new Headers({ accept: 'application/json' });
	const token = connection.bearer ? sessionStorage.getItem(TOKEN_KEY) : null;
	if (token) headers.set('authorization', `Bearer ${token}`);
	let payload: BodyInit | undefined;
	if (body instanceof Uint8Array) {
		headers.set('content-type', 'application/octet-stream');
		payload = body as Uint8Array<ArrayBuffer>;
	} else if (body !== undefined) {
		headers.set('content-type', 'application/json');
		payload = JSON.stringify(body);
	}
	let response: Response;
	try {
		response = await fetch(connection.base + path, {
			method,
			headers,
			body: payload,
			credentials: connection.bearer ? 'omit' : 'same-origin',
			cache: 'no-store',
			signal: AbortSignal.timeout(TIMEOUT_MS)
		});
	} catch (cause) {
		throw new Unreachable(m.unreachable_message(), { cause });
	}
	if (!response.ok) throw await errorOf(response);
	if (response.status === 204) return undefined as Result;
	return (await response.json()) as Result;
}

async function errorOf(response: Response): Promise<Error> {
	const retryAfter = Number(response.headers.get('retry-after')) || 0;
	try {
		const { error } = await response.json();
		return new ApiError(response.status, error.code, error.message, error.fields ?? {}, retryAfter);
	} catch {
		// Not the envelope: something between here and the server answered, a proxy perhaps.
		return response.status >= 502
			? new Unreachable(m.unreachable_message())
			: new ApiError(response.status, 'internal', m.error_unexpected_answer({ status: response.status }));
	}
}

export const api = {
	status: () => request<ServerStatus>('GET', '/api/v2/status'),
	activation: () => request<Activation>('GET', '/api/v2/activation'),
	activate: (file: Uint8Array) => request<Activation>('POST', '/api/v2/activation', file),
	createDefaultAccount: (account: NewDefaultAccount) =>
		request<User>('POST', '/api/v2/default-account', account),

	async signIn(email: string, password: string): Promise<void> {
		const { token } = await request<{ token: string }>('POST', '/api/v2/sessions', { email, password });
		if (connection.bearer) sessionStorage.setItem(TOKEN_KEY, token);
	},

	async signOut(): Promise<void> {
		try {
			await request<void>('DELETE', '/api/v2/sessions/current');
		} finally {
			sessionStorage.removeItem(TOKEN_KEY);
		}
	},

	/** `null`: nobody is signed in. */
	async me(): Promise<Me | null> {
		try {
			return await request<Me>('GET', '/api/v2/me');
		} catch (reason) {
			if (reason instanceof ApiError && reason.status === 401) return null;
			throw reason;
		}
	}
};
