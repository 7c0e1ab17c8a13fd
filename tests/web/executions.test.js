// Executions, results and test cases: from an empty project to the reason of a failure. Report files are uploaded as a CI
// does it. Tests that change a project have their own.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { look, picture } from './look.js';
import { sizes, visit } from './pages.js';
import { cucumber, junit, png, upload } from './report-files.js';
import { Walk, total, until } from './visitors.js';

const owner = { email: 'ada@example.com', password: 'Analytical engine 1843' };
const grace = { email: 'grace@example.com', password: 'Nanoseconds 1952' };
const PAY = 'com.acme.pay.InstantPaymentTest';
const LEDGER = 'com.acme.ledger.InterestTest';
const HOSTILE = '<img src=x onerror="globalThis.hacked=1"> \u202egnp.exe';
const STACK = `java.lang.AssertionError: expected 200 but was 503
	at org.junit.Assert.fail(Assert.java:89)
	at org.junit.Assert.assertEquals(Assert.java:120)
	at com.acme.pay.InstantPaymentTest.paysTwice(InstantPaymentTest.java:31)
	at java.base/java.lang.reflect.Method.invoke(Method.java:580)
	at org.junit.runners.ParentRunner.run(ParentRunner.java:413)`;
const LOG = Array.from({ length: 700 }, (_, line) =>
	line === 650 ? '#x1B[31mERROR#x1B[0m connection lost' : `#x1B[32mINFO#x1B[0m request ${line}`
).join('\n');

const failed = ['java.lang.AssertionError', 'expected 200 but was 503', STACK];
const timeout = ['java.net.SocketTimeoutException', 'Read timed out', 'java.net.SocketTimeoutException: Read timed out'];
/** The nightly run: `broken` tests fail with one error; another one has failed before. */
const nightly = (broken, seconds = 0.4) =>
	junit([
		{ suite: LEDGER, name: 'interest of a leap year', error: timeout },
		...Array.from({ length: 8 }, (_, test) => ({
			suite: PAY,
			name: `pays in currency ${test}`,
			seconds,
			output: LOG,
			...(test < broken && { failure: failed })
		})),
		{ suite: LEDGER, name: HOSTILE },
		{ suite: LEDGER, name: 'interest of a short month', skipped: true },
		...Array.from({ length: 60 }, (_, test) => ({ suite: 'com.acme.fraud.RuleTest', name: `rule ${test}` }))
	]);

