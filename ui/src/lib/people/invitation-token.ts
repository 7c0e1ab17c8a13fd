/** The token of an invitation link; signing another account out first does not lose it. */
import { keptToken } from '$lib/kept-token';

export const invitationToken = keptToken('/invitation');
