import { describe, expect, test } from 'vitest';
import { effectOf, inputOf, problemsOf, typedFrom, type TypedSettings } from './settings';

const typed = (of: Partial<TypedSettings> = {}): TypedSettings => ({
	...{ idle: false, minutes: '120', assignedOnly: false, reservations: [] },
	...of
});
const row = (team: string, seats: string) => ({ team_id: 1, team, seats });

describe('effectOf', () => {
	const kre = { product: 'KRE', seats: 10 } as const;

	test('without any limit', () => {
		expect(effectOf(typed(), kre).join(' ')).toBe(
			'Every member of the organization may take a seat. A session lasts until its program ends it. All 10 seats are free for everybody.'
		);
	});

	test('an idle limit, assigned people, reservations', () => {
		const some = typed({
			idle: true,
			minutes: '60',
			assignedOnly: true,
			reservations: [row('Parsers', '3')]
		});
		const text = effectOf(some, kre).join(' ');
		expect(text).toContain('Only people on the Licensed users page');
		expect(text).toContain('idle for 60 minutes');
		expect(text).toContain('3 of 10 seats are kept for Parsers (3).');
		expect(text).toContain('7 seats are left for everybody else.');
	});

	test('KSE is always for assigned people', () => {
		expect(effectOf(typed(), { product: 'KSE', seats: 2 })[0]).toContain('Only people');
	});

	test('nothing is promised for malformed values', () => {
		expect(effectOf(typed({ idle: true, minutes: '2' }), kre)).toEqual([]);
		expect(effectOf(typed({ reservations: [row('Parsers', 'x')] }), kre)).toEqual([]);
	});
});

test('the server’s values become text and back', () => {
	const settings = {
		...{ idle_minutes: 60, assigned_only: true },
		reservations: [{ team_id: 4, team: 'Parsers', seats: 2, in_use: 1 }]
	};
	const input = inputOf(typedFrom(settings));
	expect(input).toEqual({ idle_minutes: 60, assigned_only: true, reservations: [{ team_id: 4, seats: 2 }] });
	expect(problemsOf(typedFrom({ ...settings, idle_minutes: null }))).toEqual({});
});
