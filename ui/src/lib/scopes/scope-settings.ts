/** Texts and actions of the settings that organizations, teams and projects have in common. */
import type { OrganizationAction, ProjectAction, TeamAction } from '$lib/api/types';
import { m } from '$lib/paraglide/messages';

export type ScopeAction = OrganizationAction | TeamAction | ProjectAction;
export type ScopeLevel = 'organizations' | 'teams' | 'projects';

type Common = {
	title: () => string;
	/** “Team ID”, and the `data-testid` of the line that shows it. */
	id: () => string;
	idTest: string;
	leave: () => string;
	leaveConsequence: () => string;
	delete: () => string;
	edit: ScopeAction;
	remove: ScopeAction;
};

export const COMMON: Record<ScopeLevel, Common> = {
	organizations: {
		title: m.organization,
		id: m.organization_id,
		idTest: 'organization-id',
		leave: m.organization_leave,
		leaveConsequence: m.organization_leave_consequence,
		delete: m.organization_delete,
		edit: 'update_organization',
		remove: 'delete_organization'
	},
	teams: {
		title: m.team,
		id: m.team_id,
		idTest: 'team-id',
		leave: m.team_leave,
		leaveConsequence: m.team_leave_consequence,
		delete: m.team_delete,
		edit: 'edit_team',
		remove: 'delete_team'
	},
	projects: {
		title: m.project,
		id: m.project_id,
		idTest: 'project-id',
		leave: m.project_leave,
		leaveConsequence: m.project_leave_consequence,
		delete: m.project_delete,
		edit: 'edit_project',
		remove: 'delete_project'
	}
};
