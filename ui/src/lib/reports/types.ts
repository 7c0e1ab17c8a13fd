/** The names that the screens of reports use for the generated types. */
import type { components } from '$lib/api/schema.gen';

type Schemas = components['schemas'];

export type Outcome = Schemas['TestOutcome'];
export type Change = Schemas['ResultChange'];
export type Execution = Schemas['ExecutionOut'];
export type Counts = Execution['counts'];
export type ExecutionDetails = Schemas['ExecutionDetailsOut'];
export type ReportFile = Schemas['FileOut'];
export type ErrorGroup = Schemas['ErrorGroupOut'];
export type Result = Schemas['ResultOut'];
export type ResultName = Schemas['NamedResultOut'];
export type ResultDetails = Schemas['ResultDetailsOut'];
export type Failure = Schemas['FailureOut'];
export type Attempt = Schemas['AttemptOut'];
export type Step = Schemas['StepOut'];
export type Attachment = Schemas['AttachmentOut'];
/** One run of a test case. */
export type Run = Schemas['RunOut'];
export type TestCase = Schemas['TestCaseOut'];
export type TestCaseDetails = Schemas['TestCaseDetailsOut'];
export type Uploaded = Schemas['UploadOut'];
