/** The names the screens use for the generated shapes; `npm run gen` makes those from the server's OpenAPI document. */
import type { components, operations } from './schema.gen';

type Schemas = components['schemas'];

export type ServerStatus = Schemas['ServerStatus'];
export type SetupState = ServerStatus['state'];
export type LicenseSummary = Schemas['LicenseOut'];
export type Activation = Schemas['Activation'];
export type NewDefaultAccount = Schemas['DefaultAccountIn'];
export type ErrorBody = Schemas['ErrorBody'];

export type Role = Schemas['RoleName'];
export type Level = operations['list_users']['parameters']['path']['level'];
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

export type Me = Schemas['MeOut'];
export type User = Schemas['UserOut'];
export type OrganizationAccess = Schemas['OrganizationAccessOut'];
export type MyInvitation = Schemas['OpenInvitationOut'];

export type Account = Schemas['AccountOut'];
export type Organization = Schemas['OrganizationOut'];
export type OrganizationPatch = Schemas['OrganizationPatchIn'];
export type Team = Schemas['TeamOut'];
export type Project = Schemas['ProjectOut'];
export type NewProject = Schemas['ProjectIn'];
export type ProjectPatch = Schemas['ProjectPatchIn'];
export type Group = Schemas['GroupOut'];
export type NewGroup = Schemas['GroupIn'];
export type GroupPatch = Schemas['GroupPatchIn'];

export type Person = Schemas['PersonOut'];
export type Member = Schemas['MemberOut'];
export type MemberPatch = Schemas['MemberPatchIn'];
export type RemovedUser = Schemas['RemovedUserOut'];
export type Candidates = Schemas['CandidatesOut'];
export type Added = Schemas['AddedOut'];

export type Invitation = Schemas['InvitationOut'];
export type InvitationState = Invitation['state'];
export type InvitationResult = Schemas['InvitationResultOut'];
export type InvitationOutcome = InvitationResult['outcome'];
export type InvitationView = Schemas['InvitationViewOut'];

export type Session = Schemas['SessionOut'];
export type ApiKey = Schemas['ApiKeyOut'];
export type CreatedApiKey = Schemas['CreatedApiKeyOut'];
export type Notification = Schemas['NotificationOut'];
export type AuditEvent = Omit<Schemas['AuditEventOut'], 'details'> & { details: Record<string, unknown> };

export type MailSettings = Schemas['MailSettingsOut'];
export type MailSettingsValues = Schemas['MailSettingsValues'];
export type MailSettingsInput = Schemas['MailSettingsIn'];
export type MailProtocol = Schemas['MailProtocolName'];
export type MailTest = Schemas['TestMailOut'];
export type MailStep = Schemas['MailStepOut'];
export type Mail = Schemas['MailOut'];
export type MailState = Schemas['MailState'];

export type LicenseProductName = 'KSE' | 'KRE';
/** Written by hand after docs/api-design.md until the server's document has them. */
export type LicenseFile = Omit<LicenseSummary, 'state'> & { state: LicenseSummary['state'] | 'replaced' };
export type LicenseProduct = {
	product: LicenseProductName;
	subscribed: number;
	available: number;
	in_use: number;
	assigned: number;
	offline: number;
	machine_quota: number;
	machines: number;
	waiting: number;
	expires_at?: string | null;
	days_left: number;
	state: 'active' | 'expiring' | 'expired' | 'none';
	share?: number | null;
	over_quota: boolean;
};
export type OrganizationShare = {
	organization_id: number;
	name: string;
	share?: number | null;
	in_use: number;
	assigned: number;
};
export type AccountLicenseProduct = LicenseProduct & { organizations: OrganizationShare[] };
export type AccountLicenses = { files: LicenseFile[]; products: AccountLicenseProduct[]; actions: string[] };
export type OrganizationLicenses = { products: LicenseProduct[]; actions: string[] };
export type LicensedUser = Person & {
	assigned_at: string;
	assigned_by: string;
	last_used_at?: string | null;
	online: boolean;
	hostname?: string | null;
};
export type AssignOutcome = 'assigned' | 'already_assigned' | 'not_a_member' | 'no_seat' | 'invalid';
export type AssignResult = { email: string; outcome: AssignOutcome; message: string };
export type LicenseSession = {
	id: string;
	user_id: number;
	email: string;
	package: string;
	machine_key: string;
	hostname: string;
	client_version: string;
	kind: 'online' | 'borrowed';
	team_id?: number | null;
	team?: string | null;
	started_at: string;
	renewed_at: string;
	expires_at: string;
};
export type OfflineLicense = {
	id: number;
	holder: string;
	machine_key: string;
	created_at: string;
	created_by: string;
	expires_at: string;
	state: 'active' | 'expired';
	file_name: string;
};
export type NewOfflineLicense = { machine_key: string; holder: string; expires_on?: string | null };
export type LicenseMachine = {
	id: number;
	machine_key: string;
	hostname: string;
	user_id: number;
	email: string;
	registered_at: string;
	last_seen_at: string;
	online: boolean;
};
export type Reservation = { team_id: number; team: string; seats: number; in_use: number };
export type LicenseSettings = {
	idle_minutes?: number | null;
	assigned_only: boolean;
	reservations: Reservation[];
};
export type LicenseSettingsInput = {
	idle_minutes: number | null;
	assigned_only: boolean;
	reservations: { team_id: number; seats: number }[];
};
export type UsagePoint = { at: string; peak: number; denied: number };
export type LicenseUsage = {
	days: number;
	quota: number;
	points: UsagePoint[];
	denied: number;
	peak: number;
	forecast: { seats: number; avoided: number }[];
};
export type LicenseUtilization = {
	user_id: number;
	email: string;
	sessions: number;
	hours: number;
	machines: number;
	denied: number;
	last_used_at?: string | null;
};
