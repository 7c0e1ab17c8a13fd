/** The requests in a HAR file. Everything in it comes from strangers, so nothing is taken on trust. */

export type HarEntry = {
	method: string;
	url: string;
	/** 0: no answer came. */
	status: number;
	mediaType: string;
	bytes: number;
	milliseconds: number;
};

const isObject = (value: unknown): value is Record<string, unknown> =>
	typeof value === 'object' && value !== null && !Array.isArray(value);
const part = (value: unknown, key: string): unknown => (isObject(value) ? value[key] : undefined);
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const number = (value: unknown): number =>
	typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : 0;

/** `null`: it is no HAR file. */
export function readHar(json: string): HarEntry[] | null {
	try {
		const entries = part(part(JSON.parse(json), 'log'), 'entries');
		return Array.isArray(entries) ? entries.map(entryOf) : null;
	} catch {
		return null;
	}
}

function entryOf(entry: unknown): HarEntry {
	const [request, response] = [part(entry, 'request'), part(entry, 'response')];
	const content = part(response, 'content');
	return {
		method: text(part(request, 'method')),
		url: text(part(request, 'url')),
		status: Math.trunc(number(part(response, 'status'))),
		mediaType: text(part(content, 'mimeType')).split(';')[0] ?? '',
		bytes: number(part(content, 'size')),
		milliseconds: Math.round(number(part(entry, 'time')))
	};
}
