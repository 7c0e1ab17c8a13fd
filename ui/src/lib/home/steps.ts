/** The first steps of a new installation. Steps that only later versions offer are not listed. */
import type { Me, Overview } from '$lib/api/types';
import { productPath } from '$lib/licenses/product';
import { m } from '$lib/paraglide/messages';

export type Step = {
	name: string;
	done: boolean;
	title: string;
	sentence: string;
	href: string;
	action: string;
};

/** `[]`: everything is done, or the person is not the one who sets the installation up. */
export function firstSteps(me: Me, overview: Overview): Step[] {
	if (!me.actions.includes('create_organization')) return [];
	const { organizations, account } = overview;
	const first = me.organizations.find(({ actions }) => actions.includes('invite_user'));
	const licensing = me.organizations.find(({ actions }) => actions.includes('assign_license'));
	const pending = organizations.reduce(
		(sum, { pending_count }) => sum + pending_count,
		account?.pending_count ?? 0
	);
	const steps: Step[] = [
		{
			name: 'organization',
			done: me.organizations.length > 0,
			title: m.step_organization(),
			sentence: m.step_organization_sentence(),
			href: '/?create',
			action: m.create()
		},
		{
			name: 'invite',
			done: (account?.user_count ?? 2) > 1 || pending > 0,
			title: m.step_invite(),
			sentence: m.step_invite_sentence(),
			href: first ? `/organizations/${first.id}/invitations?invite` : '/account/invitations?invite',
			action: m.invite()
		},
		{
			name: 'licenses',
			done: organizations.some(({ assigned }) => assigned > 0),
			title: m.step_licenses(),
			sentence: m.step_licenses_sentence(),
			href: licensing ? `${productPath(licensing.id, 'KSE')}/users?assign` : '/?create',
			action: m.step_licenses_action()
		}
	];
	return steps.every(({ done }) => done) ? [] : steps;
}
