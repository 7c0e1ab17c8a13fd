/** The token of a link to reset a password. */
import { keptToken } from '$lib/kept-token';

export const resetToken = keptToken('/reset-password');
