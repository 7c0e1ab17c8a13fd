// The browser part of the product's main path, page by page in a person's order: activate, create the default account,
// sign in, look around, sign out. Each stage has its own server, prepared up to that point.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { look } from './look.js';
import { Walk, fillSignIn } from './visitors.js';

const owner = { email: 'ada@example.com', password: 'Analytical engine 1843', name: 'Ada Lovelace' };

/** A server for some tests, and a final test that its pages had no complaints. */
function stage(name, begin, tests) {
	describe(name, { timeout: 240_000 }, () => {
		const walk = new Walk('walk');

		before(() => begin(walk));
		after(() => walk.end());

		tests(walk);

		test('no page had a script error, a policy violation or a failed request', () => {
			assert.deepEqual([...walk.complaints], []);
		});
	});
}

async function status({ installation }) {
	const response = await fetch(`${installation.url}/api/v2/status`);
	return (await response.json()).state;
}

async function chooseLicense({ part }, file) {
	await part('license-file-input').setInputFiles(file);
	await part('license-submit').click();
}

async function refusal(walk, { part }) {
	const message = await part('license-error').innerText();
	assert.equal(await status(walk), 'activation_required');
	return message;
}

stage('an installed server', (walk) => walk.start(), (walk) => {
	async function activatePage() {
		const visitor = await walk.visitor();
		await visitor.page.goto('/activate');
		return visitor;
	}

	walk.test('an unactivated server shows the Activate page, whatever page was asked for', async () => {
		const { page, part } = await walk.visitor();
		for (const path of ['/', '/license', '/sign-in']) {
			await page.goto(path);
			await page.waitForURL('**/activate');
		}
		assert.ok((await part('machine-id').innerText()).includes(await walk.installation.machineId()));
		await part('demo-banner').waitFor();
		const lines = await part('machine-id').evaluate((id) => id.getClientRects().length + id.offsetHeight / parseFloat(getComputedStyle(id).lineHeight));
		assert.equal(Math.round(lines), 2, 'the Machine ID is on one line');
		await part('vendor-mail').locator('summary').click();
		assert.ok((await part('vendor-mail-text').innerText()).includes(await walk.installation.machineId()));
		await look(page, 'activate');
	});

	walk.test('a file that is no license is refused', async () => {
		const visitor = await activatePage();
		await chooseLicense(visitor, await walk.installation.file('letter.txt', 'Dear vendor, please send us a license.'));
		assert.match(await refusal(walk, visitor), /license file/i);
		await look(visitor.page, 'activate-refused');
	});

	walk.test("a stranger's license is refused for another reason", async () => {
		const visitor = await activatePage();
		await chooseLicense(visitor, await walk.installation.file('empty.lic', ''));
		await visitor.part('license-error').waitFor();
		const empty = await refusal(walk, visitor);
		await chooseLicense(visitor, await walk.installation.foreignLicense());
		await visitor.page.waitForFunction(
			(before) => {
				const alert = document.querySelector('[data-testid=license-error]');
				return alert && alert.innerText !== before;
			},
			empty
		);
		assert.match(await refusal(walk, visitor), /vendor|key|sign/i);
	});

	walk.test('a file that is too large is not even sent', async () => {
		const visitor = await activatePage();
		let sent = 0;
		visitor.page.on('request', (request) => (sent += request.method() === 'POST' ? 1 : 0));
		const large = await walk.installation.file('large.lic', 'x'.repeat(300 * 1024));
		await visitor.part('license-file-input').setInputFiles(large);
		assert.match(await refusal(walk, visitor), /large\.lic.*30[07]/s);
		assert.ok(await visitor.part('license-submit').isDisabled());
		assert.equal(sent, 0);
	});

	walk.test('the right license activates the server and says whose it is', async () => {
		const visitor = await activatePage();
		await chooseLicense(visitor, await walk.installation.license());
		await visitor.part('activated').waitFor();
		assert.equal(await visitor.part('license-customer').innerText(), 'Ada Engines Ltd');
		assert.equal(await status(walk), 'account_required');
		await look(visitor.page, 'activated');
	});
});

async function licensed(walk) {
	await walk.start();
	await walk.installation.activate();
}

