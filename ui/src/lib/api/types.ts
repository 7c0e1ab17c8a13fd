/** The names the screens use for the generated shapes; `npm run gen` makes those from the server's OpenAPI document. */
import type { components } from './schema.gen';

type Schemas = components['schemas'];

export type ServerStatus = Schemas['ServerStatus'];
export type SetupState = ServerStatus['state'];
export type LicenseSummary = Schemas['LicenseOut'];
export type Activation = Schemas['Activation'];
export type Me = Schemas['MeOut'];
export type NewDefaultAccount = Schemas['DefaultAccountIn'];
export type ErrorBody = Schemas['ErrorBody'];
