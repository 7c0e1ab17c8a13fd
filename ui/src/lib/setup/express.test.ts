import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { clearMocks, mockIPC } from '@tauri-apps/api/mocks';
import { chooseHost, type Finding } from '$lib/host';
import { answerState, firstObstacle } from './answer-state';
import { answerText } from './answer-text';
import { consequences } from './consequences';
import { databaseSql } from './database-sql';
import { firewallCommands } from './firewall';
import { wizard, type PageName } from './wizard.svelte';

const DEFAULTS = {
	destination: '/opt/testkeep',
	http_port: 8080,
	control_port: 8005,
	server_urls: ['http://build-server:8080'],
	machine_id: 'TK1',
	factors: [],
	demo: false,
	version: '0.1.0',
	is_root: false,
	service_modes: ['background', 'none'],
	account: 'testkeep',
	program_bytes: 61_000_000,
	machine: {
		host_name: 'build-server',
		system: 'Linux',
		processors: 4,
		memory_bytes: 8e9,
		address: '10.0.0.7'
	}
};
const license = {
	customer: 'Engines Ltd',
	expires_at: '2027-12-31T23:59:59Z',
	products: [
		{ product: 'KSE', quota: 25 },
		{ product: 'KRE', quota: 10 }
	]
};
let findings: Partial<Record<string, Partial<Finding>[]>>;

beforeEach(async () => {
	findings = {};
	vi.useFakeTimers();
	vi.stubGlobal('window', globalThis);
	vi.stubGlobal('localStorage', { getItem: () => null, setItem: () => {} });
	mockIPC((command, payload) => {
		if (command !== 'check') throw new Error(`no answer to ${command}`);
		const { kind } = payload as { kind: string };
		if (kind === 'defaults') return DEFAULTS;
		const said = findings[kind] ?? [];
		return {
			ok: said.every(({ level }) => level !== 'error'),
			findings: said,
			path: '/opt/testkeep',
			license
		};
	});
	await chooseHost();
	await wizard.start();
});

afterEach(() => {
	vi.useRealTimers();
	clearMocks();
});

async function ask(page: PageName) {
	const answer = wizard.ask(page);
	await vi.runAllTimersAsync();
	await answer;
}

describe('answerState', () => {
	test('is ok, a warning or a problem, with the reason', async () => {
		findings.destination = [{ level: 'warning', message: 'Little space.' }];
		findings.ports = [
			{ level: 'ok', message: 'Port 8080 is free.' },
			{ level: 'error', message: 'Port 8005 is taken.' }
		];
		await ask('destination');
		await ask('ports');
		expect(answerState('destination')).toEqual({ level: 'warning', message: 'Little space.' });
		expect(answerState('ports')).toEqual({ level: 'problem', message: 'Port 8005 is taken.' });
		expect(answerState('files')).toEqual({ level: 'ok', message: '' });
	});

	test('is being checked until the program has answered', async () => {
		const answer = wizard.ask('destination');
		expect(answerState('destination').level).toBe('checking');
		await vi.runAllTimersAsync();
		await answer;
		expect(answerState('destination').level).toBe('ok');
	});

	test('what a person has to enter is open, not wrong', () => {
		expect(answerState('license').level).toBe('open');
		expect(answerState('owner').level).toBe('open');
	});
});

test('the first obstacle is the first page that does not hold', () => {
	expect(firstObstacle()?.page).toBe('license');
	wizard.licenseLater = true;
	expect(firstObstacle()?.page).toBe('owner');
	wizard.owner.later = true;
	expect(firstObstacle()).toBeNull();
	wizard.httpPort = 'x';
	expect(firstObstacle()?.page).toBe('ports');
});

test('a license is shown with its seats and its last day', async () => {
	Object.assign(wizard, { licenseFile: '/tmp/l.lic', licenseName: 'l.lic' });
	await ask('license');
	expect(answerText('license')).toEqual(['Engines Ltd', 'KSE 25 · KRE 10, until December 31, 2027', 'l.lic']);
});

describe('consequences', () => {
	const details = () => Object.fromEntries(consequences().map(({ key, detail }) => [key, detail]));

	test('name size, folder, ports, account, and what is skipped', () => {
		wizard.licenseLater = wizard.owner.later = true;
		const said = details();
		expect(said.folders).toContain('/opt/testkeep');
		expect(said.programs).toContain('61 MB');
		expect(said.configuration).toMatch(/8080.*8005/);
		expect(said.license).toContain('Activate');
		expect(said.owner).toContain('Skipped');
		expect(said.start).toContain('account testkeep');
		expect(said.start).toContain('does not start with the machine');
	});

	test('name the seats of the license and the owner', async () => {
		Object.assign(wizard, { licenseFile: '/tmp/l.lic', licenseName: 'l.lic' });
		Object.assign(wizard.owner, {
			first_name: 'A',
			last_name: 'L',
			email: 'a@example.com',
			password: '12345678'
		});
		await ask('license');
		const said = details();
		expect(said.license).toBe('Engines Ltd: KSE 25 · KRE 10, until December 31, 2027.');
		expect(said.owner).toContain('a@example.com');
		expect(JSON.stringify(said)).not.toContain('12345678');
	});

	test('name a database that is created', () => {
		Object.assign(wizard, {
			databaseKind: 'postgresql',
			jdbcUrl: 'jdbc:postgresql://db/kit',
			createDatabase: true
		});
		expect(details().database).toMatch(/db\/kit.*created/);
	});
});

test('names in SQL are quoted', () => {
	const sql = databaseSql('kit "1"', 'test"keep');
	expect(sql).toContain('CREATE DATABASE "kit ""1""" OWNER "test""keep"');
	expect(sql).toContain('\\password "test""keep"');
});

test('the firewall commands name the port', () => {
	expect(firewallCommands('linux', '8080').map(({ name }) => name)).toEqual(['ufw', 'firewalld']);
	for (const { command } of [...firewallCommands('linux', '8080'), ...firewallCommands('windows', '8080')])
		expect(command).toContain('8080');
});
