// The visitors of a walk: people made by the API, and browsers that are signed in without the sign-in page. So a test
// can begin on its own page and does not depend on earlier tests.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { launch, open } from './browser.js';
import { Installation } from './installation.js';
import { picture } from './look.js';

/** State that all tests of one file share. Complaints of visitors' pages are kept until the last test. */
export class Walk {
	complaints = new Set();
	#visitors = [];
	#name;
	/** The browser that this walk has started. */
	#own;

	/** @param name part of the names of failure pictures */
	constructor(name) {
		this.#name = name;
	}

	/**
	 * @param owner `{email, password}` of the default account; without one, the installation is as after the answer
	 * *Later*
	 * @param port of the server, otherwise a free one
	 * @param browser one that others use, too, and that `end` leaves open; `false`: none is started
	 */
	async start(owner, { port, browser } = {}) {
		this.installation = await Installation.create(3, port);
		this.browser = browser ?? (await launch());
		this.#own = browser === undefined ? this.browser : undefined;
		if (owner) {
			await this.installation.setUp(owner);
			await this.signInByApi(owner);
			this.owner = owner;
		}
	}

	async end() {
		await this.#own?.close();
		await this.installation?.remove();
	}

	/** A test that closes all its pages. */
	test(name, work) {
		test(name, () => this.run(work));
	}

	/** After a failure, keeps pictures, addresses and complaints. Then closes every visitor's browser. */
	async run(work) {
		try {
			await work();
		} catch (error) {
			for (const [index, { page, complaints }] of this.#visitors.entries()) {
				console.error([`visitor ${index} at ${page.url()}`, ...complaints].join('\n'));
				await picture(page, `failed-${this.#name}-${index}.png`).catch(() => {});
			}
			throw error;
		} finally {
			for (const { context, complaints } of this.#visitors.splice(0)) {
				for (const complaint of complaints) this.complaints.add(complaint);
				await context.close();
			}
		}
	}

	/** Opens a separate browser; `person`: already signed in; `options`: of the browser's context. */
	async visitor(person, options) {
		const opened = await open(this.browser, this.installation.url, options);
		const visitor = { ...opened, part: (id) => opened.page.getByTestId(id) };
		this.#visitors.push(visitor);
		if (person) {
			const { email, password } = person;
			const answer = await visitor.context.request.post('/api/v2/sessions', { data: { email, password } });
			assert.equal(answer.status(), 201, await answer.text());
		}
		return visitor;
	}

	/** Sends a request as a program does: with the API key instead of a session once the person has one. */
	async ask(person, method, path, body) {
		const response = await fetch(`${this.installation.url}/api/v2${path}`, {
			method,
			headers: {
				'content-type': 'application/json',
				...(person && { authorization: `Bearer ${person.key ?? person.token}` })
			},
			body: body && JSON.stringify(body)
		});
		const text = await response.text();
		return { status: response.status, body: text && JSON.parse(text) };
	}

	async answer(...request) {
		const { status, body } = await this.ask(...request);
		assert.ok(status < 300, `${request.slice(1, 3).join(' ')}: ${status} ${JSON.stringify(body)}`);
		return body;
	}

	async signInByApi(person) {
		const { email, password } = person;
		const { token, user } = await this.answer(null, 'POST', '/sessions', { email, password });
		Object.assign(person, { token, id: user.id });
	}

	/** The link of an invitation to an organization. */
	async invite(organization, { email }) {
		const place = `/organizations/${organization}/invitations`;
		const { results } = await this.answer(this.owner, 'POST', place, { addresses: email });
		return results[0].invitation.link;
	}

	/** Sets the password through an invitation's link; `names`: first_name, last_name. */
	async setPassword(link, { password }, names = {}) {
		const token = link.split('#token=')[1];
		await this.answer(null, 'POST', '/invitation-link/password', { token, password, ...names });
	}

	/** Invites the person, sets the password, and makes the person a member by the first sign-in. */
	async join(organization, person, names) {
		await this.setPassword(await this.invite(organization, person), person, names);
		await this.signInByApi(person);
	}
}

export async function signIn(visitor, person) {
	await visitor.page.goto('/sign-in');
	await fillSignIn(visitor, person);
	await visitor.part('account-menu').waitFor();
}

/** On the sign-in page, which leads to the page that was asked for. */
export async function fillSignIn({ part }, { email, password }) {
	await part('email').fill(email);
	await part('password').fill(password);
	await part('sign-in').click();
}

/** Checks the number of rows that the table on this page shows. */
export async function total({ page }, count) {
	await page.locator(`[data-testid=table-count][data-total="${count}"]`).first().waitFor();
}

export async function create({ part }, button, name) {
	await part(button).click();
	await part('name').fill(name);
	await part('create-confirm').click();
}

/** Asks again and again, for 15 seconds. */
export async function until(holds) {
	for (let tries = 0; tries < 150; tries++) {
		if (await holds()) return;
		await new Promise((done) => setTimeout(done, 100));
	}
	assert.fail('it did not become true');
}
