import { expect, test } from 'vitest';
import { CIS, curlCommand, engineArguments, snippetFor } from './snippets';

const target = { serverUrl: 'https://testkeep.example.com', project: 42 };

test.each(CIS)('$name: the command with the project, and the server', ({ ci }) => {
	const { file, text } = snippetFor(ci, target);
	expect(text).toContain('testkeep upload "**/test-results/**/*.xml" --project 42');
	expect(text).toContain('https://testkeep.example.com');
	expect(text).toMatch(/TESTKEEP_SERVER/);
	expect(file).toMatch(/\w/);
});

test('no snippet contains a tab, which YAML refuses', () => {
	for (const { ci } of CIS) expect(snippetFor(ci, target).text).not.toContain('\t');
});

test('each snippet runs after failed tests, too', () => {
	const always = {
		github: /!cancelled/,
		jenkins: /always/,
		azure: /succeededOrFailed/,
		circleci: /when: always/
	};
	for (const [ci, words] of Object.entries(always))
		expect(snippetFor(ci as keyof typeof always, target).text).toMatch(words);
});

test('without the client, and for Runtime Engine', () => {
	expect(curlCommand(target)).toContain(
		'"https://testkeep.example.com/api/v2/projects/42/reports?file=report.xml"'
	);
	expect(engineArguments(target)).toContain('-testOpsProjectId=42');
});
