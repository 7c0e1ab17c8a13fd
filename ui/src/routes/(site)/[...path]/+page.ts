import { error } from '@sveltejs/kit';
import type { PageLoad } from './$types';

/** An address that no page has: the message is shown inside the frame, so that the person can go on from there. */
export const load: PageLoad = () => error(404, { message: '' });
