// The browser side of the main job, page by page, in the order a person meets it: activate, create the default
// account, sign in, look around, sign out. Each test goes on where the one before ended.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { launch, open } from './browser.js';
import { Installation } from './installation.js';
import { look, picture } from './look.js';

const owner = { email: 'ada@example.com', password: 'Analytical engine 1843', name: 'Ada Lovelace' };

describe('from an installed server to a signed-in owner', { timeout: 240_000 }, () => {
	let installation, browser, page, context, complaints;
	const part = (id) => page.getByTestId(id);

	before(async () => {
		installation = await Installation.create();
		browser = await launch();
		({ page, context, complaints } = await open(browser, installation.url));
	});

	after(async () => {
		await browser?.close();
		await installation?.remove();
	});

	/** Every page needs the one before: after a failure the rest is skipped instead of waiting in vain. */
	let broken = false;
	function step(name, walk) {
		test(name, async (t) => {
			if (broken) return t.skip('an earlier page failed');
			broken = true;
			await walk().catch(async (error) => {
				console.error([`at ${page.url()}`, ...complaints].join('\n'));
				await picture(page, 'failed.png');
				throw error;
			});
			broken = false;
		});
	}

	async function status() {
		const response = await fetch(`${installation.url}/api/v2/status`);
		return (await response.json()).state;
	}

	async function chooseLicense(file) {
		await part('license-file-input').setInputFiles(file);
		await part('license-submit').click();
	}

	async function refusal() {
		const message = await part('license-error').innerText();
		assert.equal(await status(), 'activation_required');
		return message;
	}

	async function fillSignIn(password) {
		await part('email').fill(owner.email);
		await part('password').fill(password);
	}

	step('an unactivated server shows the Activate page, whatever page was asked for', async () => {
		for (const path of ['/', '/license', '/sign-in']) {
			await page.goto(path);
			await page.waitForURL('**/activate');
		}
		assert.ok((await part('machine-id').innerText()).includes(await installation.machineId()));
		await part('demo-banner').waitFor();
		await look(page, 'activate');
	});

	step('a file that is no license is refused', async () => {
		await chooseLicense(await installation.file('letter.txt', 'Dear vendor, please send us a license.'));
		assert.match(await refusal(), /license file/i);
		await look(page, 'activate-refused');
	});

	step("a stranger's license is refused for another reason", async () => {
		await chooseLicense(await installation.file('empty.lic', ''));
		await part('license-error').waitFor();
		const empty = await refusal();
		await chooseLicense(await installation.foreignLicense());
		await page.waitForFunction(
			(before) => {
				const alert = document.querySelector('[data-testid=license-error]');
				return alert && alert.innerText !== before;
			},
			empty
		);
		assert.match(await refusal(), /vendor|key|sign/i);
	});

	step('a file that is too large is not even sent', async () => {
		let sent = 0;
		page.on('request', (request) => (sent += request.method() === 'POST' ? 1 : 0));
		await part('license-file-input').setInputFiles(await installation.file('large.lic', 'x'.repeat(300 * 1024)));
		assert.match(await refusal(), /large\.lic.*30[07]/s);
		assert.ok(await part('license-submit').isDisabled());
		assert.equal(sent, 0);
	});

	step('the right license activates the server and says whose it is', async () => {
		await chooseLicense(await installation.license());
		await part('activated').waitFor();
		assert.equal(await part('license-customer').innerText(), 'Ada Engines Ltd');
		assert.equal(await status(), 'account_required');
		await look(page, 'activated');
	});

	step('the account page without a setup link tells how to get one', async () => {
		await page.goto('/create-account');
		await part('token-needed').waitFor();
		assert.equal(await part('create-account').count(), 0);
		await look(page, 'create-account-without-link');
	});

	step('the setup link opens the account page and leaves no token in the address', async () => {
		const link = await installation.setupLink();
		assert.match(link, /\/create-account#token=.{20,}/);
		await page.goto('about:blank');
		await page.goto(link);
		await part('create-account-form').waitFor();
		assert.ok(!page.url().includes('token'), page.url());
		await look(page, 'create-account');
	});

	step('mistakes are named beside their fields', async () => {
		await part('first-name').fill('Ada');
		await part('email').fill('ada');
		await part('password').fill('short');
		await part('password-repeat').fill('shorter');
		await part('create-account').click();
		const form = await part('create-account-form').innerText();
		for (const mistake of ['Enter a name.', 'Enter an e-mail address', 'at least 8 characters', 'differ']) {
			assert.ok(form.includes(mistake), `“${mistake}” is missing in:\n${form}`);
		}
		assert.equal(await status(), 'account_required');
		await look(page, 'create-account-mistakes');
	});

	step('the default account is created once and signed in', async () => {
		const [first, last] = owner.name.split(' ');
		await part('first-name').fill(first);
		await part('last-name').fill(last);
		await part('email').fill(owner.email);
		await part('password').fill(owner.password);
		await part('password-repeat').fill(owner.password);
		await part('create-account').click();
		await part('account-name').waitFor();
		assert.equal(await part('account-name').innerText(), owner.name);
		assert.equal(await status(), 'ready');
	});

	step('the session is a cookie that scripts cannot read, and survives a reload', async () => {
		const cookie = (await context.cookies()).find(({ name }) => name === 'testkeep_session');
		assert.equal(cookie?.httpOnly, true);
		assert.equal(cookie?.sameSite, 'Lax');
		await page.reload();
		assert.equal(await part('account-name').innerText(), owner.name);
		await look(page, 'home');
	});

	step('the license page shows what is licensed', async () => {
		await part('nav-license').click();
		await page.waitForURL('**/license');
		assert.equal(await part('license-customer').innerText(), 'Ada Engines Ltd');
		assert.match(await part('product-KSE').innerText(), /25/);
		assert.match(await part('product-KRE').innerText(), /10/);
		await look(page, 'license');
	});

	step('an address that leads nowhere says so', async () => {
		await page.goto('/no/such/page');
		await part('error-page').waitFor();
		await look(page, 'not-found');
		await part('go-home').click();
		await part('account-name').waitFor();
	});

	step('the chosen theme stays', async () => {
		const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
		const light = await background();
		await part('account-menu').click();
		await part('menu-theme-dark').click();
		await page.keyboard.press('Escape');
		const dark = await background();
		assert.notEqual(dark, light);
		await page.reload();
		await part('account-name').waitFor();
		assert.equal(await background(), dark);
		await part('account-menu').click();
		await part('menu-theme-system').click();
		await page.keyboard.press('Escape');
	});

	step('signing out ends the session on the server too', async () => {
		const [cookie] = (await context.cookies()).filter(({ name }) => name === 'testkeep_session');
		await part('account-menu').click();
		await part('sign-out').click();
		await page.waitForURL('**/sign-in');
		const headers = { cookie: `${cookie.name}=${cookie.value}` };
		const response = await fetch(`${installation.url}/api/v2/me`, { headers });
		assert.equal(response.status, 401);
		await page.goto('/license');
		await page.waitForURL('**/sign-in');
		await look(page, 'sign-in');
	});

	step('a wrong password is refused without saying what was wrong', async () => {
		await fillSignIn('not the password');
		await part('sign-in').click();
		const known = await part('sign-in-error').innerText();
		await look(page, 'sign-in-refused');
		await page.reload();
		await part('email').fill('nobody@example.com');
		await part('password').fill('not the password');
		await part('sign-in').click();
		assert.equal(await part('sign-in-error').innerText(), known);
	});

	step('the right password signs in, by keyboard alone', async () => {
		await page.goto('/sign-in');
		await part('email').waitFor();
		assert.equal(await page.evaluate(() => document.activeElement.id), 'email');
		await page.keyboard.type(owner.email);
		await page.keyboard.press('Tab');
		await page.keyboard.type(owner.password);
		await page.keyboard.press('Enter');
		await part('account-name').waitFor();
	});

	step('no page had a script error, a policy violation or a failed request', async () => {
		assert.deepEqual([...complaints], []);
	});
});
