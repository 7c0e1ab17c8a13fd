/** The one-time token of the link that creates the default account. */
import { keptToken } from './kept-token';

export const setupToken = keptToken('/create-account');
