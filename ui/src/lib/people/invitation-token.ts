/** The token of an invitation link; it is kept when another user signs out first. */
import { keptToken } from '$lib/kept-token';

export const invitationToken = keptToken('/invitation');
