// The drawer behind every name: a person, a machine, a license session, with their own addresses and actions.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { confirm } from './license-steps.js';
import { look, picture } from './look.js';
import { Walk } from './visitors.js';

const owner = { email: 'ada@example.com', password: 'Analytical engine 1843' };

describe('the drawer', { timeout: 300_000 }, () => {
	const walk = new Walk('drawer');
	let made = 0;

	before(() => walk.start(owner));
	after(() => walk.end());

	/** An organization with Grace Hopper and Barbara Liskov, in a team and a project; Grace holds a seat. */
	async function workshop() {
		made++;
		const id = (await walk.answer(owner, 'POST', '/organizations', { name: `Compilers ${made}` })).id;
		const grace = { email: `grace${made}@compilers.example.com`, password: 'Nanoseconds 1952' };
		const barbara = { email: `barbara${made}@compilers.example.com`, password: 'Substitution 1987' };
		await walk.join(id, grace, { first_name: 'Grace', last_name: 'Hopper' });
		await walk.join(id, barbara, { first_name: 'Barbara', last_name: 'Liskov' });
		const team = await walk.answer(owner, 'POST', `/organizations/${id}/teams`, { name: 'Parsers' });
		await walk.answer(owner, 'POST', `/teams/${team.id}/users`, { user_ids: [grace.id], group_ids: [] });
		await walk.answer(owner, 'POST', `/organizations/${id}/projects`, { name: 'Grammar', team_id: team.id });
		await walk.answer(owner, 'POST', `/organizations/${id}/licenses/KSE/users`, { emails: [grace.email] });
		const session = await walk.answer(grace, 'POST', '/leases', {
			...{ organization_id: id, package: 'KSE', hostname: `lab-${made}`, client_version: '10.3.1' },
			...{ machine_id: `machine-of-lab-${made}`, session_id: `session-${made}` }
		});
		const place = `/organizations/${id}/licenses/KSE/machines`;
		const machine = (await walk.answer(owner, 'GET', place)).items[0];
		return { id, grace, barbara, session, machine };
	}

	const title = ({ part }, text) => part('drawer-title').filter({ hasText: text }).waitFor();

	walk.test('a person opens beside the table, with an address of their own', async () => {
		const { id, grace } = await workshop();
		const ada = await walk.visitor(owner);
		const { page, part } = ada;
		await page.goto(`/organizations/${id}/users?search=compilers`);
		await page.getByRole('link', { name: 'Grace Hopper' }).click();
		await title(ada, 'Grace Hopper');
		assert.ok(page.url().endsWith(`/organizations/${id}/users?search=compilers&person=${grace.id}`), page.url());
		for (const name of ['places', 'licenses', 'seats', 'sessions', 'keys', 'events'])
			await part(`drawer-${name}`).waitFor();
		assert.match(await part('drawer-places').innerText(), /Parsers/);
		assert.match(await part('drawer-seats').innerText(), new RegExp(`lab-${made}`));
		assert.equal(await part('table-search').inputValue(), 'compilers', 'the table stays');
		await look(page, 'drawer-person');
		await page.setViewportSize({ width: 1440, height: 900 });
		// The arrow keys of the table go to the next person.
		await part(`row-${grace.id}`).focus();
		await page.keyboard.press('ArrowUp');
		await title(ada, 'Barbara Liskov');
		await page.keyboard.press('Escape');
		await part('drawer').waitFor({ state: 'detached' });
		await page.goBack();
		await title(ada, 'Barbara Liskov');
		// The address alone opens it, also on another page.
		await page.goto(`/?person=${grace.id}`);
		await title(ada, 'Grace Hopper');
		await part('drawer-close').click();
		await part('drawer').waitFor({ state: 'detached' });
		assert.equal(new URL(page.url()).search, '');
	});

	walk.test('roles, licenses and sessions are changed in place', async () => {
		const { id, grace, barbara } = await workshop();
		const ada = await walk.visitor(owner);
		const { page, part } = ada;
		await page.setViewportSize({ width: 1440, height: 900 });
		await page.goto(`/organizations/${id}/users?person=${barbara.id}`);
		await part('drawer-assign-KSE').click();
		await part('drawer-revoke-KSE').waitFor();
		const places = `/organizations/${id}/licenses/KSE/users`;
		assert.equal((await walk.answer(owner, 'GET', places)).total, 2);
		await part('drawer-revoke-KSE').click();
		await confirm(ada);
		await part('drawer-assign-KSE').waitFor();
		assert.equal((await walk.answer(owner, 'GET', places)).total, 1);
		await part('toasts').getByRole('button', { name: 'Undo' }).click();
		await part('drawer-revoke-KSE').waitFor();
		assert.equal((await walk.answer(owner, 'GET', places)).total, 2);
		// The role in the organization, and the table behind shows it.
		const row = part('drawer-places').locator('li').filter({ hasText: `Compilers ${made}` });
		await row.getByTestId('role').click();
		await part('role-admin').click();
		const behind = part('users-table').getByTestId(`row-${barbara.id}`);
		await behind.locator('[data-testid=role][data-value=admin]').waitFor();
		await part('drawer-end-sessions').click();
		await confirm(ada);
		await part('drawer-sessions').filter({ hasText: 'Not signed in anywhere' }).waitFor();
		assert.equal((await walk.ask(barbara, 'GET', '/me')).status, 401);
		void grace;
	});

	walk.test('a machine and its session, up to their end', async () => {
		const { id, grace, session, machine } = await workshop();
		const ada = await walk.visitor(owner);
		const { page, part } = ada;
		await page.goto(`/organizations/${id}/licenses/KSE/machines`);
		await page.getByRole('link', { name: `lab-${made}` }).click();
		await title(ada, `lab-${made}`);
		assert.ok(page.url().endsWith(`?machine=${machine.id}`), page.url());
		assert.match(await part('drawer-people').innerText(), /Grace Hopper/);
		await look(page, 'drawer-machine');
		await page.setViewportSize({ width: 1440, height: 900 });
		await part('drawer-seats').getByRole('link', { name: 'Grace Hopper' }).click();
		await page.waitForURL(`**?session=${session.id}`);
		await title(ada, 'Grace Hopper');
		await look(page, 'drawer-session');
		await page.setViewportSize({ width: 1440, height: 900 });
		await part('drawer-end-session').click();
		await confirm(ada);
		await part('drawer').filter({ hasText: 'The license was revoked' }).waitFor();
		assert.equal((await walk.ask(grace, 'POST', `/leases/${session.id}/renew`, {})).status, 410);
		await page.goto(`/organizations/${id}/licenses/KSE/machines?machine=${machine.id}`);
		await part('drawer-remove-machine').click();
		await confirm(ada);
		await part('drawer').waitFor({ state: 'detached' });
		assert.equal((await walk.ask(owner, 'GET', `/license-machines/${machine.id}`)).status, 404);
		await page.goto(`/?machine=${machine.id}`);
		await part('drawer-load-error').waitFor();
		walk.complaints.clear();
	});

	walk.test('a member sees of colleagues only what their lists show', async () => {
		const { id, grace, barbara } = await workshop();
		const { page, part } = await walk.visitor(barbara);
		await page.setViewportSize({ width: 1440, height: 900 });
		await page.goto(`/?person=${grace.id}`);
		await part('drawer-load-error').waitFor();
		const { items } = await walk.answer(owner, 'GET', `/organizations/${id}/teams`);
		await walk.answer(owner, 'POST', `/teams/${items[0].id}/users`, { user_ids: [barbara.id], group_ids: [] });
		await page.goto(`/teams/${items[0].id}/users?person=${grace.id}`);
		await part('drawer-places').filter({ hasText: 'Parsers' }).waitFor();
		for (const name of ['licenses', 'seats', 'sessions', 'keys', 'events'])
			assert.equal(await part(`drawer-${name}`).count(), 0, name);
		await picture(page, 'drawer-person-member.png');
		walk.complaints.clear();
	});

	walk.test('on a phone it is a page of its own that keeps the focus', async () => {
		const { id, grace } = await workshop();
		const ada = await walk.visitor(owner);
		const { page, part } = ada;
		await page.setViewportSize({ width: 390, height: 844 });
		await page.goto(`/organizations/${id}/users?person=${grace.id}`);
		await title(ada, 'Grace Hopper');
		await picture(page, 'drawer-person-390x844.png');
		const inside = () => part('drawer').evaluate((drawer) => drawer.contains(document.activeElement));
		for (let tabs = 0; tabs < 40; tabs++) {
			await page.keyboard.press('Tab');
			assert.ok(await inside(), `after ${tabs} tabs`);
		}
		const width = await part('drawer').evaluate((drawer) => drawer.scrollWidth - drawer.clientWidth);
		assert.equal(width, 0, 'nothing overflows');
		await page.keyboard.press('Escape');
		await part('drawer').waitFor({ state: 'detached' });
		assert.ok(page.url().endsWith(`/organizations/${id}/users`), page.url());
	});

	test('no page complained', () => assert.deepEqual([...walk.complaints], []));
});
