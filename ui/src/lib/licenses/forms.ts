/** Names of the forms of a product, for their drafts. */
import type { Pool } from '$lib/api/licenses';

export const assignForm = ({ organization, product }: Pool) => `assign:${organization}:${product}`;
export const offlineForm = ({ organization, product }: Pool) => `offline:${organization}:${product}`;
