// What every table can do, on the lists of teams and of users: keys, links, columns, views, scrolling, CSV, cards, paper.
// One organization with more teams than a page of the table has rows; no test changes its rows.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { download } from './license-steps.js';
import { look, picture } from './look.js';
import { frames, overflow, visit } from './pages.js';
import { Walk, total } from './visitors.js';

const owner = { email: 'ada@example.com', password: 'Analytical engine 1843' };
const TEAMS = 60;
const PAGE = 50;
const nameOf = (number) => `Team ${String(number).padStart(2, '0')}`;

describe('tables', { timeout: 300_000 }, () => {
	const walk = new Walk('tables');
	let place;

	before(async () => {
		await walk.start(owner);
		const { id } = await walk.answer(owner, 'POST', '/organizations', { name: 'Compilers' });
		place = `/organizations/${id}`;
		for (const name of ['Grace', 'Barbara', 'Edsger']) {
			const person = { email: `${name.toLowerCase()}@example.com`, password: 'Nanoseconds 1952' };
			await walk.join(id, person, { first_name: name, last_name: 'Example' });
		}
		for (let number = 1; number < TEAMS; number++)
			await walk.answer(owner, 'POST', `${place}/teams`, { name: nameOf(number) });
		// A spreadsheet would calculate this.
		await walk.answer(owner, 'POST', `${place}/teams`, { name: '=1+1; "Parsers"' });
	});
	after(() => walk.end());

	async function open(list, query = '') {
		const visitor = await walk.visitor(owner);
		await visit(visitor.page, `${place}/${list}${query}`);
		await visitor.page.locator('tr[data-row]').first().waitFor();
		return { ...visitor, rows: visitor.page.locator('tr[data-row]'), press: (keys) => visitor.page.keyboard.press(keys) };
	}

	/** The text of the row that has the focus. */
	const focused = ({ page }) =>
		page.evaluate(() => (document.activeElement.matches('tr[data-row]') ? document.activeElement.innerText : ''));
	const heads = ({ page }) =>
		page
			.locator('th[data-column]')
			.evaluateAll((all) => all.filter((head) => head.checkVisibility()).map((head) => head.dataset.column));
	const widthOf = ({ page }, key) => page.locator(`th[data-column=${key}]`).evaluate((head) => head.offsetWidth);
	const scrolled = ({ page }) => page.evaluate(() => document.getElementById('main').scrollTop);

	walk.test('arrow keys, Home and End move between rows, Enter opens one', async () => {
		const ada = await open('teams');
		await ada.press('/');
		await ada.press('ArrowDown');
		assert.match(await focused(ada), /^=1\+1/);
		for (const [key, row] of [['ArrowDown', 1], ['ArrowDown', 2], ['ArrowUp', 1], ['End', PAGE - 1]]) {
			await ada.press(key);
			assert.match(await focused(ada), new RegExp(`^${nameOf(row)}`), key);
		}
		await ada.press('Home');
		await ada.press('ArrowUp');
		assert.match(await focused(ada), /^=1\+1/, 'the first row is the end');
		await ada.press('ArrowDown');
		await ada.press('Enter');
		await ada.page.waitForURL('**/teams/*/users');
		assert.match(await ada.page.locator('h1').innerText(), /Team 01/);
	});

	walk.test('x selects a row, Shift with x all rows up to it, Escape none', async () => {
		const ada = await open('users');
		const selected = () => ada.rows.evaluateAll((all) => all.map((row) => row.dataset.selected === 'true'));
		await ada.press('/');
		await ada.press('ArrowDown');
		await ada.press('x');
		assert.deepEqual(await selected(), [true, false, false, false]);
		await ada.press('ArrowDown');
		await ada.press('ArrowDown');
		await ada.press('Shift+X');
		assert.deepEqual(await selected(), [true, true, true, false]);
		assert.match(await ada.part('bulk').innerText(), /3 selected/);
		await look(ada.page, 'tables-selection');
		await ada.press('x');
		assert.deepEqual(await selected(), [true, true, false, false]);
		await ada.press('Escape');
		await ada.part('bulk').waitFor({ state: 'detached' });
		assert.deepEqual(await selected(), [false, false, false, false]);
	});

	walk.test('Enter on a row without a page of its own opens the drawer of its name', async () => {
		const ada = await open('users', '?search=example');
		await ada.press('/');
		await ada.press('ArrowDown');
		const row = await ada.page.evaluate(() => document.activeElement.dataset.testid);
		await ada.press('Enter');
		await ada.part('drawer-title').waitFor();
		assert.ok(ada.page.url().endsWith(`/users?search=example&person=${row.replace('row-', '')}`), ada.page.url());
	});

	walk.test('rows are links: a click anywhere, and a new tab with Ctrl or the middle button', async () => {
		const ada = await open('teams');
		const cell = ada.rows.nth(3).locator('td').nth(2);
		for (const options of [{ modifiers: ['ControlOrMeta'] }, { button: 'middle' }]) {
			const [tab] = await Promise.all([ada.context.waitForEvent('page'), cell.click(options)]);
			await tab.waitForURL('**/teams/*/users');
			await tab.close();
		}
		assert.ok(ada.page.url().endsWith(`${place}/teams`), 'this tab stays');
		await cell.click();
		await ada.page.waitForURL('**/teams/*/users');
		assert.match(await ada.page.locator('h1').innerText(), /Team 03/);
		// Without a page of its own: the drawer.
		const users = await open('users');
		await users.rows.filter({ hasText: 'Grace' }).locator('td[data-label="Last access"]').click();
		await users.part('drawer-title').filter({ hasText: 'Grace Example' }).waitFor();
	});

	walk.test('columns and widths are chosen, and remembered', async () => {
		const ada = await open('teams');
		await ada.page.setViewportSize({ width: 1440, height: 900 });
		const atFirst = ['name', 'user_count', 'project_count', 'last_active_at', 'created_at'];
		assert.deepEqual(await heads(ada), atFirst);
		const asMade = await widthOf(ada, 'name');
		await ada.part('table-view').click();
		await ada.part('column-project_count').click();
		await ada.part('column-role').click();
		assert.equal(await ada.part('column-name').count(), 0, 'the name stays');
		await look(ada.page, 'tables-columns');
		await ada.page.setViewportSize({ width: 1440, height: 900 });
		await ada.press('Escape');
		const chosen = ['name', 'user_count', 'last_active_at', 'created_at', 'role'];
		assert.deepEqual(await heads(ada), chosen);

		const [before, neighbor] = [await widthOf(ada, 'name'), await widthOf(ada, 'user_count')];
		await ada.part('sort-name').focus();
		for (let times = 0; times < 3; times++) await ada.press('Shift+ArrowLeft');
		const byKeys = await widthOf(ada, 'name');
		assert.ok(byKeys < before - 30 && (await widthOf(ada, 'user_count')) > neighbor + 30, `${before} → ${byKeys}`);
		const edge = await ada.part('resize-name').boundingBox();
		await ada.page.mouse.move(edge.x + edge.width / 2, edge.y + edge.height / 2);
		await ada.page.mouse.down();
		await ada.page.mouse.move(edge.x - 60, edge.y + 5, { steps: 4 });
		await ada.page.mouse.up();
		const byMouse = await widthOf(ada, 'name');
		assert.ok(byMouse < byKeys - 40, `${byKeys} → ${byMouse}`);

		await ada.page.reload();
		await ada.rows.first().waitFor();
		assert.deepEqual(await heads(ada), chosen);
		assert.ok(Math.abs((await widthOf(ada, 'name')) - byMouse) < 3, `${await widthOf(ada, 'name')} is not ${byMouse}`);
		await ada.part('table-view').click();
		await ada.part('reset-columns').click();
		assert.deepEqual(await heads(ada), atFirst);
		assert.ok(Math.abs((await widthOf(ada, 'name')) - asMade) < 3, `${await widthOf(ada, 'name')} is not ${asMade}`);
	});

	walk.test('a view keeps search, order and columns under a name, until it is deleted', async () => {
		const ada = await open('teams');
		await ada.part('table-search').fill('team 1');
		await total(ada, 10);
		await ada.part('sort-name').click();
		await ada.page.waitForURL('**/teams?search=team+1&sort=-name');
		await ada.part('table-view').click();
		await ada.part('column-user_count').click();
		await ada.part('save-view').click();
		await ada.part('view-name').fill('Tens, last first');
		await look(ada.page, 'tables-save-view');
		await ada.press('Enter');
		await ada.part('confirm-dialog').waitFor({ state: 'detached' });
		await visit(ada.page, `${place}/teams`);
		await total(ada, TEAMS);
		await ada.part('table-view').click();
		await ada.part('reset-columns').click();
		await ada.part('table-view').click();
		await ada.part('use-view').filter({ hasText: 'Tens, last first' }).click();
		await total(ada, 10);
		await ada.rows.first().filter({ hasText: 'Team 19' }).waitFor();
		assert.ok(ada.page.url().endsWith('/teams?search=team+1&sort=-name'), ada.page.url());
		assert.ok(!(await heads(ada)).includes('user_count'));
		await ada.part('table-view').click();
		await ada.part('delete-view').click();
		await ada.part('table-view').click();
		assert.equal(await ada.part('use-view').count(), 0);
		await ada.press('Escape');
		await ada.part('toast-action').click();
		await ada.part('table-view').click();
		await ada.part('use-view').waitFor();
	});

	walk.test('Back restores the query, the page and the place in it', async () => {
		const ada = await open('teams', '?sort=-name');
		await ada.part('page-next').click();
		await ada.part('page-previous').click();
		await ada.rows.nth(PAGE - 1).scrollIntoViewIfNeeded();
		await frames(ada.page);
		const before = await scrolled(ada);
		assert.ok(before > 300, `${before}`);
		const row = ada.rows.nth(PAGE - 1);
		const name = (await row.innerText()).split(/\s{2,}|\t|\n/)[0];
		await row.click({ position: { x: 200, y: 5 } });
		await ada.page.waitForURL('**/teams/*/users');
		assert.equal(await scrolled(ada), 0, 'a new page begins at its top');
		await ada.page.goBack();
		await ada.rows.nth(PAGE - 1).filter({ hasText: name }).waitFor();
		await ada.page.waitForFunction((top) => Math.abs(document.getElementById('main').scrollTop - top) < 2, before);
		await ada.part('page-next').click();
		await ada.page.waitForURL('**/teams?sort=-name&page=2');
		await total(ada, TEAMS);
		await ada.rows.first().click({ position: { x: 200, y: 5 } });
		await ada.page.waitForURL('**/teams/*/users');
		await ada.page.goBack();
		await ada.page.waitForURL('**/teams?sort=-name&page=2');
		await ada.rows.nth(TEAMS - PAGE - 1).waitFor();
		assert.equal(await ada.rows.count(), TEAMS - PAGE);
	});

	walk.test('CSV has what the search finds, on all pages, in the chosen columns, and no formulas', async () => {
		const ada = await open('teams');
		const all = await download(ada, ada.part('export-csv'));
		assert.match(all.name, /^Teams\.csv$/);
		assert.ok(all.text.startsWith('\u{feff}'), 'spreadsheets need the mark of UTF-8');
		// `trim` takes that mark, too.
		const [head, ...lines] = all.text.trim().split('\r\n');
		assert.equal(head, 'Name,Users,Projects,Last active,Created');
		assert.equal(lines.length, TEAMS);
		assert.ok(lines[0].startsWith(`"'=1+1; ""Parsers""",`), lines[0]);
		assert.ok(lines.at(-1).startsWith(nameOf(TEAMS - 1)), lines.at(-1));
		await ada.part('table-search').fill('team 1');
		await total(ada, 10);
		await ada.part('table-view').click();
		await ada.part('column-created_at').click();
		await ada.press('Escape');
		const some = await download(ada, ada.part('export-csv'));
		const rows = some.text.trim().split('\r\n');
		assert.deepEqual([rows.length, rows[0]], [11, 'Name,Users,Projects,Last active']);
		// The server's own export.
		const users = await open('users', '?search=grace');
		const people = await download(users, users.part('export-csv'));
		assert.ok(people.text.includes('grace@example.com') && !people.text.includes('barbara@'), people.text);
	});

	walk.test('the head and the toolbar stay in sight', async () => {
		const ada = await open('teams');
		await ada.page.setViewportSize({ width: 1440, height: 900 });
		await ada.rows.nth(PAGE - 1).scrollIntoViewIfNeeded();
		await frames(ada.page);
		const parts = [ada.page.locator('#main'), ada.part('table-search'), ada.page.locator('thead'), ada.rows.nth(PAGE - 1)];
		const [top, search, head, row] = await Promise.all(parts.map((part) => part.boundingBox()));
		assert.ok(search.y >= top.y && search.y < top.y + 60, `the search is at ${search.y}, the page begins at ${top.y}`);
		assert.ok(head.y >= search.y + search.height && head.y < search.y + search.height + 40, `the head is at ${head.y}`);
		assert.ok(row.y > head.y + head.height, 'a row is not under the head');
		await picture(ada.page, 'tables-sticky.png');
		// In sight, and not only there: it takes the click.
		await ada.part('sort-name').click();
		await ada.page.waitForURL('**/teams?sort=-name');
	});

	walk.test('under 640 px rows are cards', async () => {
		const ada = await open('users');
		await ada.page.setViewportSize({ width: 390, height: 844 });
		await frames(ada.page);
		assert.equal(await ada.page.locator('thead').isVisible(), false);
		const card = ada.rows.filter({ hasText: 'Grace' });
		const labels = await card.locator('td[data-label]').evaluateAll((cells) =>
			cells.filter((cell) => getComputedStyle(cell, '::before').content !== 'none').map((cell) => cell.dataset.label)
		);
		assert.deepEqual(labels.slice(0, 2), ['Email address', 'Role'], `${labels}`);
		const widths = await ada.rows.evaluateAll((all) => all.map((row) => row.getBoundingClientRect().width));
		assert.ok(widths.every((width) => width > 330 && width <= 390), `${widths}`);
		assert.deepEqual(await overflow(ada.page), []);
		await ada.part('table-sort').selectOption('-name');
		await ada.page.waitForURL('**/users?sort=-name');
		await ada.rows.first().filter({ hasText: 'Grace' }).waitFor();
		await card.getByTestId('select-row').click();
		await ada.part('bulk').waitFor();
		await picture(ada.page, 'tables-cards.png');
		await ada.press('Escape');
		await card.getByTestId('licenses').click();
		await ada.part('drawer-title').filter({ hasText: 'Grace Example' }).waitFor();
	});

	walk.test('on paper: all rows with their head, in dark on white, without what only a screen needs', async () => {
		const ada = await open('users');
		await ada.page.emulateMedia({ media: 'print', colorScheme: 'dark' });
		await frames(ada.page);
		for (const id of ['navigation', 'table-search', 'export-csv', 'table-view', 'select-row', 'row-menu', 'demo-banner', 'status-line'])
			assert.equal(await ada.part(id).first().isVisible(), false, id);
		for (const text of ['ada@example.com', 'grace@example.com', 'barbara@example.com', 'edsger@example.com'])
			assert.ok(await ada.rows.filter({ hasText: text }).isVisible(), text);
		assert.ok(await ada.page.locator('th[data-column=email]').isVisible());
		const color = await ada.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
		assert.equal(color, 'rgb(255, 255, 255)');
		const teams = await open('teams');
		await teams.page.emulateMedia({ media: 'print' });
		await frames(teams.page);
		const height = await teams.page.evaluate(() => document.documentElement.scrollHeight);
		const last = await teams.rows.nth(PAGE - 1).evaluate((row) => row.getBoundingClientRect().bottom);
		assert.ok(last <= height && height > 1000, `the last row ends at ${last} of ${height}`);
		const pages = (await teams.page.pdf({ format: 'A4' })).toString('latin1').match(/\/Type\s*\/Page\b/g) ?? [];
		assert.ok(pages.length >= 2, `${pages.length} pages`);
	});

	test('no page had a script error, a policy violation or a failed request', () => {
		assert.deepEqual([...walk.complaints], []);
	});
});
