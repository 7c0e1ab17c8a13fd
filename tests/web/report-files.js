// Report files for tests, and their upload as a CI does it.

import assert from 'node:assert/strict';
import { until } from './visitors.js';

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

/**
 * A JUnit report.
 * @param cases `{suite, name, seconds, failure, error, skipped, output}`; `failure` and `error`: `[type, message, stack]`
 * @param begun when the tests began
 */
export function junit(cases, begun = new Date()) {
	const broken = (kind, [type, message, stack]) =>
		`<${kind} type="${escaped(type)}" message="${escaped(message)}">${escaped(stack)}</${kind}>`;
	const lines = cases.map(({ suite, name, seconds = 0.1, failure, error, skipped, output }) =>
		[
			`<testcase classname="${escaped(suite)}" name="${escaped(name)}" time="${seconds}">`,
			failure ? broken('failure', failure) : '',
			error ? broken('error', error) : '',
			skipped ? '<skipped/>' : '',
			output ? `<system-out><![CDATA[${output}]]></system-out>` : '',
			'</testcase>'
		].join('')
	);
	return `<?xml version="1.0"?>\n<testsuite name="all" tests="${cases.length}" timestamp="${begun.toISOString()}">\n${lines.join('\n')}\n</testsuite>\n`;
}

/** A Cucumber report with one failed scenario; its step has these files inside: name → content. */
export function cucumber(files) {
	const embeddings = Object.entries(files).map(([name, content]) => ({
		...{ name, mime_type: 'application/octet-stream' },
		data: Buffer.from(content).toString('base64')
	}));
	const step = (name, status, more) => ({ keyword: 'When ', name, ...more, result: { status, duration: 2_000_000, ...more?.result } });
	const steps = [
		step('the shop is open', 'passed'),
		step('a guest pays', 'failed', { embeddings, result: { error_message: 'expected 200 but was 503' } }),
		step('the receipt is printed', 'skipped')
	];
	const scenario = { id: 'pay;guest', keyword: 'Scenario', name: 'A guest pays', type: 'scenario', line: 3, steps };
	return JSON.stringify([{ id: 'pay', keyword: 'Feature', name: 'Pay', uri: 'pay.feature', line: 1, elements: [scenario] }]);
}

/** A picture of one color. */
export const png = Buffer.from(
	'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
	'base64'
);

/**
 * Uploads a report, and waits until it is read; returns its execution.
 * @param about `{file, name, branch, build, build_url, commit, environment}`
 */
export async function upload(walk, person, project, content, about = {}) {
	const query = new URLSearchParams({ file: 'report.xml', ...about });
	const answer = await fetch(`${walk.installation.url}/api/v2/projects/${project}/reports?${query}`, {
		method: 'POST',
		headers: {
			'content-type': 'application/octet-stream',
			authorization: `Bearer ${person.key ?? person.token}`
		},
		body: content
	});
	const uploaded = await answer.json();
	assert.equal(answer.status, 201, JSON.stringify(uploaded));
	let execution;
	await until(async () => {
		({ execution } = await walk.answer(person, 'GET', `/executions/${uploaded.execution_id}`));
		return execution.state === 'done' || execution.state === 'unreadable';
	});
	return execution;
}
