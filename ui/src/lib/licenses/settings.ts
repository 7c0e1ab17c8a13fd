/**
 * Converts license settings between the server's values and the typed text. Fields contain text, because a half-typed
 * value is not a number yet.
 */
import type { LicenseProductName, LicenseSettings, LicenseSettingsInput } from '$lib/api/types';
import { formatList, formatNumber } from '$lib/format';
import { m } from '$lib/paraglide/messages';

export type ReservationRow = { team_id: number; team: string; seats: string };
export type TypedSettings = {
	idle: boolean;
	minutes: string;
	assignedOnly: boolean;
	reservations: ReservationRow[];
};

/** Proposed when a person switches the limit on. */
const USUAL_MINUTES = 120;

export const typedFrom = (settings: LicenseSettings): TypedSettings => ({
	idle: typeof settings.idle_minutes === 'number',
	minutes: String(settings.idle_minutes ?? USUAL_MINUTES),
	assignedOnly: settings.assigned_only,
	reservations: settings.reservations.map(({ team_id, team, seats }) => ({
		team_id,
		team,
		seats: String(seats)
	}))
});

export const inputOf = (typed: TypedSettings): LicenseSettingsInput => ({
	idle_minutes: typed.idle ? Number(typed.minutes) : null,
	assigned_only: typed.assignedOnly,
	reservations: typed.reservations.map(({ team_id, seats }) => ({ team_id, seats: Number(seats) }))
});

/** The server's limits. */
const MINUTES = { least: 5, most: 1440 };
const isCount = (text: string): boolean => /^\d{1,9}$/.test(text.trim()) && Number(text) > 0;

/** Field → what is wrong with it. */
export function problemsOf(typed: TypedSettings): Record<string, string> {
	const minutes = isCount(typed.minutes) ? Number(typed.minutes) : 0;
	if (typed.idle && (minutes < MINUTES.least || minutes > MINUTES.most))
		return { idle_minutes: m.licenses_idle_malformed(MINUTES) };
	const wrong = typed.reservations.find(({ seats }) => !isCount(seats));
	return wrong ? { reservations: m.licenses_reservation_malformed({ team: wrong.team }) } : {};
}

/** Facts that the effect of the settings depends on. */
export type EffectFacts = { product: LicenseProductName; seats: number };

/** What the typed settings do, in sentences; empty while a value is malformed. */
export function effectOf(typed: TypedSettings, { product, seats }: EffectFacts): string[] {
	if (Object.keys(problemsOf(typed)).length) return [];
	const idle = typed.idle ? m.effect_idle({ minutes: Number(typed.minutes) }) : m.effect_not_idle();
	const who = product === 'KSE' || typed.assignedOnly ? m.effect_assigned() : m.effect_everybody();
	return [who, idle, ...reservationEffect(typed.reservations, seats)];
}

function reservationEffect(rows: ReservationRow[], seats: number): string[] {
	const reserved = rows.reduce((sum, row) => sum + Number(row.seats), 0);
	if (!reserved) return [m.effect_no_reservation({ count: seats })];
	const list = rows.map((row) => m.effect_team({ team: row.team, seats: formatNumber(Number(row.seats)) }));
	const words = { seats: formatNumber(reserved), total: formatNumber(seats), teams: formatList(list) };
	return [m.effect_reserved(words), m.effect_left({ count: Math.max(0, seats - reserved) })];
}
