// The first page, the status line, the inbox and *Copy as command*, with data that the API makes: people, teams, seats
// in all states, a queue, denials, and mails that a mail server refuses.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { look, picture } from './look.js';
import { Walk } from './visitors.js';

const SIZES = [
	{ width: 1440, height: 900 },
	{ width: 1024, height: 600 },
	{ width: 390, height: 844 }
];

/** The page in all sizes and both themes, from its top to its end. */
async function pictures(page, name) {
	for (const colorScheme of ['dark', 'light']) {
		await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
		for (const size of SIZES) {
			await page.setViewportSize(size);
			await page.evaluate(() => document.fonts.ready);
			const wide = await page.evaluate(() => {
				const main = document.getElementById('main');
				return Math.max(document.documentElement.scrollWidth - innerWidth, main.scrollWidth - main.clientWidth);
			});
			assert.ok(wide <= 0, `${name} overflows by ${wide} at ${size.width}`);
			await picture(page, `${name}-${colorScheme}-${size.width}x${size.height}.png`);
			// The rest of the page: as high as its content.
			const height = await page.evaluate(() => document.getElementById('main').scrollHeight + 120);
			await page.setViewportSize({ ...size, height: Math.max(height, size.height) });
			await picture(page, `${name}-${colorScheme}-${size.width}-whole.png`);
		}
	}
	await page.setViewportSize({ width: 1024, height: 700 });
}

