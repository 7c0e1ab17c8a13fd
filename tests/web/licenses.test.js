// License Management in the browser: an owner assigns licenses, programs take seats by the API, and the pages show and
// end these sessions; also offline licenses, machines, usage, settings, shares, and the views of a Billing Manager and
// a member. Seats are counted over a whole server, so each test has its own server.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { launch } from './browser.js';
import { chooseInRow, confirm, download, importFile, reads, subscribed, switchTo } from './license-steps.js';
import { look, picture } from './look.js';
import { settled } from './pages.js';
import { Walk, signIn, total, until } from './visitors.js';

/** The Machine ID of a program. */
const LABORATORY = 'a1b2c3d4e5f60718293a4b5c6d7e8f90';
const COMPACT_JWS = /^[\w-]+\.[\w-]+\.[\w-]+\s*$/;

describe('licenses', { timeout: 600_000 }, () => {
	const complaints = new Set();
	let browser;
	before(async () => (browser = await launch()));
	after(() => browser?.close());
	let walk, installation, organization, owner, grace, barbara, ada, other;

	/** A test with the organization “Compilers”, its team “Parsers” and two members; `ada` is the owner's browser. */
	function scene(name, work) {
		test(name, async () => {
			walk = new Walk('licenses');
			owner = { email: 'ada@example.com', password: 'Analytical engine 1843' };
			grace = { email: 'grace.brewster.murray.hopper@compilers.navy.example.com', password: 'Nanoseconds 1952' };
			barbara = { email: 'barbara@example.com', password: 'Substitution principle 1987' };
			try {
				await walk.start(owner, { browser });
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
		await ada.part('offline-review').click();
		await ada.part('machine_key-error').waitFor();
		// Told as typed: characters that do not belong, then how many are missing.
		await ada.part('machine-key').fill('XYZ-not-hex');
		await reads(ada, 'machine_key-error', /“x”, “y”, and “z” do not belong/);
		await look(ada.page, 'licenses-offline-form');
		await ada.part('machine-key').fill(LABORATORY.slice(2));
		await reads(ada, 'machine-key-count', '30 of 32');
		await ada.part('offline-review').click();
		await reads(ada, 'machine_key-error', '2 are missing');
		await ada.part('machine-key').fill(` ${LABORATORY.toUpperCase().match(/.{4}/g).join(' ')}`);
		await ada.part('offline-review').click();
		assert.equal(await ada.part('offline-submit').getAttribute('aria-disabled'), 'true');
		assert.match(await ada.part('offline-warning').innerText(), /cannot be revoked/);
		assert.match(await ada.part('offline-facts').innerText(), /Laboratory, second floor/);
		await reads(ada, 'offline-facts', '8 after this (9 now)');
		await look(ada.page, 'licenses-offline-review');
		await ada.part('offline-back').click();
		assert.equal(await ada.part('holder').inputValue(), 'Laboratory, second floor');
		await ada.part('offline-review').click();
		await reads(ada, 'available', /^9$/);
		await ada.part('offline-understood').check();
		await ada.part('offline-submit').click();
		await ada.part('offline-created').waitFor();
		await total(ada, 1);
		await reads(ada, 'available', /^8$/);
		await look(ada.page, 'licenses-offline');
		const made = await download(ada, ada.part('offline-download'));
		assert.equal(made.name, `KRE_${LABORATORY}.lic`);
		assert.match(made.text, COMPACT_JWS);
		const claims = JSON.parse(Buffer.from(made.text.split('.')[1], 'base64url').toString());
		assert.ok(JSON.stringify(claims).includes(LABORATORY), JSON.stringify(claims));
		assert.deepEqual(await download(ada, ada.part('row-download')), made);
	});

	scene('a session that ended takes nothing that was typed into a license form', async () => {
		const users = await answer(owner, 'GET', `/organizations/${organization}/users?search=${barbara.email}`);
		const self = users.items[0].user_id;
		await answer(owner, 'PATCH', `/organizations/${organization}/users/${self}`, { role: 'admin' });
		const admin = await walk.visitor(barbara);
		const license = `/organizations/${organization}/licenses/KSE`;
		const forms = [
			{ page: 'users', open: 'assign-license', field: 'addresses', text: grace.email, send: 'assign-submit' },
			{ page: 'offline', open: 'create-offline', field: 'holder', text: 'Laboratory', send: 'offline-submit' }
		];
		for (const { page, open: button, field, text, send } of forms) {
			await admin.page.goto(`${license}/${page}`);
			await admin.part(button).click();
			await admin.part(field).fill(text);
			if (page === 'offline') {
				await admin.part('machine-key').fill(LABORATORY);
				await admin.part('offline-review').click();
				await admin.part('offline-understood').check();
			}
			await answer(owner, 'DELETE', `/accounts/1/users/${self}/sessions`);
			await admin.part(send).click();
			await admin.part('session-ended').waitFor();
			await admin.part('email').fill(barbara.email);
			await admin.part('password').fill(barbara.password);
			await admin.part('sign-in').click();
			await admin.page.waitForURL(`**${license}/${page}`);
			await admin.part('draft-restored').waitFor();
			assert.equal(await admin.part(field).inputValue(), text);
			// Escape keeps it, the button drops it.
			await admin.part(field).press('Escape');
			await admin.part(field).waitFor({ state: 'detached' });
			await admin.part(button).click();
			assert.equal(await admin.part(field).inputValue(), text);
			await admin.part(page === 'offline' ? 'offline-cancel' : 'assign-close').click();
			await admin.part(button).click();
			assert.equal(await admin.part(field).inputValue(), '');
		}
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
		await reads(ada, 'settings-effect', /After saving.*3 of 10 seats are kept for Parsers \(3\)\. 7 seats are left/s);
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
		await reads(ada, 'forecast-chart', /With \+1.*left/s);
		for (const chart of ['peak-chart', 'full-chart', 'denied-chart', 'forecast-chart']) {
			await ada.part(`${chart}-as-table`).click();
			await ada.part(`${chart}-table`).waitFor();
		}
		const denied = await ada.part('denied-chart-table').locator('td').allInnerTexts();
		assert.equal(denied.reduce((sum, count) => sum + (Number(count) || 0), 0), 3, 'two refusals, one that waits');
		await look(ada.page, 'licenses-usage-table');
		await ada.part('peak-chart-as-table').click();
		await ada.part('usage-days').selectOption('7');
		await reads(ada, 'peak-chart', 'per hour');
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

	scene('who waits is shown, and a seat is freed for them in three clicks', async () => {
		const container = { package: 'FLOATING_ENGINE' };
		for (let index = 0; index < 10; index++)
			assert.equal((await checkOut(grace, `farm-${index}`, container)).status, 200, `seat ${index}`);
		const patient = () => checkOut(barbara, 'patient', { ...container, wait: true });
		assert.equal((await patient()).status, 202);
		await open('KRE', 'online');
		const row = ada.part('queue-row');
		await row.waitFor();
		assert.match(await row.innerText(), /patient.*All seats are in use/s);
		assert.equal(await ada.part('seat-bar').getAttribute('data-total'), '10');
		await look(ada.page, 'licenses-seats-full');
		await patient();
		await ada.page.reload();
		await ada.part('free-seat').click();
		await ada.page.locator('[data-testid=free-seat-choice][data-host=farm-4]').click();
		await picture(ada.page, 'licenses-free-seat.png');
		await confirm(ada);
		await until(async () => (await patient()).status === 200);
		await until(async () => (await ada.part('queue-row').count()) === 0);
		await until(async () => {
			const hosts = await ada.part('seat').evaluateAll((cells) => cells.map((cell) => cell.dataset.host));
			return hosts.includes('patient') && !hosts.includes('farm-4');
		});
	});

	scene('the seat map shows each seat, with its action in place', async () => {
		await takes(grace, 'notebook', { borrow_days: 3 });
		await takes(grace, 'desk-07');
		const team = (await answer(owner, 'GET', `/organizations/${organization}/teams`)).items[0].id;
		const reservations = [{ team_id: team, seats: 2 }];
		const settings = `/organizations/${organization}/licenses/KRE/settings`;
		await answer(owner, 'PUT', settings, { idle_minutes: null, assigned_only: false, reservations });
		const file = { machine_key: LABORATORY, holder: 'Laboratory', expires_on: null };
		await answer(owner, 'POST', `/organizations/${organization}/licenses/KRE/offline`, file);
		// Product URLs are case-insensitive, and keep the page.
		await ada.page.goto(`/organizations/${organization}/licenses/kre/online?search=desk`);
		await ada.page.waitForURL('**/licenses/KRE/online?search=desk');
		await ada.part('seat').first().waitFor();
		const states = await ada.part('seat').evaluateAll((cells) => cells.map((cell) => cell.dataset.state));
		assert.deepEqual(states, ['online', 'borrowed', 'offline', 'reserved', 'reserved', ...Array(5).fill('free')]);
		const parts = await ada.page.locator('[data-seats]').evaluateAll((all) => all.map((part) => Number(part.dataset.seats)));
		assert.equal(parts.reduce((sum, count) => sum + count, 0), 10, 'the legend adds up to the quota');
		// The first movement on a page has no distance.
		await ada.part('seat').nth(2).hover();
		await ada.part('seat').nth(3).hover();
		await reads(ada, 'seat-details', 'Reserved for the team Parsers');
		await ada.page.mouse.move(0, 0);
		await ada.part('seat-details').waitFor({ state: 'detached' });
		await look(ada.page, 'licenses-seats');
		// By keyboard: one stop for the map, then arrow keys.
		await ada.part('seat').first().focus();
		await ada.page.keyboard.press('ArrowRight');
		await ada.page.keyboard.press('Enter');
		await reads(ada, 'seat-details', 'notebook');
		await ada.page.keyboard.press('Escape');
		await ada.part('seat-details').waitFor({ state: 'detached' });
		await ada.part('seat').first().click();
		await picture(ada.page, 'licenses-seat-details.png');
		await ada.part('seat-end').click();
		await confirm(ada);
		await reads(ada, 'available', /^8$/);
		// On the other pages the map is folded, and the choice is remembered.
		await ada.part('tab-users').click();
		await ada.part('seat-map-toggle').click();
		await ada.part('seat').first().waitFor();
		await ada.page.reload();
		await ada.part('seat').first().waitFor();
	});

	for (const [zone, today] of [['Pacific/Pago_Pago', -11], ['UTC', 0], ['Pacific/Kiritimati', 14]])
		scene(`a license ends on the same day in every time zone: ${zone}`, async () => {
			await answer(owner, 'PATCH', '/me', { time_zone: zone });
			const { files } = await answer(owner, 'GET', '/accounts/1/licenses');
			const last = new Date(Date.parse(files[0].expires_at) - 1).toISOString().slice(0, 10);
			const words = (style) =>
				new Intl.DateTimeFormat('en-US', { dateStyle: style, timeZone: 'UTC' }).format(new Date(last));
			const file = { machine_key: LABORATORY, holder: 'Laboratory', expires_on: last };
			await answer(owner, 'POST', `/organizations/${organization}/licenses/KRE/offline`, file);
			await open('KRE', 'offline');
			await reads(ada, 'license-expiry', words('medium'));
			await ada.page.locator('tr').filter({ hasText: 'Laboratory' }).filter({ hasText: words('medium') }).waitFor();
			const there = new Date(Date.now() + today * 3_600_000).toISOString().slice(0, 10);
			const days = Math.round((Date.parse(last) - Date.parse(there)) / 86_400_000);
			await reads(ada, 'license-expiry', new RegExp(`in ${days} days|tomorrow|today`));
			await ada.page.goto('/account/licenses');
			await reads(ada, 'license-file', words('medium'));
			await reads(ada, 'timeline-chart', `none after ${words('medium')}`);
			await ada.page.goto(`/organizations/${organization}/audit`);
			await ada.part('audit-log').waitFor();
			await ada.page.locator('tr').filter({ hasText: 'Laboratory' }).first().waitFor();
			const log = await ada.part('audit-log').innerText();
			assert.ok(!log.includes('GMT') || log.includes(words('long')), log);
		});

	scene('nothing overflows on a phone', async () => {
		await assign(grace);
		await takes(grace, 'desk-07');
		await ada.page.setViewportSize({ width: 390, height: 844 });
		const org = `/organizations/${organization}/licenses/KRE`;
		const pages = ['/account/licenses', ...['users', 'online', 'offline', 'machines', 'usage', 'settings'].map((page) => `${org}/${page}`)];
		for (const path of pages) {
			await ada.page.goto(path);
			await ada.part('license-strip').first().waitFor();
			await settled(ada.page);
			const wide = await ada.page.evaluate(() => [...document.querySelectorAll('main *')]
				.filter((part) => part.checkVisibility() && !part.closest('.overflow-x-auto, .sr-only, thead, [data-testid=tabs]') && part.getBoundingClientRect().right > innerWidth + 1)
				.map((part) => `${part.tagName} ${part.className}`.slice(0, 100)));
			assert.deepEqual(wide, [], path);
			await picture(ada.page, `licenses-phone-${path.split('/').at(-1)}.png`);
		}
	});

	scene('a license goes from one person to another, and is revoked', async () => {
		await assign(grace, owner);
		await takes(grace, 'desk-12', { package: 'KSE' });
		await open('KRE', 'users');
		await switchTo(ada, 'KSE');
		await ada.part('tab-users').click();
		await chooseInRow(ada, 'hopper', 'menu-transfer');
		await ada.part('transfer-to').click();
		await ada.part(`transfer-to-${barbara.id}`).waitFor();
		assert.equal(await ada.part(`transfer-to-${grace.id}`).count(), 0, 'only people who can take it');
		const holder = (await answer(owner, 'GET', '/me')).user.id;
		assert.equal(await ada.part(`transfer-to-${holder}`).count(), 0, 'they have a license already');
		await ada.part('transfer-to').pressSequentially('barbara');
		await ada.part(`transfer-to-${barbara.id}`).click();
		await picture(ada.page, 'licenses-transfer.png');
		await confirm(ada);
		await ada.page.locator('tr').filter({ hasText: barbara.email }).waitFor();
		assert.equal(await ada.page.locator('tr').filter({ hasText: 'hopper' }).count(), 0);
		assert.equal((await answer(grace, 'GET', '/leases')).items.filter((it) => it.product === 'KSE').length, 0);
		await chooseInRow(ada, barbara.email, 'menu-revoke');
		await total(ada, 1);
		await ada.page.getByRole('button', { name: 'Undo' }).first().click();
		await total(ada, 2);
		// All at once, with a confirmation and one Undo.
		await ada.part('select-all').check();
		await ada.part('bulk-revoke').click();
		assert.match(await ada.part('confirm-dialog').innerText(), /Revoke 2 licenses/);
		await confirm(ada);
		await ada.part('table-empty').waitFor();
		await ada.page.getByRole('button', { name: 'Undo' }).last().click();
		await total(ada, 2);
	});

	scene('several sessions end at once', async () => {
		for (const host of ['farm-1', 'farm-2', 'farm-3']) await takes(grace, host, { package: 'FLOATING_ENGINE' });
		await open('KRE', 'online');
		await total(ada, 3);
		await ada.part('select-all').check();
		await ada.part('bulk-end').click();
		assert.match(await ada.part('confirm-dialog').innerText(), /End 3 sessions/);
		await confirm(ada);
		await ada.part('table-empty').waitFor();
		await reads(ada, 'available', /^10$/);
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
		assert.match(await ada.part('quota-split-KSE').innerText(), /1\s*assigned\s*\+\s*24\s*not assigned\s*=\s*25/);
		const split = await ada.part('quota-split-KRE').getByTestId('quota-part').allInnerTexts();
		assert.equal(split.reduce((sum, count) => sum + Number(count), 0), 10);
		await ada.part('timeline-chart').waitFor();
		// The license file's own page was an address of its own.
		await ada.page.goto('/license');
		await ada.page.waitForURL('**/account/licenses');
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
		for (const action of ['assigned a KSE license to', 'transferred the KSE license of', 'revoked the KSE license of'])
			await ada.part('audit-log').locator('td').filter({ hasText: action }).first().waitFor();
	});

	test('no page had a script error, a policy violation or a failed request', () => {
		assert.deepEqual([...complaints], []);
	});
});
