/** Sends a file as the body of a request, with its progress: `fetch` reports none. Throws as `client` does. */
import { m } from '$lib/paraglide/messages';
import { addressOf, credentials, errorOf, Unreachable } from './client';

/** @param onprogress gets the part that was sent, from 0 to 1 */
export function sendFile<Data>(path: string, file: Blob, onprogress: (part: number) => void): Promise<Data> {
	return new Promise((resolve, reject) => {
		const request = new XMLHttpRequest();
		request.open('POST', addressOf(path));
		request.responseType = 'json';
		request.setRequestHeader('content-type', 'application/octet-stream');
		for (const [name, value] of credentials()) request.setRequestHeader(name, value);
		request.upload.onprogress = ({ loaded, total }) => onprogress(total ? loaded / total : 0);
		request.onload = () => {
			const { status, responseURL: url } = request;
			if (status >= 200 && status < 300) return resolve(request.response as Data);
			const retryAfter = request.getResponseHeader('retry-after');
			const headers = new Headers(retryAfter ? { 'retry-after': retryAfter } : {});
			reject(errorOf(request.response, { status, url, headers }));
		};
		request.onerror = () => reject(new Unreachable(m.unreachable_message()));
		request.send(file);
	});
}
