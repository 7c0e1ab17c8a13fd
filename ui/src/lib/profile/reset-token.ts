/** The token of a password reset link. */
import { keptToken } from '$lib/kept-token';

export const resetToken = keptToken('/reset-password');
