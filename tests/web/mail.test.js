// Mail in the browser: settings with a test mail, an invitation, a forgotten password from the mail to a new sign-in.
// Each test has its own mail server and sets the account's mail settings as it needs them.

import assert from 'node:assert/strict';
import { copyFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { look, picture } from './look.js';
import { Authority, MailServer, html, link } from './mail-server.js';
import { Walk, create } from './visitors.js';

const owner = { email: 'ada@example.com', password: 'Analytical engine 1843' };
const SETTINGS = '/accounts/1/mail-settings';

describe('mail', { timeout: 240_000 }, () => {
	const walk = new Walk('mail');
	const authority = new Authority();

	before(() => walk.start(owner));
	after(async () => {
		authority.remove();
		await walk.end();
	});

	/**
	 * Runs a mail server during `work`. `settings`: settings of the account in addition to the server's address; `null`:
	 * no mail.
	 */
	async function withMail(settings, work, ...options) {
		const mail = await MailServer.start(...options);
		try {
			await walk.ask(owner, 'DELETE', SETTINGS);
			const here = { host: '127.0.0.1', port: mail.port, protocol: 'smtp', username: '' };
			const sent = { ...here, sender: 'testkeep@example.com', ...settings };
			if (settings) await walk.answer(owner, 'PUT', SETTINGS, sent);
			await work(mail);
		} finally {
			mail.stop();
		}
	}

	const mailTest = (name, settings, work) => walk.test(name, () => withMail(settings, work));

	async function settingsPage() {
		const visitor = await walk.visitor(owner);
		await visitor.page.goto('/account/mail');
		await visitor.part('mail-form').waitFor();
		return visitor;
	}

	/** Opens the mail as a mail program shows it. */
	async function lookAt(message, name) {
		const { page } = await walk.visitor();
		await page.setContent(html(message));
		for (const colorScheme of ['light', 'dark']) {
			await page.emulateMedia({ colorScheme });
			await picture(page, `mail-${name}-${colorScheme}.png`);
		}
	}

	/** Tests the form's settings; returns the names of the steps in order, and the message of the last one. */
	async function steps({ page, part }, ok) {
		await part('mail-test').click();
		await page.locator(`[data-testid=mail-test-result][data-ok=${ok}]`).waitFor();
		const shown = page.locator('[data-testid=mail-test-result] li');
		const names = await shown.evaluateAll((all) => all.map((one) => one.dataset.testid.slice('mail-step-'.length)));
		return { names, last: await shown.last().innerText() };
	}

	mailTest('without mail, a forgotten password is somebody else’s to reset', null, async () => {
		const { page, part } = await walk.visitor();
		await page.goto('/sign-in');
		await part('email').fill(owner.email);
		await part('forgot-password').locator('summary').click();
		await page.getByText('reset-password', { exact: false }).first().waitFor();
	});

	mailTest('the settings are tried step by step, then saved', null, async (mail) => {
		const { page, part } = await walk.visitor(owner);
		await page.goto('/');
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
		walk.test(`${protocol} with a private authority: named when unknown, trusted from conf/ca.pem, with a login`, async () => {
			const login = ['--login', 'robot:Xylophone 4711'];
			const ca = join(walk.installation.destination, 'conf/ca.pem');
			const elsewhere = { port: 25, username: 'human', password: 'for another server' };
			const work = async (secured) => {
				const visitor = await settingsPage();
				const { page, part } = visitor;
				await part('mail-protocol').selectOption(protocol);
				await part('mail-port').fill(String(secured.port));
				await part('mail-username').fill('robot');
				await part('mail-test-recipient').fill(owner.email);
				// The saved password was for another server.
				if (await part('mail-password-change').isVisible()) await part('mail-password-change').click();
				await part('mail-password').fill('wrong');
				const unknown = await steps(visitor, false);
				assert.deepEqual(unknown.names, expected.slice(0, expected.indexOf('tls') + 1));
				assert.match(unknown.last, /signed by nobody this machine trusts.*conf\/ca\.pem/s);
				await look(page, `mail-${protocol}-untrusted`);
				await copyFile(authority.certificate, ca);
				const refused = await steps(visitor, false);
				assert.deepEqual(refused.names, expected.slice(0, expected.indexOf('login') + 1));
				assert.match(refused.last, /535/);
				await part('mail-password').fill('Xylophone 4711');
				const accepted = await steps(visitor, true);
				assert.deepEqual(accepted.names, expected);
				assert.match(accepted.last, /250 Message accepted.*\d\s(ms|s)$/s);
				const [test] = await secured.waitFor(1).then(() => secured.mails);
				assert.ok(test.encrypted && test.authenticated, JSON.stringify(test));
				await look(page, `mail-${protocol}`);
				await part('mail-update').click();
				await part('mail-password-saved').waitFor();
				assert.equal((await steps(visitor, true)).names.length, expected.length, 'with the saved password');
			};
			try {
				await withMail(elsewhere, work, '--protocol', protocol, ...authority.options, ...login);
			} finally {
				await rm(ca, { force: true });
			}
		});
	}

	const saved = { username: 'robot', password: 'Xylophone 4711', protocol: 'starttls' };
	mailTest('back to a server in the clear, the password goes with its user', saved, async (mail) => {
		const { part } = await settingsPage();
		await part('mail-password-saved').waitFor();
		await part('mail-protocol').selectOption('smtp');
		await part('mail-port').fill(String(mail.port));
		await part('mail-username').fill('');
		await part('mail-update').click();
		await part('mail-password').waitFor();
	});

	mailTest('an invitation is mailed, and the log says so', {}, async (mail) => {
		const visitor = await walk.visitor(owner);
		const { page, part } = visitor;
		await page.goto('/');
		await create(visitor, 'create-organization', 'Compilers');
		await part('nav-users').click();
		await part('tab-invitations').click();
		await part('invite-open').click();
		await part('addresses').fill('grace@example.com');
		await part('invite').click();
		const invitation = await mail.waitFor(1);
		assert.deepEqual(invitation.recipients, ['grace@example.com']);
		assert.ok(link(invitation).startsWith(`${walk.installation.url}/invitation#token=`));
		await lookAt(invitation, 'invitation');
		await part('nav-mail').click();
		await part('tab-mail-log').click();
		await page.locator('[data-testid=mail-state][data-state=sent]').first().waitFor();
		await look(page, 'mail-log');
	});

	mailTest('a refused invitation says why, in the list of invitations', {}, async (mail) => {
		const { id } = await walk.answer(owner, 'POST', '/organizations', { name: 'Assemblers' });
		const addresses = 'refused@example.com grace@example.com';
		await walk.answer(owner, 'POST', `/organizations/${id}/invitations`, { addresses });
		await mail.waitFor(1);
		const { page, part } = await walk.visitor(owner);
		await page.goto(`/organizations/${id}/invitations`);
		await page.locator('[data-testid=invitation-state][data-state=sent]').waitFor();
		const gone = page.locator('[data-testid=invitation-state][data-state=failed]');
		for (let round = 0; round < 20 && !(await gone.count()); round++) {
			await page.waitForTimeout(250);
			await page.reload();
			await part('pending-activations').waitFor();
		}
		await gone.waitFor();
		assert.match(await gone.innerText(), /550 5\.1\.1 No such mailbox here/);
		await look(page, 'mail-invitation-refused');
		await part('delivery-filter').selectOption('failed');
		await page.locator('[data-testid=table-count][data-total="1"]').first().waitFor();
	});

	walk.test('one chooses which mails one gets', async () => {
		const { page, part } = await walk.visitor(owner);
		await page.goto('/profile/notifications');
		await part('notification-role_changed').click();
		await page.reload();
		await part('notifications').waitFor();
		await look(page, 'mail-notifications');
	});

	mailTest('a forgotten password is reset by mail', {}, async (mail) => {
		const { page, part } = await walk.visitor(owner);
		await page.goto('/');
		await part('account-menu').click();
		await part('sign-out').click();
		await part('email').fill(owner.email);
		await part('forgot-password').click();
		await part('forgot-form').waitFor();
		assert.equal(await part('email').inputValue(), owner.email, 'typed once');
		await look(page, 'mail-forgot');
		await part('forgot-send').click();
		await part('forgot-sent').waitFor();
		const reset = await mail.waitFor(1);
		await lookAt(reset, 'reset');
		await page.goto(link(reset));
		await part('reset-password-form').waitFor();
		assert.ok(!page.url().includes('token'), page.url());
		await look(page, 'mail-reset');
		// The other tests sign in with this password, too.
		await part('password').fill(owner.password);
		await part('password-repeat').fill(owner.password);
		await part('update-password').click();
		await part('sign-in').waitFor();
		if (!(await part('email').inputValue())) await part('email').fill(owner.email);
		await part('password').fill(owner.password);
		await part('sign-in').click();
		await part('account-menu').waitFor();
		await walk.signInByApi(owner);
	});

	mailTest('the link says that it was used', {}, async (mail) => {
		await walk.answer(null, 'POST', '/password-resets', { email: owner.email });
		const address = link(await mail.waitFor(1));
		const { password } = owner;
		await walk.answer(null, 'POST', '/password-resets/password', { token: address.split('#token=')[1], password });
		await walk.signInByApi(owner);
		const { page, part } = await walk.visitor();
		await page.goto(address);
		await part('reset-refused').waitFor();
		const words = await part('reset-refused').innerText();
		assert.match(words, /This link has been used to reset password\./);
		await look(page, 'mail-reset-used');
	});

	test('no page had a script error, a policy violation or a failed request', () => {
		assert.deepEqual([...walk.complaints], []);
	});
});
