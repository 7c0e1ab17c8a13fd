// Fills a fresh installation as a company of sixty people would have it after two months. By the API; only what needs
// time to pass is written into the database (realistic-history.py). The same people, names and numbers at each run.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { MailServer } from './mail-server.js';
import { people, password } from './realistic-people.js';
import { uploadReports } from './realistic-reports.js';
import { Walk } from './visitors.js';

/** Runs a script of this folder with Python. */
function python(script, ...args) {
	const file = join(import.meta.dirname, script);
	execFileSync('python3', [file, ...args.map(String)], { stdio: ['ignore', 'inherit', 'inherit'] });
}

const places = {
	lumen: {
		name: 'Lumen Bank Quality',
		teams: ['Mobile apps', 'Core banking', 'Payments & clearing', 'Platform', 'Accessibility'],
		projects: {
			'Mobile apps': ['Banking app for Android', 'Banking app for iOS', 'Onboarding by video'],
			'Core banking': ['Ledger', 'Interest and fees'],
			'Payments & clearing': ['Instant payments (SEPA, FedNow and domestic schemes of eleven countries)'],
			Platform: ['Test data service'],
			'': ['Public website']
		},
		groups: { 'Night shift': 6, 'Release managers': 4, Contractors: 9 }
	},
	haefen: {
		name: 'Häfen & Söhne Logistik',
		teams: ['Terminal', 'Zoll'],
		projects: { Terminal: ['Kranplanung', 'Yard-Anzeige'], Zoll: ['Anmeldungen'] },
		groups: { Schichtleitung: 3 }
	},
	kiosk: { name: 'Kiosk Labs', teams: [], projects: { '': ['Self-checkout'] }, groups: {} }
};

/** Names of hosts and IDs of machines are derived, so that they are the same at each run. */
const machine = (name) => createHash('sha256').update(name).digest('hex').slice(0, 32);

/** A started `Walk` with everything in it. `stop()` ends the live sessions' keeper and the mail server. */
export class RealisticData {
	#timers = [];
	live = [];
	waiting = [];

	/** @param walk a `Walk` that has not started; `options`: those of `Walk.start` */
	static async fill(walk = new Walk('realistic'), options = {}) {
		const data = new RealisticData();
		data.walk = walk;
		data.people = people();
		data.owner = data.people[0];
		await walk.start(data.owner, options);
		for (const step of [
			'licenses',
			'organizations',
			'join',
			'roles',
			'teams',
			'mail',
			'invitations',
			'assignments',
			'settings',
			'sessions',
			'changes',
			'reports'
		])
			await data[step]();
		data.history();
		data.#keep();
		return data;
	}

	answer = (...request) => this.walk.answer(...request);
	of = (place) => this.people.filter((person) => person.place === place);
	by = (name) => this.people.find(({ email }) => email.startsWith(name));
	post = (path, body) => this.answer(this.owner, 'POST', path, body);
	organization = (place) => `/organizations/${places[place].id}`;

	async licenses() {
		const { installation } = this.walk;
		await installation.activate(await installation.renewal(12, 200));
		await installation.activate(await installation.addition(15, 4, 20));
	}

	async organizations() {
		for (const place of Object.values(places)) place.id = (await this.post('/organizations', { name: place.name })).id;
	}

	async join() {
		for (const place of Object.keys(places)) {
			const joining = this.of(place).filter((person) => person !== this.owner);
			const addresses = joining.map(({ email }) => email).join(', ');
			const { results } = await this.post(`${this.organization(place)}/invitations`, { addresses });
			const links = Object.fromEntries(results.map(({ address, invitation }) => [address, invitation.link]));
			for (const person of joining) {
				const { first_name, last_name } = person;
				await this.walk.setPassword(links[person.email], person, first_name ? { first_name, last_name } : {});
				await this.walk.signInByApi(person);
			}
		}
	}

