import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { clearMocks, mockIPC } from '@tauri-apps/api/mocks';
import { chooseHost } from '$lib/host';
import { isPort, PAGES, wizard, type PageName, type ServiceMode } from './wizard.svelte';

const DEFAULTS = {
	destination: '/opt/testkeep',
	http_port: 8080,
	control_port: 8081,
	server_urls: ['http://build-server:8080', 'http://10.0.0.7:8080'],
	machine_id: 'TKM1',
	factors: [],
	demo: false,
	version: '0.1.0',
	is_root: false,
	service_modes: ['background', 'none'] as ServiceMode[],
	account: 'ada',
	program_bytes: 1000,
	machine: { processors: 1 }
};
type Asked = { kind: string; args: string[]; password?: string };

let asked: Asked[];
/** Kinds of check that the program refuses; the others pass. */
let refused: Record<string, boolean>;

beforeEach(async () => {
	asked = [];
	refused = {};
	vi.useFakeTimers();
	vi.stubGlobal('window', globalThis);
	vi.stubGlobal('localStorage', { getItem: () => null, setItem: () => {} });
	mockIPC((command, payload) => {
		if (command !== 'check') throw new Error(`no answer to ${command}`);
		const { kind, args, password } = payload as Asked;
		if (kind === 'defaults') return DEFAULTS;
		asked.push({ kind, args, password });
		return { ok: !refused[kind], findings: [], path: '/srv/testkeep', url: 'http://build-server:8080' };
	});
	await chooseHost();
	await wizard.start();
});

afterEach(() => {
	vi.useRealTimers();
	clearMocks();
});

/** The wizard waits for the end of typing; tests skip this wait. */
async function ask(page: PageName) {
	const answer = wizard.ask(page);
	await vi.runAllTimersAsync();
	await answer;
}

async function firstProblem() {
	const problem = wizard.firstProblem();
	await vi.runAllTimersAsync();
	return problem;
}

test.each(['1', '80', ' 8080 ', '65535'])('“%s” is a port', (text) => expect(isPort(text)).toBe(true));
test.each(['', '0', '65536', '-1', '80.5', '1e3', '0x50', '8080a', '100000'])('“%s” is no port', (text) =>
	expect(isPort(text)).toBe(false)
);

describe('whyNot', () => {
	test('what was proposed needs a license file and an owner, or “later”, and nothing else', () => {
		expect(PAGES.filter((page) => wizard.whyNot(page) !== null)).toEqual(['license', 'owner']);
		wizard.licenseLater = true;
		expect(wizard.whyNot('license')).toBeNull();
		wizard.licenseLater = false;
		wizard.licenseFile = '/tmp/license.lic';
		expect(wizard.whyNot('license')).toBeNull();
	});

	test.each<[PageName, () => void]>([
		['destination', () => (wizard.destination = '  ')],
		['ports', () => (wizard.httpPort = '99999')],
		['ports', () => (wizard.controlPort = '')],
		['database', () => Object.assign(wizard, { databaseKind: 'postgresql', jdbcUrl: ' ' })],
		['server-url', () => (wizard.serverUrl = '')],
		['files', () => (wizard.uploadsElsewhere = true)]
	])('an empty answer keeps one on the page %s', (page, empty) => {
		empty();
		expect(wizard.whyNot(page)).not.toBeNull();
	});

	test.each<[PageName, string, () => void]>([
		['destination', 'destination', () => {}],
		['ports', 'ports', () => {}],
		['database', 'database', () => (wizard.databaseKind = 'postgresql')],
		['server-url', 'server-url', () => {}],
		[
			'files',
			'upload-location',
			() => Object.assign(wizard, { uploadsElsewhere: true, uploadLocation: '/u' })
		],
		['license', 'license', () => (wizard.licenseFile = '/tmp/license.lic')]
	])('a refused check keeps one on the page %s', async (page, kind, answer) => {
		answer();
		await ask(page);
		expect(asked.map((one) => one.kind)).toEqual([kind]);
		expect(wizard.whyNot(page)).toBeNull();
		refused[kind] = true;
		wizard.checks[
			page === 'files' ? 'uploads' : page === 'server-url' ? 'serverUrl' : (page as 'ports')
		].forget();
		await ask(page);
		expect(wizard.whyNot(page)).not.toBeNull();
	});

	test('a server that would run as root must be allowed to', () => {
		wizard.defaults = { ...DEFAULTS, is_root: true };
		expect(wizard.whyNot('review')).not.toBeNull();
		wizard.allowRoot = true;
		expect(wizard.whyNot('review')).toBeNull();
	});

	test('a service has an account of its own and needs no such permission', () => {
		wizard.defaults = { ...DEFAULTS, is_root: true, service_modes: ['service', 'background', 'none'] };
		wizard.serviceMode = 'service';
		expect(wizard.serviceModes).toEqual(['service', 'background']);
		expect(wizard.whyNot('review')).toBeNull();
		expect(wizard.answers().service).toEqual({ mode: 'service' });
	});
});

describe('ask', () => {
	test('asks nothing about what does not apply', async () => {
		for (const page of ['database', 'files', 'license', 'review'] as const) await ask(page);
		wizard.httpPort = 'none';
		await ask('ports');
		expect(asked).toEqual([]);
	});

	test('asks once about the same answer', async () => {
		await ask('destination');
		await ask('destination');
		expect(asked).toEqual([{ kind: 'destination', args: ['/opt/testkeep'], password: undefined }]);
	});

	test('a connection test takes user, password and whether to create', async () => {
		Object.assign(wizard, {
			databaseKind: 'postgresql',
			jdbcUrl: ' jdbc:postgresql://db/kit ',
			databaseUser: ' kit ',
			databasePassword: ' secret ',
			createDatabase: true
		});
		await ask('database');
		expect(asked).toEqual([
			{
				kind: 'database',
				args: ['jdbc:postgresql://db/kit', '--user', 'kit', '--create'],
				password: ' secret '
			}
		]);
	});
});

