/**
 * All requests to the server go through this module. In the browser: same origin and cookie. In the desktop: the
 * address and token set here. Throws `ApiError` with the server's message, or `Unreachable` when no answer came.
 */
import createClient, { type Client } from 'openapi-fetch';
import { capture } from '$lib/copy-as-command/capture.svelte';
import { drafts } from '$lib/drafts';
import { m } from '$lib/paraglide/messages';
import { signedIn } from '$lib/site';
import type { paths } from './schema.gen';
import type { Activation, ErrorBody, Me, NewDefaultAccount, ServerStatus } from './types';

export class ApiError extends Error {
	constructor(
		readonly status: number,
		readonly code: string,
		message: string,
		/** Request field → what is wrong with it. */
		readonly fields: Record<string, string> = {},
		/** From the header `Retry-After`; 0 when it is missing. */
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
const ME = '/api/v2/me';
/** Header with the user id for which the page was made. The server refuses requests from another person's pages. */
const MADE_FOR = 'x-testkeep-user';
/** A server on the same machine or network that needs longer than this will not answer. */
const TIMEOUT_MS = 20_000;

let bearer = false;
/** Address of the server; empty: the one of this page. */
let base = '';
/**
 * User id for which the pages of this tab were made. Another tab may sign in as another person, with the same cookie.
 */
let madeFor: number | null = null;
let changed = () => {};
/** A live binding: `connectTo` replaces it. */
export let client = connect('');

/** In the desktop window: connects to the server it manages, with a token instead of a cookie. */
export function connectTo(server: string): void {
	bearer = true;
	base = server;
	client = connect(server);
}

/** The address of a path on the server. */
export const addressOf = (path: string): string => base + path;

/**
 * `false`: in the desktop window, where only requests of this module carry the token. So `<img>` and the like get their
 * data from `client`.
 */
export const loadsByItself = (): boolean => !bearer;

/** Calls `listener` when an answer shows that the frame is out of date: the session ended, or nothing can be saved. */
export function whenSiteChanged(listener: () => void): void {
	changed = listener;
}

function connect(baseUrl: string): Client<paths> {
	return createClient<paths>({
		baseUrl,
		fetch: send,
		credentials: bearer ? 'omit' : 'same-origin',
		cache: 'no-store'
	});
}

async function send(request: Request): Promise<Response> {
	await capture.take(request);
	// A request for `me` asks who is signed in, so it must not name a person.
	for (const [name, value] of credentials())
		if (name !== MADE_FOR || !request.url.endsWith(ME)) request.headers.set(name, value);
	try {
		const response = await fetch(request, { signal: AbortSignal.timeout(TIMEOUT_MS) });
		// What was read again because of this cannot lead here again.
		if (response.status === 503 && request.method !== 'GET') changed();
		return response;
	} catch (cause) {
		throw new Unreachable(m.unreachable_message(), { cause });
	}
}

/** Headers of every request that does not go through `client`. */
export function credentials(): [string, string][] {
	const token = bearer ? sessionStorage.getItem(TOKEN_KEY) : null;
	if (token) return [['authorization', `Bearer ${token}`]];
	return madeFor === null ? [] : [[MADE_FOR, String(madeFor)]];
}

type Answer<Data> = { data?: Data; error?: unknown; response: Response };

/** The body of a successful answer. */
export async function body<Data>(answer: Promise<Answer<Data>>): Promise<Data> {
	const { data, error, response } = await answer;
	if (!response.ok) throw errorOf(error, response);
	return data as Data;
}

/** @param response `Headers` are enough of a request that was not made by `fetch`. */
export function errorOf(envelope: unknown, response: Pick<Response, 'status' | 'headers' | 'url'>): Error {
	const error = typeof envelope === 'object' ? (envelope as Partial<ErrorBody> | null)?.error : undefined;
	if (error) {
		// A request for `me` asks whether a person is signed in, so its refusal is no lost session.
		if (error.code === 'unauthorized' && !response.url.endsWith(ME)) changed();
		const retryAfter = Number(response.headers.get('retry-after')) || 0;
		return new ApiError(response.status, error.code, error.message, error.fields, retryAfter);
	}
	// Not the server's error envelope: something in between answered, for example a proxy.
	return response.status >= 502
		? new Unreachable(m.unreachable_message())
		: new ApiError(response.status, 'internal', m.error_unexpected_answer({ status: response.status }));
}

/** The cell separator that spreadsheets expect in this person's language. */
export const csvStyle = (): { separator: 'comma' | 'semicolon' } => ({
	separator: /\d,\d/.test((1.5).toLocaleString()) ? 'semicolon' : 'comma'
});

/** The text of a file. Unlike `Response.text()`, this keeps the byte order mark, which spreadsheets need. */
export async function file(answer: Promise<Answer<ArrayBuffer>>): Promise<string> {
	return new TextDecoder('utf-8', { ignoreBOM: true }).decode(await body(answer));
}

export const api = {
	status: (): Promise<ServerStatus> => body(client.GET('/api/v2/status')),
	activation: (): Promise<Activation> => body(client.GET('/api/v2/activation')),

	activate: (file: Uint8Array<ArrayBuffer>): Promise<Activation> =>
		body(
			client.POST('/api/v2/activation', {
				headers: { 'content-type': 'application/octet-stream' },
				// The OpenAPI document describes bytes as numbers; they are sent unchanged.
				body: [],
				bodySerializer: () => file
			})
		),

	/** Call when the server's clock was in the future and is right now. */
	resetClock: (): Promise<void> => body(client.POST('/api/v2/clock/reset')),

	async createDefaultAccount(account: NewDefaultAccount): Promise<void> {
		await body(client.POST('/api/v2/default-account', { body: account }));
	},

	async signIn(email: string, password: string): Promise<void> {
		const { token } = await body(client.POST('/api/v2/sessions', { body: { email, password } }));
		if (bearer && token) sessionStorage.setItem(TOKEN_KEY, token);
	},

	/** Signs in this browser with the one-time link that the desktop window has made. */
	async followSignInLink(token: string): Promise<void> {
		await body(client.POST('/api/v2/sign-in-links/follow', { body: { token } }));
	},

	async signOut(): Promise<void> {
		try {
			await body(client.DELETE('/api/v2/sessions/current'));
		} finally {
			sessionStorage.removeItem(TOKEN_KEY);
			signedIn.forget();
			drafts.forget();
			madeFor = null;
		}
	},

	/** `null`: no person is signed in. */
	async me(): Promise<Me | null> {
		try {
			const me = await body(client.GET('/api/v2/me'));
			// The page shows another person's data.
			if (madeFor !== null && madeFor !== me.user.id) location.reload();
			madeFor = me.user.id;
			return me;
		} catch (reason) {
			if (!(reason instanceof ApiError && reason.status === 401)) throw reason;
			madeFor = null;
			return null;
		}
	}
};
