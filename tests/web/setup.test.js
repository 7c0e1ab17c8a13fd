// The wizard and the manager of the desktop window, from the first page to a running server with its owner signed in.
// The install engine is the real one.

import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { launch, open } from './browser.js';
import { Desktop } from './desktop.js';
import { Installation, freePorts } from './installation.js';
import { look, picture } from './look.js';
import { until } from './visitors.js';

const owner = { first: 'Ada', last: 'Lovelace', email: 'ada@example.com', password: 'Analytical engine 1843' };
const isRoot = process.getuid?.() === 0;
const windows = [
	{ width: 1180, height: 760 },
	{ width: 1024, height: 600 }
];
const complaints = new Set();
let browser;
let folder;
let vendor;

before(async () => {
	browser = await launch();
	folder = await mkdtemp(join(tmpdir(), 'testkeep-setup-'));
	vendor = new Installation(folder, 'http://localhost:1');
});
after(async () => {
	await browser?.close();
	await rm(folder, { recursive: true, force: true });
});

/** A test with a window of its own. */
function inWindow(name, work) {
	test(name, { timeout: 180_000 }, async () => {
		const own = await mkdtemp(join(folder, 'window-'));
		const desktop = await Desktop.open(browser, own);
		await desktop.page.setViewportSize(windows[0]);
		try {
			await work(desktop);
		} catch (error) {
			console.error([`at ${desktop.page.url()}`, ...desktop.complaints].join('\n'));
			await picture(desktop.page, `failed-setup.png`).catch(() => {});
			throw error;
		} finally {
			for (const complaint of desktop.complaints) complaints.add(complaint);
			await desktop.end();
		}
	});
}

/** Pictures at the sizes of the window, in both themes, and the checks of every page. */
async function see({ page }, name) {
	for (const colorScheme of ['dark', 'light']) {
		await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
		for (const size of windows) {
			await page.setViewportSize(size);
			await picture(page, `setup-${name}-${colorScheme}-${size.width}x${size.height}.png`);
		}
	}
	await look(page, `setup-${name}`, { phone: false });
	await page.setViewportSize(windows[0]);
}

async function start({ page, part }) {
	await page.goto('/setup');
	await part('setup-new').waitFor();
	await part('setup-new').click();
	await page.waitForURL('**/setup/express');
	await part('express').waitFor();
}

async function settled({ page }, answer, level) {
	await page.locator(`[data-testid=answer-${answer}][data-level=${level}]`).waitFor();
}

/** Changes one answer on its page, and returns to the screen with all answers. */
async function change(desktop, answer, fill) {
	const { page, part } = desktop;
	await part(`change-${answer}`).click();
	await page.waitForURL(`**/setup/${answer}`);
	await fill(part);
	await part('wizard-next').click();
	await page.waitForURL('**/setup/express');
}

/** The answers that let tests run beside each other and beside a real installation. */
async function ownPlace(desktop) {
	const [http, control] = await freePorts(2);
	const destination = join(desktop.folder, 'server');
	await change(desktop, 'destination', (part) => part('destination').fill(destination));
	await change(desktop, 'ports', async (part) => {
		await part('http_port').fill(String(http));
		await part('control_port').fill(String(control));
	});
	return { http, control, destination };
}

async function nameOwner({ part }) {
	await part('owner_first_name').fill(owner.first);
	await part('owner_last_name').fill(owner.last);
	await part('owner_email').fill(owner.email);
	await part('owner_password').fill(owner.password);
}

async function giveLicense(desktop) {
	desktop.dialogs.push(await vendor.license());
	await desktop.part('license-file-choose').click();
	await desktop.part('license-customer').waitFor();
}

async function install({ page, part }) {
	await part('wizard-next').click();
	await page.waitForURL('**/setup/finish', { timeout: 60_000 });
}