describe('executions', { timeout: 300_000 }, () => {
	const walk = new Walk('executions');
	let organization, project, last;

	const create = async (name) =>
		(await walk.answer(owner, 'POST', `/organizations/${organization}/projects`, { name, description: '' })).id;
	const about = { name: 'Nightly regression', branch: 'main', build: '#4711', build_url: 'https://ci.example.com/job/4711' };

	/** The page in the sizes of screens, a notebook and a phone, in both themes. */
	async function pictures(page, name) {
		for (const colorScheme of ['dark', 'light'])
			for (const size of sizes) {
				await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
				await page.setViewportSize(size);
				await picture(page, `${name}-${colorScheme}-${size.width}x${size.height}.png`);
			}
	}

	const states = (parts) => parts.evaluateAll((all) => all.map(({ dataset }) => dataset.state));

	async function open(path) {
		const visitor = await walk.visitor(owner);
		await visit(visitor.page, path);
		return { ...visitor, press: (keys) => visitor.page.keyboard.press(keys) };
	}

	before(async () => {
		await walk.start(owner);
		await walk.answer(owner, 'PATCH', '/me', { first_name: 'Ada', last_name: 'Lovelace' });
		organization = (await walk.answer(owner, 'POST', '/organizations', { name: 'Compilers' })).id;
		await walk.join(organization, grace, { first_name: 'Grace', last_name: 'Hopper' });
		project = await create('Instant payments');
		await walk.answer(owner, 'POST', `/projects/${project}/users`, { user_ids: [grace.id], group_ids: [] });
		for (const broken of [0, 0, 0]) await upload(walk, owner, project, nightly(broken), about);
		last = await upload(walk, owner, project, nightly(7, 1.9), { ...about, commit: '9fceb02d0ae598e95dc970b74767f19372d61af8' });
	});
	after(() => walk.end());

	walk.test('an empty project shows how reports come in, with its id in place', async () => {
		const empty = await create('Ledger');
		const ada = await open(`/projects/${empty}`);
		await ada.part('connect-ci').waitFor();
		for (const ci of ['github', 'gitlab', 'jenkins', 'azure', 'circleci', 'teamcity', 'shell']) {
			await ada.part(`ci-${ci}`).click();
			const text = await ada.part('snippet').innerText();
			assert.ok(text.includes(`--project ${empty}`) && text.includes(walk.installation.url), text);
		}
		assert.ok((await ada.part('snippet-curl').innerText()).includes(`/projects/${empty}/reports`));
		await ada.part('ci-katalon').click();
		assert.match(await ada.part('snippet-katalon').innerText(), new RegExp(`Ledger \\(ID ${empty}\\)`));
		await pictures(ada.page, 'executions-empty');
		await look(ada.page, 'executions-none');
	});

	walk.test('a dropped file becomes an execution, and what a CI uploads appears by itself', async () => {
		const fresh = await create('Dropped');
		const ada = await open(`/projects/${fresh}`);
		const drop = (type) =>
			ada.page.evaluate(
				([type, text]) => {
					const dataTransfer = new DataTransfer();
					dataTransfer.items.add(new File([text], 'Smoke.xml'));
					dispatchEvent(new DragEvent(type, { dataTransfer, cancelable: true }));
				},
				[type, junit([{ suite: PAY, name: 'pays' }])]
			);
		await drop('dragover');
		await ada.part('drop-target').waitFor();
		await drop('drop');
		await ada.page.locator('[data-testid=upload][data-state=done]').waitFor();
		const rows = ada.page.locator('tr[data-row]');
		await rows.filter({ hasText: 'Smoke' }).locator('[data-testid=execution-state][data-tone=passed]').waitFor();
		await upload(walk, owner, fresh, junit([{ suite: PAY, name: 'pays', failure: failed }]), { name: 'From a CI' });
		await rows.filter({ hasText: 'From a CI' }).locator('[data-testid=execution-state][data-tone=failed]').waitFor();
		await look(ada.page, 'executions-dropped');
	});

	walk.test('the list: results, duration against usual, branch, build and who; filters and search', async () => {
		const ada = await open(`/projects/${project}`);
		await total(ada, 4);
		const row = ada.part(`row-${last.id}`);
		const text = await row.innerText();
		for (const part of ['#4', 'Nightly regression', 'main', '#4711', 'Ada Lovelace', '7 new']) assert.ok(text.includes(part), text);
		assert.match(await row.getByTestId('run-time').getAttribute('data-state'), /slower/);
		assert.equal(await row.getByTestId('build-link').getAttribute('href'), 'https://ci.example.com/job/4711');
		await pictures(ada.page, 'executions');
		await look(ada.page, 'executions-list');
		await ada.part('result-filter').selectOption('passed');
		await ada.part('table-clear').waitFor();
		await ada.part('result-filter').selectOption('failed');
		await total(ada, 4);
		await ada.part('table-search').fill('no such branch');
		await ada.part('table-clear').waitFor();
	});

	walk.test('two clicks lead from the project to the reason of the first failure', async () => {
		const ada = await open(`/projects/${project}`);
		await ada.part(`row-${last.id}`).click({ position: { x: 300, y: 10 } });
		await ada.page.waitForURL(`**/executions/${last.id}`);
		const group = ada.part('error-group').first();
		await group.waitFor();
		assert.equal(await group.getAttribute('data-new'), '7', 'new failures are first');
		assert.equal(await group.getByTestId('error-message').innerText(), 'expected 200 but was 503');
		assert.match(await ada.part('against-previous').innerText(), /7 new failures/);
		await pictures(ada.page, 'execution');
		await look(ada.page, 'execution-failed');
		await group.getByTestId('error-result').first().click();
		await ada.page.waitForURL('**/results/*');
		assert.equal(await ada.part('failure-message').innerText(), 'expected 200 but was 503');
		const stack = ada.part('stack');
		assert.ok((await stack.innerText()).includes('InstantPaymentTest.java:31'));
		assert.ok(!(await stack.innerText()).includes('ParentRunner'), 'frames of libraries are folded');
		await ada.part('stack-fold').last().click();
		assert.ok((await stack.innerText()).includes('ParentRunner'));
		await ada.part('same-error-open').click();
		assert.equal(await ada.part('same-error-result').count(), 6);
		assert.equal(await ada.part('result-outcome').innerText().then((text) => /Failed\s+New failure/.test(text)), true);
		await pictures(ada.page, 'result');
		await look(ada.page, 'result-failed');
	});

	walk.test('by keyboard: j and Enter to a failure, j and k to the next ones', async () => {
		const ada = await open(`/projects/${project}`);
		await ada.part(`row-${last.id}`).waitFor();
		await ada.press('j');
		await ada.press('Enter');
		await ada.page.waitForURL(`**/executions/${last.id}`);
		await ada.part('error-result').first().waitFor();
		const focused = () => ada.page.evaluate(() => document.activeElement.textContent.trim());
		await ada.press('j');
		assert.match(await focused(), /pays in currency 0/);
		await ada.press('j');
		assert.match(await focused(), /pays in currency 1/);
		await ada.press('k');
		await ada.press('Enter');
		await ada.page.waitForURL('**/results/*');
		const title = (text) => ada.page.locator('h1', { hasText: text }).waitFor();
		await title('pays in currency 0');
		await ada.press('j');
		await title('pays in currency 1');
		await ada.press('k');
		await title('pays in currency 0');
		await ada.part('next-failure').click();
		await title('pays in currency 1');
		// In a field the keys are letters.
		await ada.part('log-search').fill('j');
		await title('pays in currency 1');
	});

	walk.test('output: colors as styles, and a search that reaches every line', async () => {
		const ada = await open(`/executions/${last.id}`);
		await ada.part('error-result').first().click();
		const log = ada.part('output').getByTestId('log-text');
		await log.waitFor();
		assert.ok(!(await log.innerText()).includes('['), 'no sequence is shown');
		assert.equal(await log.locator('[data-line="651"]').count(), 0, 'later lines are drawn on request');
		await ada.part('log-search').fill('connection LOST');
		await ada.page.locator('[data-testid=log-hits][data-total="1"]').waitFor();
		assert.ok(await log.locator('[data-line="651"] mark').isVisible());
		await look(ada.page, 'result-output');
	});

	walk.test('all results: filters, one group of errors, and names that are only text', async () => {
		const ada = await open(`/executions/${last.id}`);
		await total(ada, 71);
		await ada.part('outcome-filter').selectOption('broken');
		await total(ada, 8);
		await ada.part('outcome-filter').selectOption('');
		await ada.part('change-filter').selectOption('new_failure');
		await total(ada, 7);
		await ada.part('change-filter').selectOption('');
		await ada.part('group-all').click();
		await total(ada, 7);
		await ada.part('error-filter').click();
		await ada.part('table-search').fill('onerror');
		await total(ada, 1);
		const row = ada.page.locator('tr[data-row]').first();
		assert.match(await row.innerText(), /<img src=x onerror="globalThis\.hacked=1"> ⟨U\+202E⟩gnp\.exe/);
		await row.locator('a').first().click();
		await ada.page.waitForURL('**/results/*');
		assert.match(await ada.page.locator('h1').innerText(), /<img src=x.*⟨U\+202E⟩gnp\.exe/);
		assert.match(await ada.page.title(), /^<img src=x.*⟨U\+202E⟩gnp\.exe/);
		assert.equal(await ada.page.evaluate(() => globalThis.hacked), undefined);
		await look(ada.page, 'result-hostile');
	});

	walk.test('attachments are shown in place: images, texts and HAR files; pages only as text', async () => {
		const entries = [503, 200].map((status, number) => ({
			time: 12,
			request: { method: 'GET', url: `https://shop.example/pay/${number}` },
			response: { status, content: { size: 120, mimeType: 'text/html' } }
		}));
		const files = {
			'shot.png': png,
			'network.har': JSON.stringify({ log: { entries } }),
			'page.html': '<script>globalThis.hacked = 1</script>',
			'core.bin': 'x'
		};
		const attached = await create('Attached');
		const about = { file: 'cucumber.json', name: 'With pictures' };
		const { id } = await upload(walk, owner, attached, cucumber(files), about);
		const ada = await open(`/executions/${id}`);
		assert.equal(await ada.part('file').count(), 5);
		await ada.part('error-result').click();
		await ada.part('step').first().waitFor();
		assert.deepEqual(await states(ada.part('step')), ['passed', 'failed', 'skipped']);
		const image = ada.part('attachment-image');
		await image.waitFor();
		await ada.page.waitForFunction(() => document.querySelector('[data-testid=attachment-image]').naturalWidth === 1);
		assert.deepEqual(
			await ada.part('attachment').evaluateAll((all) => all.map(({ dataset }) => dataset.kind)),
			['image', 'har', 'text', 'file']
		);
		await ada.part('attachment-open').first().click();
		await ada.part('har').waitFor();
		assert.equal(await ada.part('har').locator('tbody tr').count(), 2);
		assert.match(await ada.part('har-summary').innerText(), /2 requests, 1 of them/);
		await ada.part('attachment-open').last().click();
		await ada.page.getByText('<script>globalThis.hacked = 1</script>').waitFor();
		assert.equal(await ada.page.evaluate(() => globalThis.hacked), undefined);
		await look(ada.page, 'result-attachments');
	});

	walk.test('test cases: the last results of each, and the durations of one', async () => {
		const ada = await open(`/projects/${project}/tests`);
		await total(ada, 71);
		await ada.part('outcome-filter').selectOption('failed');
		await total(ada, 7);
		await pictures(ada.page, 'test-cases');
		await look(ada.page, 'test-cases');
		await ada.page.locator('tr[data-row] a').first().click();
		await ada.page.waitForURL('**/tests/*');
		await ada.part('duration-chart').waitFor();
		assert.equal(await ada.part('run').count(), 4);
		assert.match(await ada.part('test-history').innerText(), /1 of the last 4 runs failed\./);
		await ada.part('duration-chart-as-table').click();
		assert.equal(await ada.part('duration-chart-table').locator('tbody tr').count(), 4);
		await ada.part('duration-chart-as-table').click();
		await pictures(ada.page, 'test-case');
		await look(ada.page, 'test-case');
		await ada.part('run').first().click();
		await ada.page.waitForURL('**/results/*');
		await ada.part('all-runs').click();
		await ada.page.waitForURL('**/tests/*');
	});

	walk.test('an execution is read again, and deleted after a question', async () => {
		const fresh = await create('Deleted');
		const { id } = await upload(walk, owner, fresh, nightly(1), { name: 'Short life' });
		const ada = await open(`/executions/${id}`);
		await ada.part('execution-menu').click();
		await ada.part('menu-read-again').click();
		await ada.part('toast').waitFor();
		// Its results are gone until they are read.
		await until(async () => (await walk.answer(owner, 'GET', `/executions/${id}`)).execution.state === 'done');
		await visit(ada.page, `/executions/${id}`);
		await total(ada, 71);
		await ada.part('execution-menu').click();
		await ada.part('menu-delete').click();
		assert.match(await ada.part('confirm-dialog').innerText(), /71 results and 1 file/);
		await look(ada.page, 'execution-delete');
		await ada.part('confirm-yes').click();
		await ada.page.waitForURL(`**/projects/${fresh}`);
		await ada.part('connect-ci').waitFor();
	});

	walk.test('a file that is no report says so', async () => {
		const fresh = await create('Unreadable');
		const { id } = await upload(walk, owner, fresh, 'This is a shopping list.', { file: 'list.xml', name: 'List' });
		const ada = await open(`/executions/${id}`);
		await ada.part('execution-note').first().waitFor();
		await look(ada.page, 'execution-unreadable');
	});

	walk.test('a member sees results and uploads, but does not delete; others see nothing', async () => {
		const member = await walk.visitor(grace);
		await visit(member.page, `/executions/${last.id}`);
		await member.part('error-group').first().waitFor();
		await member.part('execution-menu').click();
		const entry = member.part('menu-delete');
		assert.equal(await entry.getAttribute('aria-disabled'), 'true');
		const stranger = { email: 'edsger@example.com', password: 'Considered harmful 1968' };
		const other = (await walk.answer(owner, 'POST', '/organizations', { name: 'Linkers' })).id;
		await walk.join(other, stranger);
		const edsger = await walk.visitor(stranger);
		for (const path of [`/projects/${project}`, `/executions/${last.id}`, '/results/1', '/tests/1']) {
			await edsger.page.goto(path);
			await edsger.part('error-page').waitFor();
		}
	});

	walk.test('the addresses that existing clients print lead to the pages', async () => {
		const ada = await open(`/team/1/project/${project}/executions/${last.number}`);
		await ada.page.waitForURL(`**/executions/${last.id}`);
		await visit(ada.page, `/team/1/project/${project}`);
		await ada.page.waitForURL(`**/projects/${project}`);
		await visit(ada.page, `/team/1/project/${project}/executions/999`);
		await ada.page.waitForURL(`**/projects/${project}`);
	});

	test('no page complained', () => assert.deepEqual([...walk.complaints], []));
});
