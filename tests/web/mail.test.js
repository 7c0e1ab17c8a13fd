// Mail in the browser: settings with a test mail, an invitation, a forgotten password from the mail to a new sign-in.

import assert from 'node:assert/strict';
import { copyFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { launch, open } from './browser.js';
import { Installation } from './installation.js';
import { look, picture } from './look.js';
import { Authority, MailServer, html, link } from './mail-server.js';

const owner = { email: 'ada@example.com', password: 'Analytical engine 1843' };

describe('mail', { timeout: 240_000 }, () => {
	let installation, browser, mail, authority, page, complaints;
	const part = (id) => page.getByTestId(id);

	before(async () => {
		installation = await Installation.create();
		await installation.setUp(owner);
		mail = await MailServer.start();
		authority = new Authority();
		browser = await launch();
		({ page, complaints } = await open(browser, installation.url));
	});

	after(async () => {
		await browser?.close();
		mail?.stop();
		authority?.remove();
		await installation?.remove();
	});

	let broken = false;
	function step(name, walk) {
		test(name, async (t) => {
			if (broken) return t.skip('an earlier page failed');
			broken = true;
			await walk().catch(async (error) => {
				console.error([`at ${page.url()}`, ...complaints].join('\n'));
				await picture(page, 'failed-mail.png');
				throw error;
			});
			broken = false;
		});
	}

	async function signIn(password) {
		await part('password').fill(password);
		await part('sign-in').click();
		await part('account-menu').waitFor();
	}

	/** The mail as a program shows it. */
	async function lookAt(message, name) {
		const { page: reader, context } = await open(browser, installation.url);
		await reader.setContent(html(message));
		for (const colorScheme of ['light', 'dark']) {
			await reader.emulateMedia({ colorScheme });
			await picture(reader, `mail-${name}-${colorScheme}.png`);
		}
		await context.close();
	}

	/** Tries what the form holds; the names of the steps in their order, and what the last one said. */
	async function steps(ok) {
		await part('mail-test').click();
		await page.locator(`[data-testid=mail-test-result][data-ok=${ok}]`).waitFor();
		const shown = page.locator('[data-testid=mail-test-result] li');
		const names = await shown.evaluateAll((all) => all.map((one) => one.dataset.testid.slice('mail-step-'.length)));
		return { names, last: await shown.last().innerText() };
	}

	step('without mail, a forgotten password is somebody else’s to reset', async () => {
		await page.goto('/sign-in');
		await part('email').fill(owner.email);
		await part('forgot-password').locator('summary').click();
		await page.getByText('reset-password', { exact: false }).first().waitFor();
	});

	step('the settings are tried step by step, then saved', async () => {
		await signIn(owner.password);
		await part('nav-account').click();
		await part('tab-mail').click();
		await part('mail-host').fill('127.0.0.1');
		await part('mail-protocol').selectOption('smtp');
		await part('mail-port').fill('1');
		await part('mail-sender').fill('testkeep@example.com');
		await part('mail-test-recipient').fill(owner.email);
		await part('mail-test').click();
		await page.locator('[data-testid=mail-step-connect][data-ok=false]').waitFor();
		await look(page, 'mail-test-failed');
		await part('mail-port').fill(String(mail.port));
		await part('mail-test').click();
		await page.locator('[data-testid=mail-step-accepted][data-ok=true]').waitFor();
		await lookAt(await mail.waitFor(1), 'test');
		await look(page, 'mail-tested');
		await part('mail-update').click();
		await part('mail-saved-at').waitFor();
		await look(page, 'mail-settings');
	});

	for (const [protocol, expected] of [
		['starttls', ['resolve', 'connect', 'greeting', 'tls', 'login', 'sender', 'recipient', 'accepted']],
		['smtps', ['resolve', 'connect', 'tls', 'greeting', 'login', 'sender', 'recipient', 'accepted']]
	]) {
		step(`${protocol} with a private authority: named when unknown, trusted from conf/ca.pem, with a login`, async () => {
			const login = ['--login', 'robot:Xylophone 4711'];
			const secured = await MailServer.start('--protocol', protocol, ...authority.options, ...login);
			const ca = join(installation.destination, 'conf/ca.pem');
			try {
				await part('mail-protocol').selectOption(protocol);
				await part('mail-port').fill(String(secured.port));
				await part('mail-username').fill('robot');
				// What was saved was for another server.
				if (await part('mail-password-change').isVisible()) await part('mail-password-change').click();
				await part('mail-password').fill('wrong');
				const unknown = await steps(false);
				assert.deepEqual(unknown.names, expected.slice(0, expected.indexOf('tls') + 1));
				assert.match(unknown.last, /signed by nobody this machine trusts.*conf\/ca\.pem/s);
				await look(page, `mail-${protocol}-untrusted`);
				await copyFile(authority.certificate, ca);
				const refused = await steps(false);
				assert.deepEqual(refused.names, expected.slice(0, expected.indexOf('login') + 1));
				assert.match(refused.last, /535/);
				await part('mail-password').fill('Xylophone 4711');
				const accepted = await steps(true);
				assert.deepEqual(accepted.names, expected);
				assert.match(accepted.last, /250 Message accepted.*\d\s(ms|s)$/s);
				const [test] = await secured.waitFor(1).then(() => secured.mails);
				assert.ok(test.encrypted && test.authenticated, JSON.stringify(test));
				await look(page, `mail-${protocol}`);
				await part('mail-update').click();
				await part('mail-password-saved').waitFor();
				assert.equal((await steps(true)).names.length, expected.length, 'with the saved password');
			} finally {
				secured.stop();
				await rm(ca, { force: true });
			}
		});
	}

	step('back to a server in the clear, the password goes with its user', async () => {
		await part('mail-protocol').selectOption('smtp');
		await part('mail-port').fill(String(mail.port));
		await part('mail-username').fill('');
		await part('mail-update').click();
		await part('mail-password').waitFor();
	});

	step('an invitation is mailed, and the log says so', async () => {
		await page.goto('/');
		await part('create-organization').click();
		await part('name').fill('Compilers');
		await part('create-confirm').click();
		await part('nav-users').click();
		await part('tab-invitations').click();
		await part('addresses').fill('grace@example.com');
		await part('invite').click();
		const invitation = await mail.waitFor(2);
		assert.deepEqual(invitation.recipients, ['grace@example.com']);
		assert.ok(link(invitation).startsWith(`${installation.url}/invitation#token=`));
		await lookAt(invitation, 'invitation');
		await part('nav-mail').click();
		await part('tab-mail-log').click();
		await page.locator('[data-testid=mail-state][data-state=sent]').first().waitFor();
		await look(page, 'mail-log');
	});

	step('one chooses which mails one gets', async () => {
		await page.goto('/profile/notifications');
		await part('notification-role_changed').click();
		await page.reload();
		await part('notifications').waitFor();
		await look(page, 'mail-notifications');
	});

	step('a forgotten password is reset by mail', async () => {
		await part('account-menu').click();
		await part('sign-out').click();
		await part('forgot-password').click();
		await part('forgot-form').waitFor();
		await look(page, 'mail-forgot');
		await part('email').fill(owner.email);
		await part('forgot-send').click();
		await part('forgot-sent').waitFor();
		const reset = await mail.waitFor(3);
		await lookAt(reset, 'reset');
		await page.goto('about:blank');
		await page.goto(link(reset));
		await part('reset-password-form').waitFor();
		assert.ok(!page.url().includes('token'), page.url());
		await look(page, 'mail-reset');
		owner.password = 'Difference engine 1822';
		await part('password').fill(owner.password);
		await part('password-repeat').fill(owner.password);
		await part('update-password').click();
		await part('sign-in').waitFor();
		if (!(await part('email').inputValue())) await part('email').fill(owner.email);
		await signIn(owner.password);
	});

	step('the link says that it was used', async () => {
		const third = await open(browser, installation.url);
		await third.page.goto(link(mail.mails[2]));
		await third.page.getByTestId('reset-refused').waitFor();
		const words = await third.page.getByTestId('reset-refused').innerText();
		assert.match(words, /This link has been used to reset password\./);
		await look(third.page, 'mail-reset-used');
		await third.context.close();
	});

	step('no page had a script error, a policy violation or a failed request', async () => {
		assert.deepEqual([...complaints], []);
	});
});
