/** Shapes of the HTTP API, as docs/api-design.md words them. Times are RFC 3339 in UTC. */

export type SetupState = 'activation_required' | 'account_required' | 'ready';

export interface ProductQuota {
	product: 'KSE' | 'KRE';
	quota: number;
	machine_quota: number;
}

export interface LicenseSummary {
	license_id: string;
	customer: string;
	issued_at: string;
	expires_at: string;
	days_left: number;
	state: 'active' | 'expiring' | 'expired' | 'not_yet_valid' | 'other_machine';
	demo: boolean;
	products: ProductQuota[];
	/** Machine factors that differ from those the license was issued for. */
	changed_factors: string[];
}

export interface ServerStatus {
	state: SetupState;
	version: string;
	demo: boolean;
	clock: 'ok' | 'set_back';
	license: LicenseSummary | null;
}

export interface Activation {
	machine_id: string;
	factors: { name: string; present: boolean }[];
	license: LicenseSummary | null;
}

export interface User {
	id: number;
	email: string;
	first_name: string;
	last_name: string;
}

export interface Me {
	user: User;
	account_role: 'owner' | 'admin' | 'billing_manager' | 'member' | null;
	actions: string[];
}

export interface NewDefaultAccount {
	setup_token: string;
	email: string;
	password: string;
	first_name: string;
	last_name: string;
}