describe('the wizard', () => {
	inWindow('the first page focuses New server, names the machine, and offers nothing that does not exist', async (desktop) => {
		const { page, part } = desktop;
		await page.goto('/setup');
		await part('machine-facts').waitFor();
		assert.equal(await page.evaluate(() => document.activeElement?.dataset.testid), 'setup-new');
		assert.match(await part('setup-new').innerText(), /7 questions/);
		for (const absent of ['setup-upgrade', 'setup-restore', 'setup-uninstall']) assert.equal(await part(absent).count(), 0);
		await page.waitForFunction(() => document.querySelector('[data-testid=machine-disk]')?.innerText.includes('free'));
		for (const fact of ['host', 'address', 'system', 'memory', 'processors', 'disk'])
			assert.doesNotMatch(await part(`machine-${fact}`).innerText(), /–/, fact);
		await see(desktop, 'first');
	});

	inWindow('with defaults: from New server to signed in by five clicks, in the window and in the browser', async (desktop) => {
		const { page, part } = desktop;
		let clicks = 0;
		await page.exposeFunction('countClick', () => void clicks++);
		await page.addInitScript(() => addEventListener('click', (event) => event.isTrusted && globalThis.countClick(), true));
		await start(desktop);
		await see(desktop, 'express-open');
		assert.ok(await part('wizard-next').isDisabled());
		assert.match(await part('wizard-why').innerText(), /license/i);
		const before = clicks;
		const place = await ownPlace(desktop);
		clicks = before;
		for (const answer of ['destination', 'ports', 'database', 'server-url', 'files']) await settled(desktop, answer, 'ok');
		await giveLicense(desktop);
		assert.match(await part('license-expires').innerText(), /December 31, \d{4}/);
		await nameOwner(desktop);
		if (isRoot) {
			await part('allow_root').click();
			// An ordinary account has no such question.
			clicks--;
		}
		await see(desktop, 'express-ready');
		await install(desktop);
		// Fields are filled by keyboard; a person clicks once into the first one.
		assert.ok(clicks + 1 <= 5, `${clicks + 1} clicks`);
		const server = desktop.answers.server_url;
		assert.ok(server.endsWith(`:${place.http}`), 'the proposed URL follows the port');
		assert.ok((await part('finish-facts').innerText()).includes(server));
		await part('next-organization').waitFor();
		assert.match(await page.locator('main').innerText(), /signed in as ada@example.com/);
		await see(desktop, 'finish');
		assert.equal(desktop.answers.default_account.email, owner.email);

		await part('open-browser').click();
		await page.waitForFunction(() => !document.querySelector('[data-testid=open-browser]').disabled);
		const [url] = desktop.opened;
		assert.match(url.replace(server, ''), /^\/sign-in-link#token=[0-9a-f]{64}$/);
		assert.ok(!url.includes(encodeURIComponent(owner.password)) && !url.includes(owner.email));
		const visitor = await open(browser, server);
		await visitor.page.goto(url);
		await visitor.page.getByTestId('account-name').waitFor();
		assert.ok(!visitor.page.url().includes('token'));
		const late = await open(browser, server);
		await late.page.goto(url);
		await late.page.getByTestId('sign-in-link-problem').waitFor();
		await look(late.page, 'sign-in-link-used');
		for (const { context } of [visitor, late]) await context.close();

		await part('go-home').click();
		await part('account-name').waitFor();
		assert.match(await part('account-name').innerText(), /Ada Lovelace/);
	});

	inWindow('a port that is taken is named, can be changed, and is checked again', async (desktop) => {
		const { part } = desktop;
		await start(desktop);
		const taken = createServer();
		await new Promise((done) => taken.listen(0, '0.0.0.0', done));
		const { port } = taken.address();
		await part('change-ports').click();
		await part('http_port').fill(String(port));
		await desktop.page.locator('[data-code=port_taken]').waitFor();
		assert.ok(await part('wizard-next').isDisabled());
		assert.match(await part('wizard-why').innerText(), /port/);
		assert.match(await part('firewall').innerText(), new RegExp(`ufw allow ${port}/tcp`));
		await part('wizard-back').click();
		await settled(desktop, 'ports', 'problem');
		assert.match(await part('answer-ports').innerText(), new RegExp(`Port ${port} is taken`));
		assert.ok(await part('wizard-next').isDisabled());
		await see(desktop, 'express-problem');
		await part('change-ports').click();
		await part('http_port-use').click();
		await desktop.page.locator('[data-code=free]').first().waitFor();
		await part('wizard-next').click();
		await settled(desktop, 'ports', 'ok');
		await new Promise((done) => taken.close(done));
	});

	inWindow('every answer is changed; the answer file has them, for its owner alone', async (desktop) => {
		const { page, part } = desktop;
		await start(desktop);
		const place = await ownPlace(desktop);
		const uploads = join(desktop.folder, 'uploads');
		await change(desktop, 'files', async () => {
			await part('uploads-elsewhere').click();
			await part('upload_location').fill(uploads);
			await part('disk-space').waitFor();
			await see(desktop, 'files');
		});
		assert.match(await part('answer-files').innerText(), /uploads/);
		await part('license-later').click();
		await nameOwner(desktop);
		if (isRoot) await part('allow_root').click();
		await part('express-review').click();
		await page.waitForURL('**/setup/review');
		const will = await part('consequences').innerText();
		for (const words of [place.destination, String(place.http), 'does not start with the machine', 'Activate', owner.email])
			assert.ok(will.includes(words), `${words} is missing in ${will}`);
		assert.match(will, /\d MB into bin/);
		assert.ok(!(await page.locator('main').innerText()).includes(owner.password));
		assert.equal(await part('silent-command').innerText(), 'testkeep-server install --answers testkeep-answers.toml');
		const saved = join(desktop.folder, 'my answers.toml');
		desktop.dialogs.push(saved);
		await part('export-answers').click();
		await part('answers-saved').waitFor();
		assert.equal(await part('silent-command').innerText(), `testkeep-server install --answers ${JSON.stringify(saved)}`);
		await see(desktop, 'review');
		const text = await readFile(saved, 'utf8');
		for (const words of [uploads, owner.email, `http_port = ${place.http}`]) assert.ok(text.includes(words), text);
		assert.equal((await stat(saved)).mode & 0o777, 0o600);
		await install(desktop);
		assert.match(await page.locator('main').innerText(), /activate/i);
		await see(desktop, 'finish-without-license');
	});

	inWindow('the steps stay for who wants them, and ask the owner too', async (desktop) => {
		const { page, part } = desktop;
		await start(desktop);
		await part('customize').click();
		const pages = ['destination', 'ports', 'database', 'server-url', 'files', 'license', 'owner', 'review'];
		for (const [index, name] of pages.entries()) {
			await page.waitForURL(`**/setup/${name}`);
			if (name === 'license') {
				assert.ok(await part('wizard-next').isDisabled());
				await giveLicense(desktop);
			}
			if (name === 'owner') {
				await part('owner_email').fill('ada');
				await part('owner_email').blur();
				assert.match(await part('owner_email-error').innerText(), /email address/);
				await nameOwner(desktop);
			}
			await see(desktop, `step-${index + 1}-${name}`);
			if (name !== 'review') await part('wizard-next').click();
		}
		assert.equal(await page.locator('[data-testid^=rail-][data-state=done]').count(), 7);
	});

	inWindow('a wrong JDBC URL or a failed test keeps one on the page, with the reason in sight', async (desktop) => {
		const { page, part } = desktop;
		await start(desktop);
		await part('change-database').click();
		await part('database-postgresql').click();
		await part('jdbc_url').fill('jdbc:mysql://db/kit');
		await part('jdbc_url-error').waitFor();
		assert.ok(await part('wizard-next').isDisabled());
		assert.match(await part('wizard-why').innerText(), /JDBC URL/);
		const [closed] = await freePorts(1);
		await part('jdbc_url').fill(`jdbc:postgresql://127.0.0.1:${closed}/kit`);
		await part('database_user').fill('quill');
		await part('database-sql').locator('summary').click();
		assert.match(await part('database-sql').innerText(), /CREATE DATABASE "kit" OWNER "quill"/);
		await part('test-connection').click();
		const failing = page.locator('[data-testid^=db-step-][data-level=error]');
		await failing.waitFor();
		await page.waitForFunction(() => {
			const step = document.querySelector('[data-testid^=db-step-][data-level=error]').getBoundingClientRect();
			return step.top >= 0 && step.bottom <= document.querySelector('[data-testid=wizard-next]').getBoundingClientRect().top;
		});
		assert.ok(await part('wizard-next').isDisabled());
		assert.match(await part('wizard-why').innerText(), /connection test failed/);
		await see(desktop, 'database-failed');
	});

	inWindow('a license is taken by paste and by drop, and a wrong one is refused', async (desktop) => {
		const { page, part } = desktop;
		await start(desktop);
		await part('license-paste').click();
		await part('license-text').fill('Dear vendor, please send us a license.');
		await part('license-text').blur();
		await page.locator('[data-testid=license-card] [data-level=error]').waitFor();
		assert.ok(await part('wizard-next').isDisabled());
		const text = await readFile(await vendor.license(), 'utf8');
		await part('license-text').fill(text);
		await part('license-text').blur();
		await part('license-customer').waitFor();
		assert.match(await part('license-facts').innerText(), /KSE\s+25 seats/);
		const dropped = await page.evaluateHandle((content) => {
			const data = new DataTransfer();
			data.items.add(new File([content], 'dropped.lic'));
			return data;
		}, text);
		await part('license-drop').dispatchEvent('drop', { dataTransfer: dropped });
		await page.waitForFunction(() => document.querySelector('[data-testid=license-file-name]')?.innerText === 'dropped.lic');
		await part('license-customer').waitFor();
	});

	inWindow('by keyboard alone', async (desktop) => {
		const { page, part } = desktop;
		await page.goto('/setup');
		await part('machine-facts').waitFor();
		await page.keyboard.press('Enter');
		await page.waitForURL('**/setup/express');
		await part('express').waitFor();
		const reach = async (testid) => {
			for (let presses = 0; presses < 40; presses++) {
				if ((await page.evaluate(() => document.activeElement?.dataset.testid)) === testid) return;
				await page.keyboard.press('Tab');
			}
			assert.fail(`${testid} is not reached`);
		};
		if (isRoot) {
			await reach('allow_root');
			await page.keyboard.press('Space');
		}
		await reach('license-later');
		await page.keyboard.press('Space');
		for (const [field, value] of [
			['owner_first_name', owner.first],
			['owner_last_name', owner.last],
			['owner_email', owner.email],
			['owner_password', owner.password]
		]) {
			await reach(field);
			await page.keyboard.type(value);
		}
		await page.waitForFunction(() => !document.querySelector('[data-testid=wizard-next]').disabled);
		await reach('wizard-next');
	});
});

describe('the manager', () => {
	inWindow('shows the server, keeps what is known when it stops, and reads its log', async (desktop) => {
		const { page, part } = desktop;
		await start(desktop);
		const place = await ownPlace(desktop);
		await giveLicense(desktop);
		await nameOwner(desktop);
		if (isRoot) await part('allow_root').click();
		await install(desktop);
		await part('go-manager').click();
		await page.locator('[data-testid=server-state][data-state=running]').waitFor();
		for (const fact of ['cpu', 'memory', 'uptime', 'connections', 'disk', 'license', 'database'])
			assert.doesNotMatch(await part(`fact-${fact}`).innerText(), /–/, fact);
		assert.match(await part('fact-database').innerText(), /SQLite.*(kB|MB) in use/s);
		assert.match(await part('fact-autostart').innerText(), /testkeep-server start --config/);
		assert.match(await part('fact-license').innerText(), /December 31/);
		await part('open-logs').click();
		await part('open-destination').click();
		assert.deepEqual(desktop.opened, ['logs', 'destination']);
		await part('server-figures').locator('svg[role=img] path').first().waitFor({ state: 'attached' });
		await see(desktop, 'manager-running');
		await part('account-menu').waitFor();
		await part('open-in-browser').click();
		await until(() => /sign-in-link#token=/.test(desktop.opened.at(-1)));

		await part('server-stop').click();
		await part('confirm-yes').click();
		await page.locator('[data-testid=server-state][data-state=stopped]').waitFor();
		assert.match(await part('fact-database').innerText(), /SQLite/);
		assert.equal(await part('server-figures').getAttribute('data-stale'), 'true');
		await see(desktop, 'manager-stopped');
		await part('server-start').click();
		await page.locator('[data-testid=server-state][data-state=running]').waitFor();

		await part('nav-logs').click();
		await part('log-last-start').waitFor();
		assert.equal(await part('log-start').count(), 1);
		await see(desktop, 'logs');
		await part('log-level').selectOption('error');
		assert.equal(await part('log-last-start').count(), 0);
		await part('log-level').selectOption('info');
		await part('log-wrap').click();
		assert.equal(await part('log-wrap').getAttribute('aria-pressed'), 'false');
		await part('log-folder').click();
		assert.equal(desktop.opened.at(-1), 'logs');
		assert.ok(place.destination);
	});

	test('no page had a script error, a policy violation or a failed request', () => {
		const unexpected = [...complaints].filter((complaint) => !complaint.includes('ERR_CONNECTION_REFUSED'));
		assert.deepEqual(unexpected, []);
	});
});
