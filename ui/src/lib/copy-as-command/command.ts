/** A write as a line for a shell: the same method, address and body that the API client sends. */

export type WriteRequest = {
	method: string;
	url: string;
	/** JSON text; `null`: none. */
	body: string | null;
	/** The body is a file. */
	file: boolean;
};
export type Shell = 'sh' | 'powershell';

/** Names of fields whose values are never shown. */
const SECRET = /password|secret|token/i;
/** Booleans like `password_sign_in` are no secrets. */
const withoutSecrets = (key: string, value: unknown): unknown =>
	SECRET.test(key) && typeof value === 'string' ? '<password>' : value;

/** The body without passwords. Text that is not JSON is left out: it might contain one. */
export function shownBody(body: string): string | null {
	try {
		return JSON.stringify(JSON.parse(body), withoutSecrets);
	} catch {
		return null;
	}
}

/** One argument of `sh`: nothing inside single quotes is special. */
export const quoteForSh = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** One argument of PowerShell, which takes typographic quotes for quotes as well. */
export const quoteForPowerShell = (text: string): string => `'${text.replaceAll(/['‘’‚‛]/g, '$&$&')}'`;

export function commandOf(write: WriteRequest, shell: Shell): string {
	return shell === 'sh' ? forSh(write) : forPowerShell(write);
}

function forSh({ method, url, body, file }: WriteRequest): string {
	const json = body === null ? null : shownBody(body);
	return [
		`curl -fsS -X ${method} ${quoteForSh(url)}`,
		`-H "Authorization: Bearer $TESTKEEP_API_KEY"`,
		...(file ? [`-H 'Content-Type: application/octet-stream'`, `--data-binary @FILE`] : []),
		...(json === null ? [] : [`-H 'Content-Type: application/json'`, `-d ${quoteForSh(json)}`])
	].join(' ');
}

function forPowerShell({ method, url, body, file }: WriteRequest): string {
	const json = body === null ? null : shownBody(body);
	const verb = method.charAt(0) + method.slice(1).toLowerCase();
	return [
		`Invoke-RestMethod -Method ${verb} -Uri ${quoteForPowerShell(url)}`,
		`-Headers @{ Authorization = "Bearer $env:TESTKEEP_API_KEY" }`,
		...(file ? [`-ContentType 'application/octet-stream' -InFile FILE`] : []),
		...(json === null
			? []
			: [`-ContentType 'application/json; charset=utf-8'`, `-Body ${quoteForPowerShell(json)}`])
	].join(' ');
}
