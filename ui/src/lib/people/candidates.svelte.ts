/** People who may be added to a team, project or group: the matches of a search, and the chosen ones. */
import { SvelteMap } from 'svelte/reactivity';
import { groupPeople, people } from '$lib/api/people';
import type { Added, Candidates } from '$lib/api/types';
import { messageOf } from '$lib/message-of';
import { m } from '$lib/paraglide/messages';
import { fullName, personName } from './person';

export type Place = 'teams' | 'projects' | 'groups';
/** The name of the form that adds people to a place, for its draft. */
export const addForm = (place: Place, id: number) => `add-people:${place}:${id}`;

export type Candidate = {
	key: string;
	kind: 'user' | 'group';
	id: number;
	name: string;
	/** An email address, or the number of people in a group. */
	about: string;
};

const QUIET_MS = 200;

export class AddingPeople {
	found = $state.raw<Candidate[]>([]);
	loaded = $state(false);
	error = $state<string | null>(null);
	readonly chosen = new SvelteMap<string, Candidate>();
	#asked = 0;
	#timer: ReturnType<typeof setTimeout> | undefined;

	constructor(
		readonly place: Place,
		readonly id: number
	) {}

	/** Searches after a short pause in typing. */
	searchSoon(text: string): void {
		clearTimeout(this.#timer);
		this.#timer = setTimeout(() => void this.search(text), QUIET_MS);
	}

	async search(text: string): Promise<void> {
		clearTimeout(this.#timer);
		const asked = ++this.#asked;
		const ask =
			this.place === 'groups'
				? groupPeople.candidates(this.id, text)
				: people.candidates(this.place, this.id, text);
		try {
			const candidates = await ask;
			if (asked !== this.#asked) return;
			this.found = listed(candidates);
			this.error = null;
			this.loaded = true;
		} catch (reason) {
			if (asked === this.#asked) this.error = messageOf(reason);
		}
	}

	toggle(candidate: Candidate): void {
		if (!this.chosen.delete(candidate.key)) this.chosen.set(candidate.key, candidate);
	}

	add(): Promise<Added> {
		const ids = (kind: Candidate['kind']) =>
			[...this.chosen.values()].filter((one) => one.kind === kind).map(({ id }) => id);
		return this.place === 'groups'
			? groupPeople.add(this.id, ids('user'))
			: people.add(this.place, this.id, ids('user'), ids('group'));
	}
}

/** Groups first, because one group stands for many people. */
function listed({ users, groups }: Candidates): Candidate[] {
	return [
		...groups.map((group): Candidate => ({
			key: `group-${group.id}`,
			kind: 'group',
			id: group.id,
			name: group.name,
			about: m.people_count({ count: group.user_count })
		})),
		...users.map((user): Candidate => ({
			key: `user-${user.user_id}`,
			kind: 'user',
			id: user.user_id,
			name: personName(user),
			about: fullName(user) ? user.email : ''
		}))
	];
}
