// Inviting as one act, the delivery of each invitation, and what a person had typed when the session ended.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { look } from './look.js';
import { Walk, fillSignIn, total } from './visitors.js';

const owner = { email: 'ada@example.com', password: 'Analytical engine 1843' };

describe('inviting', { timeout: 300_000 }, () => {
	const walk = new Walk('inviting');
	let made = 0;

	before(() => walk.start(owner));
	after(() => walk.end());

	const organization = async () =>
		(await walk.answer(owner, 'POST', '/organizations', { name: `Acme ${++made}` })).id;
	const team = (id, name) => walk.answer(owner, 'POST', `/organizations/${id}/teams`, { name });
	const stranger = () => ({ email: `new${++made}@example.com`, password: 'Nanoseconds 1952' });

	/** Counts the clicks of a visitor from now on. */
	async function countClicks({ page }) {
		await page.evaluate(() => {
			window.clicks = 0;
			addEventListener('click', (event) => event.detail && window.clicks++, true);
		});
		return () => page.evaluate(() => window.clicks);
	}

	walk.test('five people with team and license in at most six clicks', async () => {
		const id = await organization();
		const parsers = await team(id, 'Parsers');
		for (const name of ['Lexers', 'Linkers', 'Loaders']) await team(id, name);
		const ada = await walk.visitor(owner);
		await ada.page.goto(`/organizations/${id}/users`);
		await total(ada, 1);
		const clicks = await countClicks(ada);
		await ada.part('invite-open').click();
		await ada.part('addresses').fill(
			'Grace Hopper <grace@example.com>; "Torvalds, Linus" <linus@example.com>\n' +
				'Ken\tThompson\tken@example.com\nbarbara@example.com, donald@example.com'
		);
		await ada.part('chips').locator('[data-state=invited]').nth(4).waitFor();
		await ada.part(`invite-team-${parsers.id}`).click();
		await ada.part('invite-license-KSE').click();
		await ada.part('invite-license-rule').waitFor();
		await look(ada.page, 'inviting-panel');
		await ada.part('invite').click();
		await ada.part('count-invited').waitFor();
		assert.ok((await clicks()) <= 6, `${await clicks()} clicks`);
		const { items } = await walk.answer(owner, 'GET', `/organizations/${id}/invitations`);
		assert.equal(items.length, 5);
		for (const { teams, products } of items) assert.deepEqual([teams, products], [['Parsers'], ['KSE']]);
		await ada.part('tab-invitations').click();
		await total(ada, 5);
		await look(ada.page, 'inviting-pending');
	});

	walk.test('who joins has role, team and license at once, and the next steps', async () => {
		const id = await organization();
		const parsers = await team(id, 'Parsers');
		const guest = stranger();
		const { results } = await walk.answer(owner, 'POST', `/organizations/${id}/invitations`, {
			addresses: guest.email,
			team_ids: [parsers.id],
			products: ['KSE']
		});
		const grace = await walk.visitor();
		await grace.page.goto(results[0].invitation.link);
		await grace.part('invitation-offer').waitFor();
		await look(grace.page, 'inviting-join');
		await grace.part('password').fill(guest.password);
		await grace.part('update-password').click();
		await grace.page.waitForURL(`**/organizations/${id}/welcome`);
		await grace.part('connect-studio').waitFor();
		assert.equal(await grace.part('connect-organization-id').innerText(), String(id));
		assert.match(await grace.part('own-places').innerText(), /Parsers/);
		assert.match(await grace.page.title(), /^Welcome to Acme \d+ · .*Testkeep$/);
		await look(grace.page, 'inviting-welcome');
		const ada = await walk.visitor(owner);
		await ada.page.goto(`/organizations/${id}/users`);
		const row = ada.page.locator('tr').filter({ hasText: guest.email });
		assert.equal(await row.getByTestId('licenses').innerText(), 'KSE');
		assert.equal(await row.getByTestId('teams').innerText(), 'Parsers');
		await look(ada.page, 'inviting-users');
	});

	walk.test('chips: corrected, dropped as CSV, left out', async () => {
		const id = await organization();
		const ada = await walk.visitor(owner);
		await ada.page.goto(`/organizations/${id}/invitations?invite`);
		await ada.part('addresses').fill('grace@example.com, nobody,');
		await ada.part('chips').locator('[data-state=invalid]').waitFor();
		assert.match(await ada.part('chips-why').innerText(), /nobody/);
		await ada.page.getByRole('button', { name: /^Edit nobody/ }).click();
		assert.equal(await ada.part('addresses').inputValue(), 'nobody');
		await ada.part('addresses').fill('somebody@example.com');
		await ada.part('addresses').press('Enter');
		await ada.part('chips').locator('[data-state=invited]').nth(1).waitFor();
		const csv = 'First name;Email\r\nLinus;linus@example.com\r\nGrace;GRACE@example.com\r\n';
		await ada.part('chips-file').setInputFiles({ name: 'a.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) });
		await ada.part('chips').locator('[data-state=invited]').nth(2).waitFor();
		assert.match(await ada.part('chips-merged').innerText(), /1 duplicate merged/);
		assert.match(await ada.part('chips-rows').innerText(), /1 row/);
		assert.ok(!ada.page.url().includes('invite='), 'a reload does not open the panel again');
	});

	walk.test('pending rows say how far each came, and can be filtered', async () => {
		const id = await organization();
		const guest = stranger();
		const link = await walk.invite(id, guest);
		await walk.invite(id, stranger());
		await walk.answer(null, 'POST', '/invitation-link/look', { token: link.split('#token=')[1] });
		const ada = await walk.visitor(owner);
		await ada.page.goto(`/organizations/${id}/invitations`);
		await total(ada, 2);
		await ada.part('delivery-filter').selectOption('opened');
		await total(ada, 1);
		await ada.page.locator('[data-testid=invitation-state][data-state=opened]').waitFor();
		assert.ok((await ada.page.locator('tbody').innerText()).includes(guest.email));
		await ada.part('row-menu').click();
		await ada.part('menu-revoke').click();
		await ada.part('confirm-yes').click();
		await ada.part('delivery-filter').selectOption('');
		await total(ada, 1);
	});

	walk.test('a session that ended takes nothing that was typed', async () => {
		const id = await organization();
		const guest = stranger();
		await walk.join(id, guest, { first_name: 'Grace', last_name: 'Hopper' });
		const users = await walk.answer(owner, 'GET', `/organizations/${id}/users?search=${guest.email}`);
		const self = users.items[0].user_id;
		await walk.answer(owner, 'PATCH', `/organizations/${id}/users/${self}`, { role: 'admin' });
		const grace = await walk.visitor(guest);
		await grace.page.goto(`/organizations/${id}/invitations`);
		await grace.part('invite-open').click();
		await grace.part('addresses').fill('one@example.com, two@example.com, three@example.com,');
		await grace.part('chips').locator('[data-state=invited]').nth(2).waitFor();
		await walk.answer(owner, 'DELETE', `/accounts/1/users/${self}/sessions`);
		await grace.part('invite').click();
		await grace.part('session-ended').waitFor();
		await fillSignIn(grace, guest);
		await grace.page.waitForURL(`**/organizations/${id}/invitations`);
		await grace.part('draft-restored').waitFor();
		await grace.part('chips').locator('[data-state=invited]').nth(2).waitFor();
		await look(grace.page, 'inviting-draft');
		// Escape keeps it, Cancel drops it.
		await grace.part('addresses').press('Escape');
		await grace.part('invite-panel').waitFor({ state: 'detached' });
		await grace.part('invite-open').click();
		await grace.part('chips').locator('[data-state=invited]').nth(2).waitFor();
		await grace.part('invite-close').click();
		await grace.part('invite-open').click();
		assert.equal(await grace.part('chip').count(), 0);
	});

	walk.test('a name that was typed stays over Escape and a lost session, and not for another person', async () => {
		const id = await organization();
		const guest = stranger();
		await walk.join(id, guest);
		const ada = await walk.visitor(owner);
		await ada.page.goto(`/organizations/${id}/teams`);
		await ada.part('create-team').click();
		await ada.part('name').fill('Par');
		await ada.part('name').press('Escape');
		await ada.part('create-team').click();
		assert.equal(await ada.part('name').inputValue(), 'Par');
		await ada.part('account-menu').click();
		await ada.part('sign-out').click();
		await ada.part('sign-in').waitFor();
		const kept = await ada.page.evaluate(() => Object.keys(sessionStorage).filter((key) => key.includes('draft')));
		assert.deepEqual(kept, []);
	});

	walk.test('a deep link leads there after the sign-in; what is missing is said inside the frame', async () => {
		const id = await organization();
		const ada = await walk.visitor();
		await ada.page.goto(`/organizations/${id}/licenses/KRE/usage?days=7`);
		await fillSignIn(ada, owner);
		await ada.page.waitForURL(`**/organizations/${id}/licenses/KRE/usage?days=7`);
		await ada.page.goto('/nowhere/at/all');
		await ada.part('error-page').waitFor();
		await ada.part('navigation').waitFor();
		assert.match(await ada.part('error-page').innerText(), /\/nowhere\/at\/all/);
		await look(ada.page, 'inviting-not-found');
		await ada.page.goto('/organizations/99999/users');
		assert.match(await ada.part('error-page').innerText(), /no organization 99999/);
		await ada.part('go-organization').first().click();
		await ada.page.waitForURL(/organizations\/\d+\//);
	});

	walk.test('each page is named after page and place', async () => {
		const id = await organization();
		const { id: parsers } = await team(id, 'Parsers');
		const grammar = await walk.answer(owner, 'POST', `/organizations/${id}/projects`, { name: 'Grammar' });
		const ada = await walk.visitor(owner);
		for (const [path, title] of [
			[`/organizations/${id}/users`, /^Users · Acme \d+ · Testkeep$/],
			[`/organizations/${id}/invitations`, /^Invitations · Users · Acme \d+ · Testkeep$/],
			[`/organizations/${id}/teams`, /^Teams · Acme \d+ · Testkeep$/],
			[`/teams/${parsers}/users`, /^Users · Parsers · Acme \d+ · Testkeep$/],
			[`/projects/${grammar.id}/settings`, /^Settings · Grammar · Acme \d+ · Testkeep$/],
			['/account/invitations', /^Invitations · Account · Testkeep$/],
			['/profile/api-keys', /^API keys · Profile · Testkeep$/],
			['/invitation', /^Open the link you were sent · Testkeep$/]
		]) {
			await ada.page.goto(path);
			await ada.page.locator('h1').first().waitFor();
			assert.match(await ada.page.title(), title, path);
		}
	});

	walk.test('a second project of one name is noticed; a transfer says who stays Owner', async () => {
		const id = await organization();
		await walk.answer(owner, 'POST', `/organizations/${id}/projects`, { name: 'Grammar' });
		const guest = stranger();
		await walk.join(id, guest, { first_name: 'Grace', last_name: 'Hopper' });
		const ada = await walk.visitor(owner);
		await ada.page.goto(`/organizations/${id}/projects`);
		await ada.part('create-project').click();
		await ada.part('name').fill('grammar');
		await ada.part('same-name').waitFor();
		await look(ada.page, 'inviting-same-name');
		await ada.part('name').fill('Syntax');
		await ada.part('same-name').waitFor({ state: 'detached' });
		await ada.part('create-cancel').click();
		await ada.page.goto(`/organizations/${id}/settings`);
		await ada.part('danger-zone').waitFor();
		await look(ada.page, 'inviting-settings');
		await ada.part('transfer-to').click();
		await ada.part(`transfer-to-${guest.id}`).click();
		await ada.part('transfer').click();
		await ada.part('confirm-dialog').getByText('Only the new Owner can give the ownership back').waitFor();
	});

	walk.test('an API key comes with a command, and says from where it was used', async () => {
		const other = await walk.visitor(owner);
		await other.page.goto('/profile/api-keys');
		await other.part('api-key-name').fill('Nightly');
		await other.part('api-key-create').click();
		const command = await other.part('api-key-example').innerText();
		assert.match(command, /^curl -H "Authorization: Bearer tkk_[0-9a-f]{64}.*" http.*\/api\/v2\/me$/);
		await look(other.page, 'inviting-api-key');
		const key = (await other.part('api-key-value').innerText()).trim();
		const answer = await fetch(`${walk.installation.url}/api/v2/me`, { headers: { authorization: `Bearer ${key}` } });
		assert.equal(answer.status, 200);
		await other.page.reload();
		await other.part('api-key-address').waitFor();
	});

	test('no page had a script error, a policy violation or a failed request', () => {
		assert.deepEqual([...walk.complaints], []);
	});
});
