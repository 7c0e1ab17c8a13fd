/** Which invite panel is open, and how often people were invited: lists of invitations load again when it changes. */
import type { Level } from '$lib/api/types';

export const inviteForm = (level: Level, id: number) => `invite:${level}:${id}`;

class Inviting {
	/** The form of the open panel. */
	form = $state<string | null>(null);
	times = $state(0);
}

export const inviting = new Inviting();