describe('the owner', () => {
	const ada = {
		first_name: ' Ada ',
		last_name: 'Lovelace',
		email: ' ada@example.com ',
		password: ' engine 1843 '
	};

	test('is complete with two names, an email address and eight characters', () => {
		Object.assign(wizard.owner, ada);
		expect(wizard.whyNot('owner')).toBeNull();
		for (const wrong of [
			{ first_name: ' ' },
			{ last_name: '' },
			{ email: 'ada' },
			{ email: 'ada@' },
			{ password: '1234567' }
		]) {
			Object.assign(wizard.owner, ada, wrong);
			expect(wizard.whyNot('owner'), JSON.stringify(wrong)).not.toBeNull();
			expect(wizard.answers()).not.toHaveProperty('default_account');
		}
	});

	test('is an answer like the others; the password stays as it was typed', () => {
		Object.assign(wizard.owner, ada);
		expect(wizard.answers().default_account).toEqual({
			first_name: 'Ada',
			last_name: 'Lovelace',
			email: 'ada@example.com',
			password: ' engine 1843 '
		});
		wizard.owner.later = true;
		expect(wizard.answers()).not.toHaveProperty('default_account');
		expect(wizard.whyNot('owner')).toBeNull();
	});

	test('is forgotten with all other answers', async () => {
		Object.assign(wizard.owner, ada, { later: true });
		await wizard.start();
		expect(wizard.owner).toMatchObject({ later: false, email: '', password: '' });
	});
});

test('a JDBC URL that is wrong keeps one on the page, before any connection', () => {
	Object.assign(wizard, { databaseKind: 'postgresql', jdbcProblem: 'There is no port 99999.' });
	expect(wizard.whyNot('database')).not.toBeNull();
	wizard.databaseKind = 'built-in';
	expect(wizard.whyNot('database')).toBeNull();
});

describe('followPort', () => {
	test('a proposed URL follows the port', () => {
		wizard.httpPort = ' 9090 ';
		wizard.followPort();
		expect(wizard.serverUrl).toBe('http://build-server:9090');
		wizard.httpPort = '8080';
		wizard.followPort();
		expect(wizard.serverUrl).toBe('http://build-server:8080');
	});

	test('a URL that somebody typed stays', () => {
		wizard.serverUrl = 'https://testkeep.example.com';
		wizard.httpPort = '9090';
		wizard.followPort();
		expect(wizard.serverUrl).toBe('https://testkeep.example.com');
	});
});

describe('firstProblem', () => {
	test('is the first page that does not hold, in the order of the pages', async () => {
		wizard.licenseLater = wizard.owner.later = true;
		expect(await firstProblem()).toBeNull();
		refused['server-url'] = true;
		wizard.serverUrl = 'http://elsewhere:8080';
		expect(await firstProblem()).toBe('server-url');
		wizard.controlPort = '';
		expect(await firstProblem()).toBe('ports');
	});
});

describe('answers', () => {
	test('as proposed: what was not answered is left out', () => {
		expect(wizard.answers()).toEqual({
			destination: '/opt/testkeep',
			http_port: 8080,
			control_port: 8081,
			server_url: 'http://build-server:8080',
			database: { kind: 'built-in' }
		});
	});

	test('everything answered; folder and URL as the checks spell them', async () => {
		Object.assign(wizard, {
			databaseKind: 'postgresql',
			jdbcUrl: ' jdbc:postgresql://db/kit ',
			databaseUser: 'kit',
			databasePassword: 'secret',
			createDatabase: true,
			uploadsElsewhere: true,
			uploadLocation: ' /data ',
			licenseFile: '/tmp/license.lic',
			serverUrl: 'BUILD-SERVER:8080',
			allowRoot: true
		});
		await ask('destination');
		await ask('server-url');
		expect(wizard.answers()).toEqual({
			destination: '/srv/testkeep',
			http_port: 8080,
			control_port: 8081,
			server_url: 'http://build-server:8080',
			upload_location: '/data',
			license_file: '/tmp/license.lic',
			database: {
				kind: 'postgresql',
				jdbc_url: 'jdbc:postgresql://db/kit',
				user: 'kit',
				password: 'secret',
				create: true
			},
			service: { mode: 'background', allow_root: true }
		});
	});

	test('a license file chosen before “later” is left out', () => {
		Object.assign(wizard, { licenseFile: '/tmp/license.lic', licenseLater: true });
		expect(wizard.answers()).not.toHaveProperty('license_file');
	});

	test('starting again forgets everything', async () => {
		Object.assign(wizard, {
			databaseKind: 'postgresql',
			allowRoot: true,
			uploadsElsewhere: true,
			serverUrl: 'x'
		});
		wizard.confirmed.ports = true;
		await wizard.start();
		expect(wizard.answers()).toEqual({
			destination: '/opt/testkeep',
			http_port: 8080,
			control_port: 8081,
			server_url: 'http://build-server:8080',
			database: { kind: 'built-in' }
		});
		expect(wizard.confirmed).toEqual({});
	});
});
