// Owners, invited people and members in their own browsers: organizations, invitations, teams, projects, groups,
// profile and audit log. Each test has its own organization, made by the API.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { look, picture } from './look.js';
import { Walk, create, fillSignIn, signIn, total } from './visitors.js';

const owner = { email: 'ada@example.com', password: 'Analytical engine 1843' };

describe('people of an organization', { timeout: 300_000 }, () => {
	const walk = new Walk('people');
	let made = 0;

	before(() => walk.start(owner));
	after(() => walk.end());

	/** An unknown person, with the longest possible address. */
	function stranger() {
		const email = `grace.brewster.murray.hopper@compilers-${++made}.navy.example.com`;
		return { email, password: 'Nanoseconds 1952' };
	}

	async function organization(name = `Compilers ${++made}`) {
		return (await walk.answer(owner, 'POST', '/organizations', { name })).id;
	}

	/** An organization of two: the owner and Grace Hopper. */
	async function company() {
		const guest = stranger();
		const id = await organization();
		await walk.join(id, guest, { first_name: 'Grace', last_name: 'Hopper' });
		return { id, guest };
	}

	/** A company with the team “Parsers” and, in it, the project “Grammar”; both belong to the team. */
	async function workshop() {
		const { id, guest } = await company();
		const team = await walk.answer(owner, 'POST', `/organizations/${id}/teams`, { name: 'Parsers' });
		const people = { user_ids: [guest.id], group_ids: [] };
		await walk.answer(owner, 'POST', `/teams/${team.id}/users`, people);
		await walk.answer(owner, 'POST', `/organizations/${id}/projects`, { name: 'Grammar', team_id: team.id });
		return { id, guest };
	}

	async function members() {
		return (await walk.answer(owner, 'GET', '/accounts/1/users')).total;
	}

	walk.test('the owner creates an organization, after confirming', async () => {
		const ada = await walk.visitor();
		await signIn(ada, owner);
		await look(ada.page, 'people-home-empty');
		await ada.part('create-organization').click();
		await ada.part('name').fill('Compilers');
		await look(ada.page, 'people-create-organization');
		await ada.part('create-confirm').click();
		await ada.page.waitForURL(/\/organizations\/\d+/);
		await ada.part('nav-settings').click();
		await ada.part('organization-id').waitFor();
		assert.match(await ada.part('organization-id').innerText(), /\d+/);
		await look(ada.page, 'people-organization-settings');
	});

	walk.test('many addresses are invited at once, each with its answer', async () => {
		const guest = stranger();
		const ada = await walk.visitor(owner);
		await ada.page.goto(`/organizations/${await organization()}`);
		await ada.part('nav-users').click();
		await ada.part('tab-invitations').click();
		await ada.part('invite-open').click();
		await ada.part('addresses').fill(`${guest.email}, nobody\n${guest.email} ${owner.email}`);
		for (const [state, count] of [['invited', 1], ['invalid', 1], ['already_member', 1]])
			await ada.part('chips').locator(`[data-state=${state}]`).nth(count - 1).waitFor();
		assert.match(await ada.part('chips-merged').innerText(), /1 duplicate merged/);
		await look(ada.page, 'people-invite-panel');
		await ada.part('invite').click();
		await ada.part('invite-results').waitFor();
		const outcomes = await ada.part('invite-result').evaluateAll((rows) => rows.map((row) => row.dataset.outcome));
		for (const outcome of ['invited', 'invalid', 'already_member']) assert.ok(outcomes.includes(outcome), `${outcomes}`);
		await total(ada, 1);
		await look(ada.page, 'people-invitations');
	});

	walk.test('the invited person updates the password and signs in', async () => {
		const guest = stranger();
		const id = await organization();
		await walk.invite(id, guest);
		const ada = await walk.visitor(owner);
		await ada.page.goto(`/organizations/${id}/invitations`);
		const link = await ada.part('invitation-link').first().getAttribute('title');
		assert.ok(link.startsWith(`${walk.installation.url}/invitation#token=`), link);
		const grace = await walk.visitor();
		await grace.page.goto(link);
		await grace.part('set-password-form').waitFor();
		assert.ok(!grace.page.url().includes('token'), grace.page.url());
		await look(grace.page, 'people-invitation');
		await grace.part('first-name').fill('Grace');
		await grace.part('last-name').fill('Hopper');
		await grace.part('password').fill('short');
		await grace.part('update-password').click();
		await grace.part('password-error').waitFor();
		await grace.part('password').fill(guest.password);
		await grace.part('update-password').click();
		await grace.page.waitForURL(`**/organizations/${id}/welcome`);
		await grace.part('account-name').waitFor();
		assert.equal(await grace.part('account-name').innerText(), 'Grace Hopper');
		assert.match(await grace.part('organization-switcher').innerText(), /Compilers/);
		await look(grace.page, 'people-welcome');
		await grace.page.goto('/');
		await grace.part('account-name').waitFor();
		await look(grace.page, 'people-member-home');
	});

	walk.test('a password that was set without a sign-in waits for the first one', async () => {
		const guest = stranger();
		const id = await organization();
		await walk.setPassword(await walk.invite(id, guest), guest);
		const ada = await walk.visitor(owner);
		await ada.page.goto(`/organizations/${id}/invitations`);
		await ada.page.locator('[data-testid=invitation-state][data-state=waits_for_sign_in]').waitFor();
	});

	walk.test('the link is used up, for her and for anybody else', async () => {
		const guest = stranger();
		const link = await walk.invite(await organization(), guest);
		await walk.setPassword(link, guest);
		await walk.signInByApi(guest);
		const third = await walk.visitor();
		await third.page.goto(link);
		await third.part('invitation-refused').waitFor();
		assert.match(await third.part('invitation-error').innerText(), /This link has been used to reset password\./);
		await look(third.page, 'people-invitation-used');
	});

	walk.test('she is in the list, and the list says what may be done', async () => {
		const { id } = await company();
		const ada = await walk.visitor(owner);
		await ada.page.goto(`/organizations/${id}/users`);
		await total(ada, 2);
		await ada.part('table-search').fill('hopper');
		await total(ada, 1);
		await look(ada.page, 'people-users');
		await ada.part('table-search').fill('');
		await total(ada, 2);
		const csv = ada.page.waitForEvent('download');
		await ada.part('export-csv').click();
		assert.match((await csv).suggestedFilename(), /\.csv$/);
	});

	walk.test('an invitation for another account cannot be accepted', async () => {
		const { id, guest } = await company();
		const ada = await walk.visitor(owner);
		await ada.page.goto(`/organizations/${id}/users`);
		await ada.part('tab-invitations').click();
		await ada.part('invite-open').click();
		await ada.part('addresses').fill('third@example.com');
		await ada.part('invite').click();
		await total(ada, 1);
		const link = await ada.part('invitation-link').first().getAttribute('title');
		const grace = await walk.visitor(guest);
		await grace.page.goto(link);
		await grace.part('invitation-refused').waitFor();
		assert.match(await grace.part('invitation-error').innerText(), /Cannot accept the invitation\./);
		await look(grace.page, 'people-invitation-other-account');
		await grace.part('invitation-stay').click();
		await grace.part('account-name').waitFor();
	});

	walk.test('a team, a project in it and a user group', async () => {
		const { id } = await company();
		const ada = await walk.visitor(owner);
		await ada.page.goto(`/organizations/${id}/users`);
		await ada.part('nav-groups').click();
		await create(ada, 'create-group', 'Debuggers');
		await ada.page.getByText('Debuggers').first().click();
		await ada.part('add-people-open').click();
		await ada.part('candidates').locator('label').filter({ hasText: 'grace' }).click();
		await ada.part('add-people-submit').click();
		await total(ada, 1);
		await look(ada.page, 'people-group');
		await ada.part('nav-teams').click();
		await create(ada, 'create-team', 'Parsers');
		await ada.page.getByText('Parsers').first().waitFor();
		await look(ada.page, 'people-teams');
		if (!ada.page.url().includes('/teams/')) await ada.page.getByText('Parsers').first().click();
		await ada.part('tab-users').click();
		await ada.part('add-people-open').click();
		await ada.part('candidates').locator('label').filter({ hasText: 'Debuggers' }).click();
		await ada.part('add-people-submit').click();
		await total(ada, 2);
		await look(ada.page, 'people-team-users');
		await ada.part('tab-projects').click();
		await create(ada, 'create-project', 'Grammar');
		await ada.page.getByText('Grammar').first().waitFor();
		await look(ada.page, 'people-team-projects');
		await ada.part('nav-projects').click();
		await total(ada, 1);
		await look(ada.page, 'people-projects');
	});

	walk.test('a member sees the team and the project, and no administration', async () => {
		const { guest } = await workshop();
		const grace = await walk.visitor(guest);
		await grace.page.goto('/');
		await grace.part('nav-projects').click();
		await total(grace, 1);
		assert.ok(await grace.part('create-project').isDisabled());
		await look(grace.page, 'people-member-projects');
		await grace.part('nav-teams').click();
		await total(grace, 1);
	});

	walk.test('the profile: names, password, sessions, API keys', async () => {
		const { guest } = await company();
		const grace = await walk.visitor(guest);
		await grace.page.goto('/');
		await grace.part('account-menu').click();
		await grace.part('menu-profile').click();
		await grace.part('personal-form').waitFor();
		await look(grace.page, 'people-profile');
		await grace.part('tab-api-keys').click();
		await grace.part('api-key-name').fill('Night builds');
		await grace.part('api-key-create').click();
		const key = (await grace.part('api-key-value').innerText()).trim();
		assert.match(key, /^tkk_[0-9a-f]{64}/);
		const headers = { authorization: `Bearer ${key.split(/\s/)[0]}` };
		assert.equal((await fetch(`${walk.installation.url}/api/v2/me`, { headers })).status, 200);
		await look(grace.page, 'people-api-keys');
		await grace.part('tab-sessions').click();
		await grace.part('session').first().waitFor();
		await look(grace.page, 'people-sessions');
		const elsewhere = await walk.visitor();
		await signIn(elsewhere, guest);
		await grace.part('tab-password').click();
		await grace.part('current-password').fill(guest.password);
		const chosen = 'Microseconds are too long';
		await grace.part('password').fill(chosen);
		await grace.part('password-repeat').fill(chosen);
		await look(grace.page, 'people-password');
		await grace.part('change-password').click();
		await grace.part('password-changed').waitFor();
		await elsewhere.page.goto('/profile/personal');
		await elsewhere.page.waitForURL('**/sign-in');
	});

	walk.test('the audit log tells who did what', async () => {
		const { id, guest } = await company();
		const ada = await walk.visitor(owner);
		await ada.page.goto(`/organizations/${id}/users`);
		await ada.part('nav-audit').click();
		await ada.part('audit-log').waitFor();
		await ada.page.getByText(guest.email).first().waitFor();
		assert.match(await ada.page.title(), /^Audit log · Compilers \d+ · Testkeep$/);
		await look(ada.page, 'people-audit-log');
	});

	walk.test('the account has its people, too', async () => {
		await company();
		const ada = await walk.visitor(owner);
		await ada.page.goto('/');
		await ada.part('nav-account').click();
		await ada.part('users-table').waitFor();
		await total(ada, await members());
		await look(ada.page, 'people-account-users');
		await ada.part('tab-settings').click();
		await ada.part('details-form').waitFor();
		assert.match(await ada.page.title(), /^Settings · Account/);
		await look(ada.page, 'people-account-settings');
	});

	walk.test('a removed member is signed out of the organization, and listed', async () => {
		const { id, guest } = await company();
		const grace = await walk.visitor(guest);
		await grace.page.goto('/');
		assert.match(await grace.part('organizations').innerText(), /Compilers/);
		const ada = await walk.visitor(owner);
		await ada.page.goto(`/organizations/${id}/users`);
		await total(ada, 2);
		const row = ada.page.locator('tr').filter({ hasText: 'grace' });
		await row.getByTestId('row-menu').click();
		await ada.part('menu-remove').click();
		await total(ada, 1);
		await ada.part('tab-removed').click();
		await total(ada, 1);
		await look(ada.page, 'people-removed');
		await grace.page.goto('/');
		await grace.part('organizations').waitFor();
		assert.ok(!(await grace.part('organizations').innerText()).includes('Compilers'));
	});

	walk.test('an admin ends all sessions of a person, who comes back to the same page', async () => {
		const { id, guest } = await company();
		const grace = await walk.visitor(guest);
		await grace.page.goto(`/organizations/${id}/projects`);
		await grace.part('nav-teams').waitFor();
		const ada = await walk.visitor(owner);
		await ada.page.goto(`/account/users?search=${encodeURIComponent(guest.email)}`);
		const row = ada.page.locator('tr').filter({ hasText: guest.email });
		await row.getByTestId('row-menu').click();
		await ada.part('menu-end-sessions').click();
		await look(ada.page, 'people-end-sessions');
		await ada.part('confirm-no').click();
		assert.equal((await walk.ask(guest, 'GET', '/me')).status, 200, 'nothing happens without a confirmation');
		await row.getByTestId('row-menu').click();
		await ada.part('menu-end-sessions').click();
		await ada.part('confirm-yes').click();
		await ada.part('toast').first().waitFor();
		assert.equal((await walk.ask(guest, 'GET', '/me')).status, 401);
		// Whatever the person does next leads to the sign-in page, which says why.
		await grace.part('nav-teams').click();
		await grace.part('session-ended').waitFor();
		await look(grace.page, 'people-session-ended');
		await fillSignIn(grace, guest);
		await grace.page.waitForURL(`**/organizations/${id}/teams`);
		// After a sign-out of one's own, nothing has ended.
		await grace.part('account-menu').click();
		await grace.part('sign-out').click();
		await grace.part('sign-in').waitFor();
		assert.equal(await grace.part('session-ended').count(), 0);
	});

	walk.test('an organization is deleted by its name alone', async () => {
		const id = await organization('Interpreters');
		const ada = await walk.visitor(owner);
		await ada.page.goto(`/organizations/${id}/users`);
		await ada.part('nav-settings').click();
		await ada.part('delete').click();
		await ada.part('delete-name').fill('interpreters');
		assert.ok(await ada.part('confirm-yes').isDisabled());
		await picture(ada.page, 'people-delete.png');
		await ada.part('delete-name').fill('Interpreters');
		await ada.part('confirm-yes').click();
		await ada.page.waitForURL(`${walk.installation.url}/`);
		assert.ok(!(await ada.part('organizations').innerText()).includes('Interpreters'));
	});

	test('no page had a script error, a policy violation or a failed request', () => {
		assert.deepEqual([...walk.complaints], []);
	});
});
