/** The names the screens use for the generated shapes; `npm run gen` makes those from the server's OpenAPI document. */
import type { components } from './schema.gen';

type Schemas = components['schemas'];

export type ServerStatus = Schemas['ServerStatus'];
export type SetupState = ServerStatus['state'];
export type LicenseSummary = Schemas['LicenseOut'];
export type Activation = Schemas['Activation'];
export type NewDefaultAccount = Schemas['DefaultAccountIn'];
export type ErrorBody = Schemas['ErrorBody'];

// From here on: docs/api-design.md by hand, until the generated shapes have it.

export type Level = 'accounts' | 'organizations' | 'teams' | 'projects';
export type Role = 'owner' | 'admin' | 'billing_manager' | 'member';
export type Page<Row> = { items: Row[]; total: number };

/** What every list takes; filters of one list come on top. */
export type ListQuery = {
	search?: string;
	page?: number;
	page_size?: number;
	sort?: string;
	order?: 'asc' | 'desc';
	[filter: string]: string | number | undefined;
};

export type User = {
	id: number;
	email: string;
	first_name: string;
	last_name: string;
	language?: string | null;
	time_zone?: string | null;
};
export type OrganizationAccess = {
	id: number;
	name: string;
	role: Role | null;
	teams_enabled: boolean;
	password_sign_in: boolean;
	actions: string[];
};
export type MyInvitation = {
	id: number;
	organization_name: string | null;
	invited_by: string;
	expires_at: string;
};
export type Me = {
	user: User;
	account_role?: Role | null;
	actions: string[];
	organizations?: OrganizationAccess[];
	invitations?: MyInvitation[];
};

export type Account = {
	id: number;
	name: string;
	created_at: string;
	user_count: number;
	organization_count: number;
	actions: string[];
};
export type Organization = {
	id: number;
	name: string;
	teams_enabled: boolean;
	created_at: string;
	user_count: number;
	team_count: number;
	project_count: number;
	group_count: number;
	actions: string[];
};
export type Team = {
	id: number;
	organization_id: number;
	name: string;
	role: Role | null;
	user_count: number;
	project_count: number;
	created_at: string;
	actions: string[];
};
export type Project = {
	id: number;
	organization_id: number;
	organization_name: string;
	team_id: number | null;
	team_name: string | null;
	name: string;
	description: string;
	role: Role | null;
	user_count: number;
	created_at: string;
	archived_at: string | null;
	actions: string[];
};
export type Group = {
	id: number;
	organization_id: number;
	name: string;
	description: string;
	user_count: number;
	created_at: string;
	actions: string[];
};

export type Person = { user_id: number; email: string; first_name: string; last_name: string };
export type Member = Person & {
	role: Role;
	password_sign_in: boolean;
	joined_at: string;
	last_access_at: string | null;
	/** What the caller may do to this person. */
	actions: string[];
	assignable_roles: Role[];
};
export type RemovedUser = Person & { role: Role; removed_at: string; removed_by: string };
export type Candidates = { users: Person[]; groups: Group[] };
export type Added = { added: number; already: number };

export type Invitation = Schemas['InvitationOut'];
export type InvitationState = Invitation['state'];
export type InvitationResult = Schemas['InvitationResultOut'];
export type InvitationOutcome = InvitationResult['outcome'];
export type InvitationView = Schemas['InvitationViewOut'];

export type Session = {
	id: number;
	created_at: string;
	last_used_at: string;
	expires_at: string;
	address: string;
	user_agent: string;
	current: boolean;
};
export type ApiKey = {
	id: number;
	name: string;
	/** Its first characters; the key itself is in the answer to its creation alone. */
	start: string;
	created_at: string;
	last_used_at: string | null;
	expires_at: string | null;
};
export type AuditEvent = Omit<Schemas['AuditEventOut'], 'details'> & { details: Record<string, unknown> };
