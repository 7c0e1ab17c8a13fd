/** The audit log's actions in words. */
import { m } from '$lib/paraglide/messages';
import { sentence } from './details';

const WORDS: Record<string, () => string> = {
	sign_in: m.sign_in
};

/** One that this list does not know speaks for itself: “edit_user_role”, “Edit user role”. */
export const actionName = (action: string): string => (WORDS[action] ?? (() => sentence(action)))();
export const knownActions = Object.keys(WORDS);
