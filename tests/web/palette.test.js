// The palette (Ctrl-K): what it finds, for whom, by keyboard alone, on a phone, and when answers come late.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { look, picture } from './look.js';
import { frames } from './pages.js';
import { Walk } from './visitors.js';

const owner = { email: 'ada@example.com', password: 'Analytical engine 1843' };

describe('the palette', { timeout: 300_000 }, () => {
	const walk = new Walk('palette');
	let made = 0;

	before(() => walk.start(owner));
	after(() => walk.end());

	/** An organization with Özlem Kaya, a team, a project and a group. */
	async function company() {
		const name = `Compilers ${++made}`;
		const id = (await walk.answer(owner, 'POST', '/organizations', { name })).id;
		const ozlem = { email: `ozlem${made}@example.com`, password: 'Nanoseconds 1952' };
		await walk.join(id, ozlem, { first_name: 'Özlem', last_name: `Kaya${made}` });
		await walk.answer(owner, 'POST', `/organizations/${id}/teams`, { name: `Parsers ${made}` });
		await walk.answer(owner, 'POST', `/organizations/${id}/projects`, { name: `Grammar ${made}` });
		await walk.answer(owner, 'POST', `/organizations/${id}/groups`, { name: `Graders ${made}` });
		return { id, name, ozlem };
	}

	const options = ({ part }) => part('palette-option').allInnerTexts();

	async function open({ page, part }) {
		await part('palette-open').waitFor();
		await page.keyboard.press('Control+k');
		await part('palette-input').waitFor();
	}

	/** Types and waits until the first result has this text. */
	async function search(visitor, text, first) {
		await visitor.part('palette-input').fill(text);
		await visitor.part('palette-option').first().filter({ hasText: first }).waitFor();
	}

	walk.test('everything is found by name, initials, and with a wrong letter', async () => {
		const { id } = await company();
		const ada = await walk.visitor(owner);
		await ada.page.goto(`/organizations/${id}/users`);
		await ada.part('users-table').waitFor();
		await open(ada);
		await look(ada.page, 'palette-before-typing');
		for (const [text, first] of [
			[`kaya${made}`, 'Özlem'],
			[`özlem kaya${made}`, 'Özlem'],
			[`KAYA${made}`, 'Özlem'],
			[`kxya${made}`, 'Özlem'],
			[`parsers ${made}`, 'Parsers'],
			[`grammar ${made}`, 'Grammar'],
			[`graders ${made}`, 'Graders'],
			[`compilers ${made}`, 'Compilers'],
			['time zone', 'Time zone'],
			['end idle', 'End idle sessions'],
			['sign out', 'Sign out'],
			[`invite people to compilers ${made}`, 'Invite people']
		])
			await search(ada, text, first);
		await search(ada, 'gra', 'Gra');
		await look(ada.page, 'palette-results');
		await ada.part('palette-input').fill('xyzzy plugh');
		await ada.part('palette-empty').waitFor();
		await look(ada.page, 'palette-nothing');
	});

	walk.test('by keyboard alone: a person, a setting, a form, a new tab', async () => {
		const { id, ozlem } = await company();
		const ada = await walk.visitor(owner);
		const { page, part, context } = ada;
		await page.goto(`/organizations/${id}/users?search=example`);
		await part('users-table').waitFor();
		await open(ada);
		await search(ada, `kaya${made}`, 'Özlem');
		await page.keyboard.press('Enter');
		await part('drawer-email').filter({ hasText: ozlem.email }).waitFor();
		assert.match(page.url(), new RegExp(`/organizations/${id}/users\\?search=example&person=\\d+$`));

		await open(ada);
		await search(ada, 'time zone', 'Time zone');
		await page.keyboard.press('Enter');
		await page.waitForFunction(() => document.activeElement?.id === 'time_zone');

		await open(ada);
		await search(ada, 'create project', 'Create project');
		await page.keyboard.press('Enter');
		await part('create-form').waitFor();

		await open(ada);
		await search(ada, 'personal profile', 'Personal profile');
		const [tab] = await Promise.all([context.waitForEvent('page'), page.keyboard.press('Control+Enter')]);
		await tab.waitForURL('**/profile/personal');
		await page.keyboard.press('Escape');
		await part('palette').waitFor({ state: 'detached' });

		await open(ada);
		assert.match((await options(ada))[0], /Personal profile/, 'recent ones are first');
		await page.keyboard.press('ArrowDown');
		const input = part('palette-input');
		assert.equal(await input.getAttribute('aria-activedescendant'), 'palette-1');
		await page.keyboard.press('ArrowUp');
		await page.keyboard.press('ArrowUp');
		const last = (await options(ada)).length - 1;
		assert.equal(await input.getAttribute('aria-activedescendant'), `palette-${last}`);
		await page.keyboard.press('Control+k');
		await part('palette').waitFor({ state: 'detached' });
	});

	walk.test('a member finds and does only what they may', async () => {
		const { name, ozlem } = await company();
		await company();
		const { part, page, ...visitor } = await walk.visitor(ozlem);
		await page.goto('/');
		await part('palette-open').click();
		await part('palette-input').fill('e');
		await part('palette-option').first().waitFor();
		const seen = [];
		for (const text of ['invite', 'create', 'assign', 'users', 'mail server', 'compilers', 'kaya', 'grammar']) {
			const answered = page.waitForResponse((answer) => new URL(answer.url()).searchParams.get('q') === text);
			await part('palette-input').fill(text);
			await answered;
			await frames(page);
			seen.push(...(await options({ part })));
		}
		const text = seen.join('\n');
		for (const hidden of ['Invite people', 'Create project', 'Create organization', 'Assign', 'Users', 'Mail server'])
			assert.ok(!text.includes(hidden), `${hidden} in ${text}`);
		assert.ok(text.includes(name) && text.includes('Create API key'), text);
		assert.ok(!text.includes(`Compilers ${made}`), text);
		await part('palette-input').fill('sign out');
		await part('palette-option').first().filter({ hasText: 'Sign out' }).waitFor();
		await page.keyboard.press('Enter');
		await page.waitForURL('**/sign-in');
		const kept = await page.evaluate(() => localStorage.getItem('testkeep.recent'));
		assert.equal(kept, null, 'signing out forgets what was opened');
		await page.keyboard.press('Control+k');
		assert.equal(await part('palette').count(), 0);
		void visitor;
	});

	walk.test('late answers never replace newer ones, and a failure is shown', async () => {
		const { id } = await company();
		const ada = await walk.visitor(owner);
		await ada.page.goto(`/organizations/${id}/users`);
		const asked = [];
		let late;
		await ada.page.route('**/api/v2/search?*', async (route) => {
			const q = new URL(route.request().url()).searchParams.get('q');
			asked.push(q);
			if (q !== 'g') return route.continue();
			late = new Promise((done) => setTimeout(done, 800)).then(() => route.continue());
		});
		await ada.part('users-table').waitFor();
		await open(ada);
		for (const letters of ['g', 'gr', 'gra', 'grad', 'grade', 'graders', `graders ${made}`])
			await ada.part('palette-input').fill(letters);
		await ada.part('palette-option').first().filter({ hasText: `Graders ${made}` }).waitFor();
		await late;
		await frames(ada.page);
		assert.match((await options(ada))[0], new RegExp(`Graders ${made}`));
		assert.equal(asked[0], 'g', 'the late answer was one of these');
		await ada.page.unroute('**/api/v2/search?*');
		await ada.page.route('**/api/v2/search?*', (route) => route.abort());
		await ada.part('palette-input').fill('home');
		await ada.part('palette-error').waitFor();
		await ada.part('palette-option').first().filter({ hasText: 'Home' }).waitFor();
		ada.complaints.clear();
	});

	walk.test('on a phone and in a small window', async () => {
		await company();
		const ada = await walk.visitor(owner);
		for (const [width, height] of [
			[390, 844],
			[800, 600],
			[1024, 600]
		]) {
			await ada.page.setViewportSize({ width, height });
			await ada.page.goto('/');
			await ada.part('palette-open').click();
			await search(ada, `kaya${made}`, 'Özlem');
			const box = await ada.part('palette').boundingBox();
			assert.ok(box.x >= 0 && box.x + box.width <= width, `${width}: ${JSON.stringify(box)}`);
			await picture(ada.page, `palette-${width}x${height}.png`);
			await ada.page.keyboard.press('Escape');
		}
	});

	test('no page complained', () => assert.deepEqual([...walk.complaints], []));
});
