/** What the caller has: licenses, live sessions, teams and projects. */
import { body, client } from './client';
import type { components } from './schema.gen';

export type Own = components['schemas']['OwnOut'];

export const own = async (): Promise<Own> => (await body(client.GET('/api/v2/overview'))).own;