stage('a licensed server', licensed, (walk) => {
	async function accountPage() {
		const visitor = await walk.visitor();
		const link = await walk.installation.setupLink();
		assert.match(link, /\/create-account#token=.{20,}/);
		await visitor.page.goto(link);
		await visitor.part('create-account-form').waitFor();
		return visitor;
	}

	walk.test('the account page without a setup link tells how to get one', async () => {
		const { page, part } = await walk.visitor();
		await page.goto('/create-account');
		await part('token-needed').waitFor();
		assert.equal(await part('create-account').count(), 0);
		await look(page, 'create-account-without-link');
	});

	walk.test('the setup link opens the account page and leaves no token in the address', async () => {
		const { page } = await accountPage();
		assert.ok(!page.url().includes('token'), page.url());
		await look(page, 'create-account');
	});

	walk.test('mistakes are named beside their fields', async () => {
		const { page, part } = await accountPage();
		await part('first-name').fill('Ada');
		await part('email').fill('ada');
		await part('password').fill('short');
		await part('password-repeat').fill('shorter');
		await part('create-account').click();
		const form = await part('create-account-form').innerText();
		for (const mistake of ['Enter a name.', 'Enter an email address', 'at least 8 characters', 'differ']) {
			assert.ok(form.includes(mistake), `“${mistake}” is missing in:\n${form}`);
		}
		assert.equal(await status(walk), 'account_required');
		await look(page, 'create-account-mistakes');
	});

	walk.test('the default account is created once and signed in', async () => {
		const { part } = await accountPage();
		const [first, last] = owner.name.split(' ');
		await part('first-name').fill(first);
		await part('last-name').fill(last);
		await part('email').fill(owner.email);
		await part('password').fill(owner.password);
		await part('password-repeat').fill(owner.password);
		await part('create-account').click();
		await part('account-name').waitFor();
		assert.equal(await part('account-name').innerText(), owner.name);
		assert.equal(await status(walk), 'ready');
	});
});

async function withOwner(walk) {
	await walk.start(owner);
	const [first_name, last_name] = owner.name.split(' ');
	await walk.answer(owner, 'PATCH', '/me', { first_name, last_name });
}

stage('a server with an owner', withOwner, (walk) => {
	async function home() {
		const visitor = await walk.visitor(owner);
		await visitor.page.goto('/');
		await visitor.part('account-name').waitFor();
		return visitor;
	}

	const sessionOf = async (context) =>
		(await context.cookies()).find(({ name }) => name.startsWith('testkeep_session_'));

	async function signInPage(path = '/sign-in') {
		const visitor = await walk.visitor();
		await visitor.page.goto(path);
		await visitor.page.waitForURL('**/sign-in');
		await visitor.part('email').waitFor();
		return visitor;
	}

	async function byKeyboard({ page, part }) {
		assert.equal(await page.evaluate(() => document.activeElement.id), 'email');
		await page.keyboard.type(owner.email);
		await page.keyboard.press('Tab');
		await page.keyboard.type(owner.password);
		await page.keyboard.press('Enter');
		await part('account-name').waitFor();
	}

	walk.test('the session is a cookie that scripts cannot read, and survives a reload', async () => {
		const visitor = await signInPage();
		await byKeyboard(visitor);
		const { page, part, context } = visitor;
		const cookie = await sessionOf(context);
		assert.equal(cookie?.httpOnly, true);
		assert.equal(cookie?.sameSite, 'Lax');
		await page.reload();
		assert.equal(await part('account-name').innerText(), owner.name);
		await look(page, 'home');
	});

	walk.test('the license page shows what is licensed', async () => {
		const { page, part } = await home();
		assert.equal(await part('nav-license').count(), 0, 'the account has the page');
		await page.goto('/license');
		await page.waitForURL('**/account/licenses');
		assert.equal(await part('license-customer').innerText(), 'Ada Engines Ltd');
		assert.match(await part('product-KSE').innerText(), /25/);
		assert.match(await part('product-KRE').innerText(), /10/);
		await look(page, 'license');
	});

	walk.test('an address that leads nowhere says so', async () => {
		const { page, part } = await home();
		await page.goto('/no/such/page');
		await part('error-page').waitFor();
		await look(page, 'not-found');
		await part('go-home').click();
		await part('account-name').waitFor();
	});

	walk.test('the chosen theme stays', async () => {
		const { page, part } = await home();
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

	walk.test('signing out ends the session on the server too', async () => {
		const { page, part, context } = await home();
		const cookie = await sessionOf(context);
		await part('account-menu').click();
		await part('sign-out').click();
		await page.waitForURL('**/sign-in');
		const headers = { cookie: `${cookie.name}=${cookie.value}` };
		const response = await fetch(`${walk.installation.url}/api/v2/me`, { headers });
		assert.equal(response.status, 401);
		await page.goto('/license');
		await page.waitForURL('**/sign-in');
		await look(page, 'sign-in');
	});

	walk.test('a wrong password is refused without saying what was wrong', async () => {
		const visitor = await signInPage();
		const { page, part } = visitor;
		await fillSignIn(visitor, { email: owner.email, password: 'not the password' });
		const known = await part('sign-in-error').innerText();
		await look(page, 'sign-in-refused');
		await page.reload();
		await fillSignIn(visitor, { email: 'nobody@example.com', password: 'not the password' });
		assert.equal(await part('sign-in-error').innerText(), known);
	});

	walk.test('the right password signs in, by keyboard alone', async () => {
		await byKeyboard(await signInPage());
	});

	walk.test('the sign-in leads to the page that was asked for before', async () => {
		const visitor = await signInPage('/license');
		await byKeyboard(visitor);
		await visitor.page.waitForURL('**/account/licenses');
	});

	walk.test('a link that lost its end has a field for the code', async () => {
		const { page, part } = await home();
		for (const path of ['/invitation', '/reset-password']) {
			await page.goto(path);
			await part('link-code').fill('no code');
			await part('link-code-continue').click();
			await page.getByText('There is no code in this').waitFor();
			await look(page, `code${path.replace('/', '-')}`);
			await part('link-code').fill(`<https://gateway.example/?u=https%3A%2F%2Ftestkeep%2Finvitation%23token%3D${'ab'.repeat(32)}>`);
			await part('link-code-continue').click();
			await page.locator('[data-code="link_invalid"]').waitFor();
		}
	});
});
