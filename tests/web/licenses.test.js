// License Management in the browser: an owner assigns licenses, programs take seats by the API, and the pages show and
// end these sessions; also offline licenses, machines, usage, settings, shares, and the views of a Billing Manager and
// a member. Seats are counted over a whole server, so each test has its own server.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { chooseInRow, confirm, download, importFile, reads, subscribed, switchTo } from './license-steps.js';
import { look, picture } from './look.js';
import { Walk, signIn, total } from './visitors.js';

const COMPACT_JWS = /^[\w-]+\.[\w-]+\.[\w-]+\s*$/;

describe('licenses', { timeout: 300_000 }, () => {
	const complaints = new Set();
	let walk, installation, organization, owner, grace, barbara, ada, other;

	/** A test with the organization “Compilers”, its team “Parsers” and two members; `ada` is the owner's browser. */
	function scene(name, work) {
		test(name, async () => {
			walk = new Walk('licenses');
			owner = { email: 'ada@example.com', password: 'Analytical engine 1843' };
			grace = { email: 'grace.brewster.murray.hopper@compilers.navy.example.com', password: 'Nanoseconds 1952' };
			barbara = { email: 'barbara@example.com', password: 'Substitution principle 1987' };
			try {
				await walk.start(owner);
				installation = walk.installation;
				organization = (await answer(owner, 'POST', '/organizations', { name: 'Compilers' })).id;
				await answer(owner, 'POST', `/organizations/${organization}/teams`, { name: 'Parsers' });
				for (const person of [grace, barbara]) await walk.join(organization, person);
				await walk.run(async () => {
					ada = await walk.visitor(owner);
					other = await walk.visitor();
					await work();
				});
			} finally {
				for (const complaint of walk.complaints) complaints.add(complaint);
				await walk.end();
			}
		});
	}

	const ask = (...request) => walk.ask(...request);
	const answer = (...request) => walk.answer(...request);

	/** Opens a page of a product in this organization. */
	const open = (product, page) => ada.page.goto(`/organizations/${organization}/licenses/${product}/${page}`);

	async function assign(...people) {
		const users = `/organizations/${organization}/licenses/KSE/users`;
		await answer(owner, 'POST', users, { emails: people.map(({ email }) => email) });
	}

	function checkOut(person, machine, more = {}) {
		return ask(person, 'POST', '/leases', {
			...{ organization_id: organization, package: 'ENGINE', hostname: machine, client_version: '10.3.1' },
			...{ machine_id: `machine-of-${machine}`, session_id: `session-on-${machine}` },
			...more
		});
	}

	/** Takes a seat; returns the id of the live session. */
	async function takes(person, machine, more) {
		const { status, body } = await checkOut(person, machine, more);
		assert.equal(status, 200, `${machine}: ${JSON.stringify(body)}`);
		return body.id;
	}

	scene('the home page leads to the first assignment', async () => {
		ada = await walk.visitor();
		await signIn(ada, owner);
		await ada.part('step-licenses').waitFor();
		assert.equal(await ada.part('step-licenses').getAttribute('data-done'), 'false');
		await ada.part('step-licenses').getByRole('link').click();
		await ada.part('assign-form').waitFor();
		await reads(ada, 'subscribed', /^25$/);
		await reads(ada, 'available', /^25$/);
		await ada.part('assign-close').click();
		await look(ada.page, 'licenses-empty');
	});

	scene('many addresses are assigned at once, each with its answer', async () => {
		await open('KSE', 'users');
		await ada.part('assign-license').click();
		await ada.part('assign-submit').click();
		await ada.part('addresses-error').waitFor();
		await ada.part('addresses').fill(`${grace.email}, ${owner.email}\nnobody stranger@example.com`);
		await reads(ada, 'address-count', '3');
		await ada.part('assign-submit').click();
		await ada.part('assign-results').waitFor();
		const outcomes = await ada.part('assign-result').evaluateAll((rows) => rows.map((row) => row.dataset.outcome));
		assert.deepEqual(outcomes.toSorted(), ['assigned', 'assigned', 'invalid', 'not_a_member']);
		assert.equal(await ada.part('addresses').inputValue(), 'nobody\nstranger@example.com');
		await total(ada, 2);
		await look(ada.page, 'licenses-assign');
		await ada.part('assign-close').click();
		await ada.part('table-search').fill('hopper');
		await total(ada, 1);
		await ada.part('table-search').fill('');
		await total(ada, 2);
		const csv = await download(ada, ada.part('export-csv'));
		assert.match(csv.name, /\.csv$/);
		assert.ok(csv.text.includes(grace.email), csv.text);
	});

	scene('a program takes a seat by an API key, and its session appears', async () => {
		await assign(grace, owner);
		await open('KSE', 'users');
		grace.key = (await answer(grace, 'POST', '/me/api-keys', { name: 'Night builds' })).key;
		const editor = await checkOut(grace, 'desk-12', { package: 'KSE' });
		assert.equal(editor.status, 200, JSON.stringify(editor.body));
		assert.match(editor.body.lease, COMPACT_JWS);
		await ada.page.reload();
		await ada.page.locator('tr').filter({ hasText: 'desk-12' }).waitFor();
		await look(ada.page, 'licenses-users');
		grace.session = (await checkOut(grace, 'build-07')).body.id;
		await switchTo(ada, 'KRE');
		await ada.part('tab-online').click();
		await total(ada, 1);
		await ada.page.locator('tr').filter({ hasText: 'build-07' }).waitFor();
		await reads(ada, 'available', /^9$/);
		assert.equal((await checkOut(grace, 'notebook', { borrow_days: 3 })).status, 200);
		await ada.page.locator('[data-testid=session-kind][data-kind=borrowed]').waitFor();
		await look(ada.page, 'licenses-online');
	});

	scene('ending a session ends it for the program', async () => {
		grace.session = await takes(grace, 'build-07');
		await takes(grace, 'notebook', { borrow_days: 3 });
		await open('KRE', 'online');
		assert.equal((await ask(grace, 'POST', `/leases/${grace.session}/renew`, {})).status, 200);
		await chooseInRow(ada, 'build-07', 'menu-revoke');
		assert.match(await ada.part('confirm-dialog').innerText(), /build-07/);
		await confirm(ada);
		await total(ada, 1);
		await reads(ada, 'available', /^9$/);
		const renewal = await ask(grace, 'POST', `/leases/${grace.session}/renew`, {});
		assert.equal(renewal.status, 410);
		assert.equal(renewal.body.error.code, 'session_ended');
		assert.ok(renewal.body.error.message.includes(owner.email), renewal.body.error.message);
	});

	scene('an offline license is created once its finality is confirmed, and downloaded', async () => {
		await takes(grace, 'notebook', { borrow_days: 3 });
		await open('KRE', 'online');
		await ada.part('tab-offline').click();
		await ada.part('create-offline').click();
		await ada.part('holder').fill('Laboratory, second floor');
		assert.equal(await ada.part('offline-submit').getAttribute('aria-disabled'), 'true');
		assert.match(await ada.part('offline-warning').innerText(), /cannot be revoked/);
		await ada.part('offline-understood').check();
		await ada.part('offline-submit').click();
		await ada.part('machine_key-error').waitFor();
		await ada.part('machine-key').fill('lab machine');
		await ada.part('offline-submit').click();
		await reads(ada, 'machine_key-error', 'without spaces');
		await look(ada.page, 'licenses-offline-form');
		await ada.part('machine-key').fill('laboratory-2');
		await ada.part('offline-submit').click();
		await ada.part('offline-created').waitFor();
		await total(ada, 1);
		await reads(ada, 'available', /^8$/);
		await look(ada.page, 'licenses-offline');
		const made = await download(ada, ada.part('offline-download'));
		assert.equal(made.name, 'KRE_laboratory-2.lic');
		assert.match(made.text, COMPACT_JWS);
		const claims = JSON.parse(Buffer.from(made.text.split('.')[1], 'base64url').toString());
		assert.ok(JSON.stringify(claims).includes('laboratory-2'), JSON.stringify(claims));
		assert.deepEqual(await download(ada, ada.part('row-download')), made);
	});

	scene('removing a machine ends its session', async () => {
		await open('KRE', 'online');
		const { body } = await checkOut(grace, 'build-08');
		await ada.part('tab-machines').click();
		await ada.page.locator('tr').filter({ hasText: 'build-08' }).waitFor();
		await look(ada.page, 'licenses-machines');
		await chooseInRow(ada, 'build-08', 'menu-remove');
		assert.match(await ada.part('confirm-dialog').innerText(), /sessions end now/);
		await confirm(ada);
		await ada.page.locator('tr').filter({ hasText: 'build-08' }).waitFor({ state: 'detached' });
		assert.equal((await ask(grace, 'POST', `/leases/${body.id}/renew`, {})).status, 410);
	});

	scene('settings are checked, saved and kept', async () => {
		await open('KRE', 'users');
		await ada.part('tab-settings').click();
		await ada.part('idle-on').check();
		await ada.part('idle-minutes').fill('2');
		await ada.part('reserve-for').selectOption({ label: 'Parsers' });
		await ada.part('reservation-seats').fill('3');
		await ada.part('save').click();
		await reads(ada, 'idle_minutes-error', '5 to 1440');
		await ada.part('idle-minutes').fill('60');
		await ada.part('assigned-only').check();
		await look(ada.page, 'licenses-settings');
		await ada.part('save').click();
		await reads(ada, 'save-note', 'Saved');
		await ada.page.reload();
		assert.equal(await ada.part('idle-minutes').inputValue(), '60');
		assert.equal(await ada.part('reservation-seats').inputValue(), '3');
		assert.ok(await ada.part('assigned-only').isChecked());
		const refused = await checkOut(barbara, 'build-09');
		assert.equal(refused.body.error.code, 'not_licensed');
		await ada.part('assigned-only').uncheck();
		await ada.part('reservation-remove').click();
		await ada.part('save').click();
		await reads(ada, 'save-note', 'Saved');
	});

	scene('an empty pool: who waits is told, denials and a forecast are shown', async () => {
		await open('KRE', 'users');
		await takes(grace, 'notebook', { borrow_days: 3 });
		await takes(grace, 'desk-07');
		// In containers, whose machines are not registered.
		const container = { package: 'FLOATING_ENGINE' };
		for (let index = 0; index < 8; index++)
			assert.equal((await checkOut(grace, `farm-${index}`, container)).status, 200, `seat ${index}`);
		for (const host of ['late-1', 'late-2']) {
			const refused = await checkOut(grace, host, container);
			assert.equal(refused.status, 409);
			assert.equal(refused.body.error.code, 'no_seat');
		}
		assert.equal((await checkOut(grace, 'patient', { ...container, wait: true })).status, 202);
		await ada.part('tab-online').click();
		await ada.part('warning-waiting').waitFor();
		await reads(ada, 'available', /^0$/);
		await look(ada.page, 'licenses-empty-pool');
		await ada.part('tab-usage').click();
		await ada.part('peak-chart').waitFor();
		assert.match(await ada.part('forecast').innerText(), /would have avoided/);
		await look(ada.page, 'licenses-usage');
		await ada.part('usage-as-table').click();
		await ada.part('usage-table').waitFor();
		await look(ada.page, 'licenses-usage-table');
		await ada.part('usage-as-table').click();
		await ada.part('usage-days').selectOption('7');
		await reads(ada, 'peak-chart', 'each hour');
		await total(ada, 1);
		await ada.part('utilization').scrollIntoViewIfNeeded();
		await look(ada.page, 'licenses-utilization');
		await ada.part('to-filter').fill('2020-01-01');
		await ada.part('from-filter').fill('2020-01-01');
		await ada.part('table-clear').waitFor();
		await ada.part('table-clear').click();
		await total(ada, 1);
		const csv = await download(ada, ada.part('export-csv'));
		assert.ok(csv.text.includes(grace.email), csv.text);
	});

	scene('a license goes from one person to another, and is revoked', async () => {
		await assign(grace, owner);
		await takes(grace, 'desk-12', { package: 'KSE' });
		await open('KRE', 'users');
		await switchTo(ada, 'KSE');
		await ada.part('tab-users').click();
		await chooseInRow(ada, 'hopper', 'menu-transfer');
		await ada.part('transfer-to').click();
		await ada.part('transfer-to').pressSequentially('barbara');
		await ada.part(`transfer-to-${barbara.id}`).click();
		await picture(ada.page, 'licenses-transfer.png');
		await confirm(ada);
		await ada.page.locator('tr').filter({ hasText: barbara.email }).waitFor();
		assert.equal(await ada.page.locator('tr').filter({ hasText: 'hopper' }).count(), 0);
		assert.equal((await answer(grace, 'GET', '/leases')).items.filter((it) => it.product === 'KSE').length, 0);
		await chooseInRow(ada, barbara.email, 'menu-revoke');
		await total(ada, 1);
	});

	scene('what other organizations take of the same quotas is told', async () => {
		await assign(barbara);
		await takes(barbara, 'desk-12', { package: 'KSE' });
		await open('KSE', 'users');
		const debuggers = (await answer(owner, 'POST', '/organizations', { name: 'Debuggers' })).id;
		const theirs = { organization_id: debuggers, package: 'KSE' };
		await answer(owner, 'POST', `/organizations/${debuggers}/licenses/KSE/users`, { emails: [owner.email] });
		assert.equal((await checkOut(owner, 'their-desk', theirs)).status, 200);
		await ada.part('tab-machines').click();
		for (const id of ['assigned', 'seats-used', 'machines-where']) await reads(ada, id, '1 in other organizations');
		await reads(ada, 'assigned', '1 assigned');
		await reads(ada, 'machines-used', /^2$/);
		await reads(ada, 'machines-where', '1 here');
		await reads(ada, 'machines-drawn', '1 registered here');
		await reads(ada, 'machines-drawn', '2 of 25');
		await total(ada, 1);
		await look(ada.page, 'licenses-elsewhere');
	});

	scene('the account limits what an organization may take', async () => {
		await assign(owner);
		await ada.page.goto('/');
		await ada.part('nav-account').click();
		await ada.part('tab-licenses').click();
		await ada.part('license-files').waitFor();
		assert.equal(await ada.part('license-file').first().getAttribute('data-state'), 'active');
		const row = ada.part('shares-KSE').getByTestId(`share-${organization}`);
		await row.getByTestId('share-edit').click();
		await row.getByTestId('share-seats').fill('many');
		await row.getByTestId('share-save').click();
		await row.getByRole('alert').waitFor();
		await look(ada.page, 'licenses-account');
		await row.getByTestId('share-seats').fill('5');
		await row.getByTestId('share-save').click();
		await row.getByTestId('share-value').filter({ hasText: '5' }).waitFor();
		await row.scrollIntoViewIfNeeded();
		await look(ada.page, 'licenses-account-shares');
		await row.getByRole('link').click();
		await reads(ada, 'share', '5 seats');
		await reads(ada, 'available', /^5$/);
		const share = `/accounts/1/licenses/KSE/shares/${organization}`;
		await answer(owner, 'PUT', share, { seats: 1 });
		await ada.page.reload();
		const button = ada.page.locator('[data-testid=assign-license][aria-disabled=true]');
		const reason = await button.getAttribute('aria-describedby');
		assert.match(await ada.page.locator(`[id="${reason}"]`).innerText(), /share \(1\) are assigned/);
		await answer(owner, 'PUT', share, { seats: 5 });
	});

	scene('a Billing Manager sees the subscription, and not who uses it', async () => {
		await answer(owner, 'PATCH', `/accounts/1/users/${barbara.id}`, { role: 'billing_manager' });
		await signIn(other, barbara);
		assert.equal(await other.part('nav-licenses').count(), 0);
		await other.part('nav-account').click();
		await other.part('license-files').waitFor();
		await other.part('account-KSE').getByTestId('subscribed').filter({ hasText: '25' }).waitFor();
		assert.equal(await other.part('shares-KSE').count(), 0);
		await look(other.page, 'licenses-billing-manager');
		await other.page.goto(`/organizations/${organization}/licenses/KSE/users`);
		await other.part('error-page').waitFor();
	});

	scene('a second license file adds its seats, and is taken once', async () => {
		const second = await installation.addition(5, 1, 20);
		await importFile(ada, second);
		await ada.part('license-imported').waitFor();
		assert.match(await ada.part('license-imported').innerText(), /KSE 5 and KRE 1/);
		await subscribed(ada, 'KSE', 30);
		await subscribed(ada, 'KRE', 11);
		assert.equal(await ada.part('license-file').count(), 2);
		await look(ada.page, 'licenses-imported');
		await ada.part('import-close').click();
		await ada.part('account-KSE').scrollIntoViewIfNeeded();
		await look(ada.page, 'licenses-two-files');
		await ada.page.goto(`/organizations/${organization}/licenses/KRE/users`);
		await reads(ada, 'subscribed', /^11$/);
		await importFile(ada, second);
		await ada.part('license-error').waitFor();
		assert.match(await ada.part('license-error').innerText(), /already installed/);
		assert.equal(await ada.part('license-imported').count(), 0);
		await look(ada.page, 'licenses-refused');
	});

	scene('a renewal with fewer seats: who works goes on, nobody new gets in, and the page says so', async () => {
		await installation.activate(await installation.addition(5, 1, 20));
		const ended = await takes(grace, 'build-07');
		await answer(grace, 'DELETE', `/leases/${ended}`);
		await takes(grace, 'notebook', { borrow_days: 3 });
		for (let index = 0; index < 8; index++) await takes(grace, `farm-${index}`, { package: 'FLOATING_ENGINE' });
		await importFile(ada, await installation.renewal(1, 6));
		await ada.part('license-imported').waitFor();
		await ada.part('import-close').click();
		await ada.page.locator('[data-testid=license-file][data-state=replaced]').waitFor();
		const states = await ada.part('license-file').evaluateAll((rows) => rows.map((row) => row.dataset.state));
		assert.deepEqual(states, ['expiring', 'expiring', 'replaced']);
		await subscribed(ada, 'KSE', 30);
		await subscribed(ada, 'KRE', 2);
		await ada.part('account-KRE').getByTestId('warning-over-quota').waitFor();
		await look(ada.page, 'licenses-renewed');
		await ada.page.goto(`/organizations/${organization}/licenses/KRE/online`);
		await reads(ada, 'subscribed', /^2$/);
		await ada.part('warning-over-quota').waitFor();
		await ada.page.locator('[data-testid=product-state][data-tone=error]').waitFor();
		await ada.part('warning-machines').waitFor();
		await total(ada, 9);
		await look(ada.page, 'licenses-over-quota');
		assert.equal((await checkOut(grace, 'one-more', { package: 'FLOATING_ENGINE' })).status, 409);
	});

	scene('the audit log tells what was done', async () => {
		const users = `/organizations/${organization}/licenses/KSE/users`;
		await assign(grace);
		await answer(owner, 'POST', `${users}/${grace.id}/transfer`, { email: barbara.email });
		await answer(owner, 'DELETE', `${users}/${barbara.id}`);
		await open('KSE', 'users');
		await ada.part('nav-audit').click();
		for (const action of ['assigned a license to', 'transferred the license of', 'revoked the license of'])
			await ada.part('audit-log').locator('td').filter({ hasText: action }).first().waitFor();
	});

	test('no page had a script error, a policy violation or a failed request', () => {
		assert.deepEqual([...complaints], []);
	});
});
