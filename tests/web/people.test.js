// Two browsers, an owner's and an invited person's: from an organization's creation to a member's first sign-in, and on
// through teams, projects, groups, profile and audit log. Each test goes on where the one before ended.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { launch, open } from './browser.js';
import { Installation } from './installation.js';
import { look, picture } from './look.js';

const owner = { email: 'ada@example.com', password: 'Analytical engine 1843' };
const guest = { email: 'grace.brewster.murray.hopper@compilers.navy.example.com', password: 'Nanoseconds 1952' };

describe('people of an organization', { timeout: 300_000 }, () => {
	let installation, browser, ada, grace;

	before(async () => {
		installation = await Installation.create();
		await installation.setUp(owner);
		browser = await launch();
		ada = await visitor();
		grace = await visitor();
	});

	after(async () => {
		await browser?.close();
		await installation?.remove();
	});

	async function visitor() {
		const opened = await open(browser, installation.url);
		return { ...opened, part: (id) => opened.page.getByTestId(id) };
	}

	let broken = false;
	function step(name, walk) {
		test(name, async (t) => {
			if (broken) return t.skip('an earlier page failed');
			broken = true;
			await walk().catch(async (error) => {
				for (const [who, { page, complaints }] of Object.entries({ ada, grace })) {
					console.error([`${who} at ${page.url()}`, ...complaints].join('\n'));
					await picture(page, `failed-${who}.png`);
				}
				throw error;
			});
			broken = false;
		});
	}

	async function signIn({ page, part }, person) {
		await page.goto('/sign-in');
		await part('email').fill(person.email);
		await part('password').fill(person.password);
		await part('sign-in').click();
		await part('account-menu').waitFor();
	}

	async function create({ part }, button, name) {
		await part(button).click();
		await part('name').fill(name);
		await part('create-confirm').click();
	}

	/** The number of rows that the table on this page says there are. */
	async function total({ page }, count) {
		await page.locator(`[data-testid=table-count][data-total="${count}"]`).first().waitFor();
	}

	step('the owner creates an organization, after confirming', async () => {
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

	step('many addresses are invited at once, each with its answer', async () => {
		await ada.part('nav-users').click();
		await ada.part('tab-invitations').click();
		await ada.part('addresses').fill(`${guest.email}, nobody\n${guest.email} ${owner.email}`);
		await ada.part('invite').click();
		await ada.part('invite-results').waitFor();
		const outcomes = await ada.part('invite-result').evaluateAll((rows) => rows.map((row) => row.dataset.outcome));
		for (const outcome of ['duplicate', 'invalid', 'already_member']) assert.ok(outcomes.includes(outcome), `${outcomes}`);
		await total(ada, 1);
		await look(ada.page, 'people-invitations');
	});

	step('the invited person updates the password and signs in', async () => {
		const link = await ada.part('invitation-link').first().getAttribute('title');
		assert.ok(link.startsWith(`${installation.url}/invitation#token=`), link);
		guest.link = link;
		await grace.page.goto(link);
		await grace.part('set-password-form').waitFor();
		assert.ok(!grace.page.url().includes('token'), grace.page.url());
		await look(grace.page, 'people-invitation');
		await grace.part('first-name').fill('Grace');
		await grace.part('last-name').fill('Hopper');
		await grace.part('password').fill(guest.password);
		await grace.part('password-repeat').fill('something else');
		await grace.part('update-password').click();
		await grace.page.getByText('differ', { exact: false }).first().waitFor();
		await grace.part('password-repeat').fill(guest.password);
		await grace.part('update-password').click();
		await grace.part('password-updated').waitFor();
		await ada.page.reload();
		await ada.page.locator('[data-testid=invitation-state][data-state=waits_for_sign_in]').waitFor();
		await grace.part('password').fill(guest.password);
		await grace.part('sign-in').click();
		await grace.part('account-name').waitFor();
		assert.equal(await grace.part('account-name').innerText(), 'Grace Hopper');
		assert.match(await grace.part('organization-switcher').innerText(), /Compilers/);
		await look(grace.page, 'people-member-home');
	});

	step('the link is used up, for her and for anybody else', async () => {
		const third = await visitor();
		await third.page.goto(guest.link);
		await third.part('invitation-refused').waitFor();
		assert.match(await third.part('invitation-error').innerText(), /This link has been used to reset password\./);
		await look(third.page, 'people-invitation-used');
		await third.context.close();
	});

	step('she is in the list, and the list says what may be done', async () => {
		await ada.part('tab-users').click();
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

	step('an invitation for another account cannot be accepted', async () => {
		await ada.part('tab-invitations').click();
		await ada.part('addresses').fill('third@example.com');
		await ada.part('invite').click();
		await total(ada, 1);
		const link = await ada.part('invitation-link').first().getAttribute('title');
		await grace.page.goto('about:blank');
		await grace.page.goto(link);
		await grace.part('invitation-refused').waitFor();
		assert.match(await grace.part('invitation-error').innerText(), /Cannot accept the invitation\./);
		await look(grace.page, 'people-invitation-other-account');
		await grace.part('invitation-stay').click();
		await grace.part('account-name').waitFor();
	});

	step('a team, a project in it and a user group', async () => {
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

	step('a member sees the team and the project, and no administration', async () => {
		await grace.page.goto('/');
		await grace.part('nav-projects').click();
		await total(grace, 1);
		assert.ok(await grace.part('create-project').isDisabled());
		await look(grace.page, 'people-member-projects');
		await grace.part('nav-teams').click();
		await total(grace, 1);
	});

	step('the profile: names, password, sessions, API keys', async () => {
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
		assert.equal((await fetch(`${installation.url}/api/v2/me`, { headers })).status, 200);
		await look(grace.page, 'people-api-keys');
		await grace.part('tab-sessions').click();
		await grace.part('session').first().waitFor();
		await look(grace.page, 'people-sessions');
		const elsewhere = await visitor();
		await signIn(elsewhere, guest);
		await grace.part('tab-password').click();
		await grace.part('current-password').fill(guest.password);
		guest.password = 'Microseconds are too long';
		await grace.part('password').fill(guest.password);
		await grace.part('password-repeat').fill(guest.password);
		await look(grace.page, 'people-password');
		await grace.part('change-password').click();
		await grace.part('password-changed').waitFor();
		await elsewhere.page.goto('/profile/personal');
		await elsewhere.page.waitForURL('**/sign-in');
		await elsewhere.context.close();
	});

	step('the audit log tells who did what', async () => {
		await ada.part('nav-audit').click();
		await ada.part('audit-log').waitFor();
		await ada.page.getByText(guest.email).first().waitFor();
		await look(ada.page, 'people-audit-log');
	});

	step('the account has its people, too', async () => {
		await ada.part('nav-account').click();
		await ada.part('users-table').waitFor();
		await total(ada, 2);
		await look(ada.page, 'people-account-users');
		await ada.part('tab-settings').click();
		await ada.part('details-form').waitFor();
		await look(ada.page, 'people-account-settings');
	});

	step('a removed member is signed out of the organization, and listed', async () => {
		await ada.page.goto('/');
		await ada.part('nav-users').click();
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

	step('an organization is deleted by its name alone', async () => {
		await ada.part('nav-settings').click();
		await ada.part('delete').click();
		await ada.part('delete-name').fill('compilers');
		assert.ok(await ada.part('confirm-yes').isDisabled());
		await picture(ada.page, 'people-delete.png');
		await ada.part('delete-name').fill('Compilers');
		await ada.part('confirm-yes').click();
		await ada.page.waitForURL(`${installation.url}/`);
		assert.ok(!(await ada.part('organizations').innerText()).includes('Compilers'));
	});

	step('no page had a script error, a policy violation or a failed request', async () => {
		assert.deepEqual([...ada.complaints, ...grace.complaints], []);
	});
});