	async roles() {
		await this.answer(this.owner, 'PATCH', '/me', { first_name: 'Ada', last_name: 'Lovelace' });
		const role = (path, name, role) =>
			this.answer(this.owner, 'PATCH', `${path}/users/${this.by(name).id}`, { role });
		for (const name of ['grace', 'peter', 'olena']) await role(this.organization('lumen'), name, 'admin');
		await role(this.organization('haefen'), 'rosa', 'owner');
		await role(this.organization('haefen'), 'jens', 'admin');
		await role(this.organization('kiosk'), 'quill', 'owner');
		await role('/accounts/1', 'barbara', 'admin');
		await role('/accounts/1', 'francoise', 'billing_manager');
	}

	async teams() {
		for (const key of Object.keys(places)) await this.#teamsOf(key, places[key]);
		await this.answer(this.owner, 'PATCH', this.organization('kiosk'), { teams_enabled: false });
	}

	async #teamsOf(key, place) {
		const ids = this.of(key)
			.filter((person) => person !== this.owner)
			.map(({ id }) => id);
		const part = (index, count) => Array.from({ length: count }, (_, at) => ids[(index * 7 + at) % ids.length]);
		place.team = {};
		for (const [index, name] of place.teams.entries()) {
			place.team[name] = (await this.post(`${this.organization(key)}/teams`, { name })).id;
			await this.post(`/teams/${place.team[name]}/users`, { user_ids: [...new Set(part(index, 4 + index * 2))] });
		}
		for (const [team, names] of Object.entries(place.projects))
			for (const [index, name] of names.entries()) {
				const description = index ? '' : `Tests of ${name.toLowerCase()}, run each night and before each release.`;
				const project = { name, description, team_id: place.team[team] ?? 0 };
				place.project = (await this.post(`${this.organization(key)}/projects`, project)).id;
				await this.post(`/projects/${place.project}/users`, { user_ids: [...new Set(part(index + 2, 5))] });
			}
		for (const [name, count] of Object.entries(place.groups)) {
			const { id } = await this.post(`${this.organization(key)}/groups`, { name, description: `People of “${name}”.` });
			place.group = id;
			await this.post(`/groups/${id}/users`, { user_ids: [...new Set(part(count, count))] });
		}
	}

	async mail() {
		this.mails = await MailServer.start();
		const settings = { host: '127.0.0.1', port: this.mails.port, protocol: 'smtp', username: '' };
		const sender = 'Testkeep <testkeep@lumen.example>';
		await this.answer(this.owner, 'PUT', '/accounts/1/mail-settings', { ...settings, sender });
		await this.post('/accounts/1/mail-settings/test', { recipient: this.owner.email });
		const users = `${this.organization('lumen')}/users`;
		for (const { id } of this.of('lumen').slice(8, 20))
			for (const role of ['admin', 'member']) await this.answer(this.owner, 'PATCH', `${users}/${id}`, { role });
		await this.mails.waitFor(24);
	}

	async invitations() {
		const place = `${this.organization('lumen')}/invitations`;
		await this.post(place, { addresses: 'dennis@lumen.example, margaret@lumen.example, edsger@lumen.example' });
		await this.post(place, { addresses: 'refused.mailbox@gone.example, later@slow.example, expired@lumen.example' });
		// Somebody of another organization is asked to accept; an inviter who may no longer invite.
		await this.post(place, { addresses: this.by('hiro').email });
		await this.answer(this.by('peter'), 'POST', place, { addresses: 'donald@lumen.example' });
		await this.answer(this.owner, 'PATCH', `${this.organization('lumen')}/users/${this.by('peter').id}`, {
			role: 'member'
		});
		const { items } = await this.answer(this.owner, 'GET', `${place}?page_size=50`);
		const revoked = items.find(({ email }) => email.startsWith('edsger'));
		await this.answer(this.owner, 'DELETE', `/invitations/${revoked.id}`);
		// By the mailed link: the password is set, the first sign-in is still to come.
		const mail = await this.#mailTo('margaret@lumen.example');
		await this.walk.setPassword(mail, { password }, { first_name: 'Margaret', last_name: 'Hamilton' });
	}

	async #mailTo(address) {
		const { link } = await import('./mail-server.js');
		for (let count = 1; ; count++) {
			const mail = await this.mails.waitFor(count);
			if (mail.recipients.includes(address)) return link(mail);
		}
	}

	async assignments() {
		const assign = (place, product, people) =>
			this.post(`${this.organization(place)}/licenses/${product}/users`, { emails: people.map(({ email }) => email) });
		await assign('lumen', 'KSE', this.of('lumen').slice(0, 31));
		await assign('haefen', 'KSE', this.of('haefen').slice(0, 7));
		await assign('lumen', 'KRE', this.of('lumen').slice(20, 32));
		await this.answer(this.owner, 'PUT', `/accounts/1/licenses/KRE/shares/${places.haefen.id}`, { seats: 5 });
	}

	async settings() {
		const { id, team } = places.lumen;
		const kre = `/organizations/${id}/licenses/KRE`;
		const reservations = [{ team_id: team['Mobile apps'], seats: 3 }];
		await this.answer(this.owner, 'PUT', `${kre}/settings`, { assigned_only: false, reservations, idle_minutes: 60 });
		const day = (days) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
		for (const [holder, expires_on] of [
			['Laboratory without a network', day(180)],
			['Trade fair', day(6)]
		])
			await this.post(`${kre}/offline`, { machine_key: machine(holder), holder, expires_on });
	}

	async sessions() {
		const kse = { organization_id: places.lumen.id, package: 'KSE', client_version: '10.3.1' };
		for (const [index, person] of this.of('lumen').slice(0, 19).entries())
			await this.#takes(person, `desk-${String(index + 11)}`, kse);
		const theirs = { organization_id: places.haefen.id, package: 'KSE', client_version: '10.2.0' };
		for (const person of this.of('haefen').slice(0, 4)) await this.#takes(person, `hh-${person.email.split('@')[0]}`, theirs);
		await this.#takes(this.by('grace'), 'grace-notebook', { ...kse, package: 'ENGINE', borrow_days: 5 });
		const kre = { ...kse, package: 'FLOATING_ENGINE', client_version: '10.3.1' };
		for (let index = 0; index < 12; index++)
			await this.#takes(this.of('lumen')[20 + (index % 9)], `farm-${String(index + 1).padStart(2, '0')}`, kre, true);
		for (const name of ['wang', 'zoe', 'kwame', 'ibrahim', 'raul'])
			await this.#takes(this.by(name), `late-${name}`, kre, true);
		for (const name of ['lukasz', 'bo@', 'fatima']) await this.#takes(this.by(name), `queue-${name.replace('@', '')}`, { ...kre, wait: true });
	}

	/** Takes a seat, or waits for one; `perhaps`: may be refused. */
	async #takes(person, hostname, more, perhaps) {
		const request = { hostname, machine_id: machine(hostname), session_id: machine(`session ${hostname}`), ...more };
		const { status, body } = await this.walk.ask(person, 'POST', '/leases', request);
		if (status === 200 && !more.borrow_days) this.live.push({ person, id: body.id });
		else if (status === 202) this.waiting.push({ person, request });
		else if (status !== 200 && !perhaps) throw new Error(`${hostname}: ${status} ${JSON.stringify(body)}`);
	}

	async changes() {
		const users = `${this.organization('lumen')}/licenses/KSE/users`;
		await this.answer(this.owner, 'DELETE', `${users}/${this.of('lumen')[30].id}`);
		await this.post(`${users}/${this.of('lumen')[29].id}/transfer`, { email: this.of('lumen')[33].email });
		for (const name of ['mehmet', 'leilani', 'dilnoza'])
			await this.answer(this.owner, 'DELETE', `${this.organization('lumen')}/users/${this.by(name).id}`);
		const leaving = this.by('siti');
		await this.answer(leaving, 'DELETE', `${this.organization('lumen')}/users/${leaving.id}`);
		const archived = await this.post(`${this.organization('lumen')}/projects`, { name: 'Cheque scanner', team_id: 0 });
		await this.answer(this.owner, 'PATCH', `/projects/${archived.id}`, { archived: true });
		for (const [name, expires_in_days] of [
			['Night builds', 30],
			['Reports to the wiki', undefined],
			['Laptop of Ada', 1]
		])
			await this.post('/me/api-keys', { name, expires_in_days });
		// Sessions with the owner's name on other devices.
		for (let count = 0; count < 3; count++)
			await this.answer(null, 'POST', '/sessions', { email: this.owner.email, password });
	}

	/** Test reports of one project, and which pages show them. */
	async reports() {
		const { id } = await uploadReports(this.walk, this.owner, places.lumen.project);
		const broken = `/executions/${id}/results?outcome=broken`;
		const [result] = (await this.answer(this.owner, 'GET', broken)).items;
		places.lumen.report = { execution: id, result: result.id, test: result.test_case_id };
	}

	/** Sixty days of use, and times in the past for what was just made. */
	history() {
		python('realistic-history.py', this.#database(), places.lumen.id, places.haefen.id);
	}

	/** Thousands of people more, for measurements. */
	crowd(count) {
		python('realistic-crowd.py', this.#database(), places.lumen.id, count);
	}

	#database = () => join(this.walk.installation.destination, 'data/testkeep.db');

	/** Programs renew their leases, and ask again while they wait. */
	#keep() {
		const renew = () => this.live.map(({ person, id }) => this.walk.ask(person, 'POST', `/leases/${id}/renew`, {}).catch(() => {}));
		const wait = () => this.waiting.map(({ person, request }) => this.walk.ask(person, 'POST', '/leases', request).catch(() => {}));
		this.#timers = [setInterval(renew, 60_000), setInterval(wait, 8_000)];
	}

	/** Pages of the installation, with names for pictures. */
	pages() {
		return pagesOf(places);
	}

	stop() {
		for (const timer of this.#timers) clearInterval(timer);
		this.mails?.stop();
	}
}

/** `{name: path}` of every page behind the sign-in. */
function pagesOf({ lumen }) {
	const organization = `/organizations/${lumen.id}`;
	const of = (place, pages) => pages.map((page) => [`${place}-${page.replaceAll('/', '-')}`, page]);
	const under = (name, path, pages) => of(name, pages).map(([key, page]) => [key, `${path}/${page}`]);
	const team = lumen.team['Mobile apps'];
	return Object.fromEntries([
		['home', '/'],
		['license', '/license'],
		...under('organization', organization, ['users', 'invitations', 'removed', 'teams', 'projects', 'groups', 'audit', 'mail', 'mail/log', 'settings']),
		...['KSE', 'KRE'].flatMap((product) =>
			under(product, `${organization}/licenses/${product}`, ['users', 'online', 'offline', 'machines', 'usage', 'settings'])
		),
		...under('team', `/teams/${team}`, ['users', 'projects', 'settings']),
		['project', `/projects/${lumen.project}`],
		...under('project', `/projects/${lumen.project}`, ['tests', 'users', 'settings']),
		['execution', `/executions/${lumen.report.execution}`],
		['result', `/results/${lumen.report.result}`],
		['test-case', `/tests/${lumen.report.test}`],
		...under('account', '/account', ['users', 'invitations', 'licenses', 'audit', 'mail', 'mail/log', 'settings']),
		...under('profile', '/profile', ['personal', 'password', 'sessions', 'api-keys', 'notifications']),
		['group', `/groups/${lumen.group}`],
		['not-found', '/nowhere']
	]);
}