describe('home', { timeout: 300_000 }, () => {
	const walk = new Walk('home');
	const owner = { email: 'ada@example.com', password: 'Analytical engine 1843' };
	const grace = { email: 'grace.hopper@example.com', password: 'Nanoseconds 1952' };
	const people = ['barbara', 'peter', 'edsger', 'adele', 'donald'].map((name) => ({
		email: `${name}@example.com`,
		password: 'Substitution principle 1987'
	}));
	let organization, linkers, team;

	const answer = (...request) => walk.answer(...request);
	const checkOut = (person, machine, more = {}) =>
		walk.ask(person, 'POST', '/leases', {
			...{ organization_id: organization, package: 'FLOATING_ENGINE', hostname: machine, client_version: '10.3.1' },
			...{ machine_id: `machine-of-${machine}`, session_id: `session-on-${machine}` },
			...more
		});

	async function takes(person, machine, more) {
		const { status, body } = await checkOut(person, machine, more);
		assert.equal(status, 200, `${machine}: ${JSON.stringify(body)}`);
		return body.id;
	}

	before(async () => {
		await walk.start(owner);
		await answer(owner, 'PATCH', '/me', { first_name: 'Ada', last_name: 'Lovelace' });
		organization = (await answer(owner, 'POST', '/organizations', { name: 'Compilers' })).id;
		linkers = (await answer(owner, 'POST', '/organizations', { name: 'Linkers and Loaders' })).id;
		team = (await answer(owner, 'POST', `/organizations/${organization}/teams`, { name: 'Parsers' })).id;
		for (const person of [grace, ...people]) await walk.join(organization, person);
		await answer(owner, 'POST', `/teams/${team}/users`, { user_ids: [grace.id], group_ids: [] });
		for (const name of ['Grammar', 'Lexer'])
			await answer(owner, 'POST', `/organizations/${organization}/projects`, { name, team_id: team });
		const users = `/organizations/${organization}/licenses/KSE/users`;
		await answer(owner, 'POST', users, { emails: [grace, ...people].map(({ email }) => email) });
		await takes(grace, 'grace-laptop', { package: 'KSE' });
		await takes(people[0], 'desk-1', { package: 'KSE' });
		for (const name of ['build-1', 'build-2', 'build-3']) await takes(people[1], name);
		await takes(people[2], 'train', { borrow_days: 5 });
		const offline = `/organizations/${organization}/licenses/KSE/offline`;
		const day = new Date(Date.now() + 20 * 86_400_000).toISOString().slice(0, 10);
		const machine = { machine_key: 'a'.repeat(32), holder: 'Clean room', expires_on: day };
		await answer(owner, 'POST', offline, machine);
		const settings = `/organizations/${organization}/licenses/KRE/settings`;
		await answer(owner, 'PUT', settings, { assigned_only: false, reservations: [{ team_id: team, seats: 2 }] });
		await walk.installation.activate(await walk.installation.addition(5, 2, 12));
		for (const name of ['build-4', 'build-5', 'build-6', 'build-7', 'build-8', 'build-9', 'build-10'])
			await checkOut(people[3], name);
		await checkOut(people[4], 'build-11', { wait: true });
	});
	after(() => walk.end());

	/** A queue place lasts for half a minute. */
	const wait = () => checkOut(people[4], 'build-11', { wait: true });

	walk.test('an owner sees seats, licenses, days, mail, what needs attention and what happened', async () => {
		// Nothing listens there, so mails wait.
		await answer(owner, 'PUT', '/accounts/1/mail-settings', {
			...{ host: '127.0.0.1', port: 1, protocol: 'smtp', username: '', sender: 'testkeep@example.com' }
		});
		await answer(owner, 'POST', `/organizations/${linkers}/invitations`, { addresses: 'john@example.com' });
		await wait();
		const { page, part } = await walk.visitor(owner);
		await page.goto('/');
		await part('seats-KRE').waitFor();
		assert.equal(await part('seats-KRE-borrowed').getAttribute('data-count'), '1');
		assert.ok(Number(await part('seats-KRE-online').getAttribute('data-count')) >= 3);
		assert.equal(await part('seats-KSE-offline').getAttribute('data-count'), '1');
		assert.equal(await part('seats-KRE').getAttribute('data-waiting'), '1');
		await part('attention-waiting-all-KRE').waitFor();
		assert.equal(await part('license-bar').count(), 2);
		await part('sign-ins-chart').waitFor();
		await part('days-as-table').click();
		assert.equal(await part('days-table').locator('tbody tr').count(), 14);
		await part('days-as-table').click();
		const sentences = await part('recent-event').allInnerTexts();
		assert.ok(sentences.some((text) => /ada@example\.com invited john@example\.com/.test(text)), `${sentences}`);
		// A mail that waits is counted, also while it is being tried.
		await page.locator('[data-testid=mail-now-waiting][data-count="1"]').waitFor();
		assert.equal(await part('next-steps').count(), 0);
		await part('server-now').waitFor();
		assert.match(await part('organizations').innerText(), /Linkers and Loaders/);
		await pictures(page, 'home-owner');
		await look(page, 'home-owner-full');
	});

	walk.test('the page reads itself again', async () => {
		const { page, part } = await walk.visitor(owner);
		await page.clock.install();
		await page.goto('/');
		await part('seats-KSE').waitFor();
		const before = Number(await part('seats-KSE-online').getAttribute('data-count'));
		const id = await takes(people[4], 'desk-2', { package: 'KSE' });
		await page.clock.runFor(25_000);
		await page.locator(`[data-testid=seats-KSE-online][data-count="${before + 1}"]`).waitFor();
		await answer(people[4], 'DELETE', `/leases/${id}`);
	});

	walk.test('the status line is quiet, leads to its pages, and says when something is wrong', async () => {
		const { page, part } = await walk.visitor(owner);
		await page.goto('/profile/personal');
		await part('status-line').waitFor();
		assert.equal(await part('status-server').getAttribute('data-tone'), 'passed');
		assert.equal(await part('status-database').getAttribute('data-tone'), 'passed');
		await part('status-license').click();
		await page.waitForURL('**/account/licenses');
		await part('status-server').click();
		await page.waitForURL('**/#server');
		await part('server-now').waitFor();
		const parts = part('status-line').locator('a');
		const tones = await parts.evaluateAll((all) => all.map((each) => each.dataset.tone));
		const worst = ['failed', 'error', 'passed'].find((tone) => tones.includes(tone));
		await page.setViewportSize({ width: 390, height: 844 });
		await page.waitForFunction(() => document.querySelectorAll('[data-testid=status-line] a').length === 1);
		// A phone has room for one part: the worst trouble, or that all is well.
		assert.equal(await parts.first().getAttribute('data-tone'), worst);
		const member = await walk.visitor(grace);
		await member.page.goto('/');
		await member.part('connect-studio').waitFor();
		assert.equal(await member.part('status-line').count(), 0);
	});

	walk.test('a member gets what Studio needs, their seats, and nothing they may not do', async () => {
		const { page, part } = await walk.visitor(grace);
		await page.goto('/');
		await part('connect-studio').waitFor();
		assert.equal(await part('connect-organization-id').innerText(), String(organization));
		assert.equal(await part('connect-server-url').innerText(), walk.installation.url);
		assert.equal(await part('own-license-KSE').getAttribute('data-tone'), 'passed');
		assert.ok((await part('connect-engine').innerText()).includes(`-orgId=${organization}`));
		assert.deepEqual(await part('own-place').allInnerTexts(), ['Grammar', 'Lexer', 'Parsers']);
		for (const absent of ['seats-now', 'attention', 'recent', 'mail-now', 'create-organization', 'next-steps'])
			assert.equal(await part(absent).count(), 0, absent);
		await pictures(page, 'home-member');
		await look(page, 'home-member-full');
		await part('own-seat-end').click();
		await part('confirm-yes').click();
		await page.locator('[data-testid=own-seat]').waitFor({ state: 'detached' });
	});

	walk.test('the inbox tells what others did, counts it, and is read by keyboard', async () => {
		const { page, part } = await walk.visitor(grace);
		await page.goto('/');
		const bell = part('inbox-bell');
		await page.locator('[data-testid=inbox-bell]:not([data-unread="0"])').waitFor();
		await bell.focus();
		await page.keyboard.press('Enter');
		await part('inbox-panel').waitFor();
		const first = await part('inbox-item').allInnerTexts();
		assert.ok(first.some((text) => /assigned you a KSE license in Compilers/.test(text)), `${first}`);
		assert.ok(first.some((text) => /added you to Parsers/.test(text)), `${first}`);
		await picture(page, 'inbox-panel.png');
		await part('inbox-mark-read').click();
		await page.locator('[data-testid=inbox-bell][data-unread="0"]').waitFor();
		await part('inbox-all').click();
		await page.waitForURL('**/inbox');
		await part('inbox').waitFor();
		assert.equal(await page.locator('[data-testid=inbox] [data-unread=true]').count(), 0);
		await pictures(page, 'inbox');
		await look(page, 'inbox-full');
		await page.keyboard.press('Escape');
		assert.equal(await part('inbox-panel').count(), 0);
	});

	walk.test('every change of an admin page can be copied as a command, and is not carried out', async () => {
		const { page, part } = await walk.visitor(owner);
		const teams = `/organizations/${organization}/teams`;
		await page.goto(teams);
		await part('create-team').click();
		await part('name').fill("Ada's team");
		await part('copy-as-command').click();
		await part('command-armed').waitFor();
		await part('create-confirm').click();
		await part('command-dialog').waitFor();
		await part('command-sh').click();
		const line = await part('command-text').innerText();
		assert.ok(line.includes(`/api/v2${teams}'`) && line.startsWith('curl -fsS -X POST '), line);
		assert.ok(line.includes(`'{"name":"Ada'\\''s team"}'`), line);
		await look(page, 'command-dialog');
		await part('command-powershell').click();
		assert.match(await part('command-text').innerText(), /Invoke-RestMethod -Method Post/);
		await page.keyboard.press('Escape');
		await part('command-dialog').waitFor({ state: 'detached' });
		assert.equal((await answer(owner, 'GET', teams)).total, 1);
		assert.equal(await part('create-error').count(), 0);
		// The same form sends the next time.
		await part('create-confirm').click();
		await page.getByText("Ada's team").first().waitFor();
		assert.equal((await answer(owner, 'GET', teams)).total, 2);
	});

	walk.test('the copied command does what the button does', async () => {
		const { page, part } = await walk.visitor(owner);
		await page.goto(`/organizations/${organization}/users`);
		const { key } = await answer(owner, 'POST', '/me/api-keys', { name: 'commands', password: owner.password });
		await page.getByRole('row', { name: /edsger/ }).getByTestId('row-menu').click();
		await part('menu-command').click();
		await part('menu-remove').click();
		if (await part('confirm-yes').isVisible()) await part('confirm-yes').click();
		await part('command-dialog').waitFor();
		await part('command-sh').click();
		const line = await part('command-text').innerText();
		const { execFileSync } = await import('node:child_process');
		execFileSync('sh', ['-c', line], { env: { ...process.env, TESTKEEP_API_KEY: key } });
		const { items } = await answer(owner, 'GET', `/organizations/${organization}/users`);
		assert.ok(!items.some(({ email }) => email === 'edsger@example.com'));
	});

	test('no page complained', () => assert.deepEqual([...walk.complaints], []));
});
