/** The state of one answer, as the screen with all answers shows it. */
import type { Finding } from '$lib/host';
import { wizard, type PageName } from './wizard.svelte';

export type AnswerState = {
	level: 'checking' | 'ok' | 'warning' | 'open' | 'problem';
	/** The reason for the level; empty when there is nothing to say. */
	message: string;
};

/** What a person has not typed yet is open, not wrong. */
const isOpen = (page: PageName): boolean =>
	(page === 'license' && !wizard.licenseFile) || page === 'owner' || page === 'review';

export function answerState(page: PageName): AnswerState {
	const check = wizard.checkOf(page);
	if (check?.busy) return { level: 'checking', message: '' };
	const findings: Finding[] = check?.report?.findings ?? [];
	const said = (level: Finding['level']) => findings.find((finding) => finding.level === level)?.message;
	const why = wizard.whyNot(page);
	if (why && isOpen(page)) return { level: 'open', message: why };
	if (why) return { level: 'problem', message: said('error') ?? check?.failure ?? wizard.jdbcProblem ?? why };
	const warning = said('warning');
	if (warning) return { level: 'warning', message: warning };
	return { level: 'ok', message: said('info') ?? '' };
}

/** The first answer that the installation cannot begin with, in the order of the pages. */
export function firstObstacle(): { page: PageName; why: string } | null {
	const pages: PageName[] = [
		'destination',
		'ports',
		'database',
		'server-url',
		'files',
		'license',
		'owner',
		'review'
	];
	for (const page of pages) {
		const why = wizard.whyNot(page);
		if (why) return { page, why };
	}
	return null;
}
