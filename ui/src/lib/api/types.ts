/**
 * The names that the screens use for the generated types; `npm run gen` generates those from the server's OpenAPI
 * document.
 */
import type { components, operations } from './schema.gen';

type Schemas = components['schemas'];

export type ServerStatus = Schemas['ServerStatus'];
export type SetupState = Schemas['SetupState'];
export type LicenseSummary = Schemas['LicenseSummary'];
export type Activation = Schemas['Activation'];
export type NewDefaultAccount = Schemas['DefaultAccountIn'];
export type ErrorBody = Schemas['ErrorBody'];

export type Role = Schemas['Role'];
export type Level = operations['list_users']['parameters']['path']['level'];
export type Page<Row> = {
	items: Row[];
	/** Number of rows on all pages, or the limit up to which rows are counted. */
	total: number;
	/** `false`: there are more than `total`. Absent: the number is exact. */
	total_is_exact?: boolean;
	/** In lists that may grow large. */
	next_cursor?: string | null;
	previous_cursor?: string | null;
};
export type AccountAction = Schemas['AccountAction'];
export type OrganizationAction = Schemas['OrganizationAction'];
export type TeamAction = Schemas['TeamAction'];
export type ProjectAction = Schemas['ProjectAction'];
export type MemberAction = Schemas['MemberAction'];
export type InvitationAction = Schemas['InvitationAction'];
export type DenialReason = Schemas['DenialReason'];
/** Actions that are denied for the same reason. */
export type Denied<Action extends string> = { reason: DenialReason; message: string; actions: Action[] };

/** Parameters of every list; the filters of a list are added. */
export type ListQuery = {
	search?: string;
	page?: number;
	/** Cursor of a page, instead of its number. */
	cursor?: string;
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
export type BulkAnswer = Schemas['BulkOut'];
export type RemovedUser = Schemas['RemovedUserOut'];
export type Candidates = Schemas['CandidatesOut'];
export type Added = Schemas['AddedOut'];

export type Invitation = Schemas['InvitationOut'];
export type InvitationState = Invitation['state'];
export type InvitationResult = Schemas['InvitationResultOut'];
export type InvitationOutcome = InvitationResult['outcome'];
export type InvitationView = Schemas['InvitationViewOut'];
export type InvitationOptions = Schemas['InvitationOptionsOut'];
export type InvitationCheck = Schemas['InvitationCheckOut'];
export type Delivery = Schemas['Delivery'];

export type Session = Schemas['SessionOut'];
export type ApiKey = Schemas['ApiKeyOut'];
export type CreatedApiKey = Schemas['CreatedApiKeyOut'];
export type Notification = Schemas['NotificationOut'];
export type AuditAction = Schemas['AuditAction'];
export type AuditEvent = Omit<Schemas['AuditEventOut'], 'details'> & { details: Record<string, unknown> };

export type MailSettings = Schemas['MailSettingsOut'];
export type MailTrouble = Schemas['MailTroubleOut'];
export type MailSettingsValues = Schemas['MailSettingsValues'];
export type MailSettingsInput = Schemas['MailSettingsIn'];
export type MailProtocol = Schemas['MailProtocol'];
export type MailTest = Schemas['TestMailOut'];
export type MailStep = Schemas['MailStepOut'];
export type Mail = Schemas['MailOut'];
export type MailKind = Schemas['MailKind'];
export type MailState = Schemas['MailState'];

export type LicenseProduct = Schemas['LicenseProductOut'];
export type LicenseProductName = LicenseProduct['product'];
export type AccountLicenses = Schemas['AccountLicensesOut'];
export type AccountLicenseProduct = Schemas['AccountProductOut'];
export type OrganizationShare = Schemas['OrganizationShareOut'];
export type OrganizationLicenses = Schemas['OrganizationLicensesOut'];
export type LicensedUser = Schemas['LicensedUserOut'];
export type AssignResult = Schemas['LicenseAssignmentOut'];
export type AssignOutcome = AssignResult['outcome'];
export type LicenseSession = Schemas['LicenseSessionOut'];
export type OfflineLicense = Schemas['OfflineLicenseOut'];
export type NewOfflineLicense = Schemas['OfflineLicenseIn'];
export type LicenseMachine = Schemas['LicenseMachineOut'];
export type LicenseSettings = Schemas['LicenseSettingsOut'];
export type LicenseSettingsInput = Schemas['LicenseSettingsIn'];
export type Reservation = Schemas['ReservationOut'];
export type LicenseUsage = Schemas['LicenseUsageOut'];
export type LicenseUtilization = Schemas['LicenseUtilizationOut'];
