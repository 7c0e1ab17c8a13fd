/** The addresses of an invitation as chips, each with the server's answer: what inviting it would do. */
import { SvelteMap } from 'svelte/reactivity';
import { invitations } from '$lib/api/invitations';
import type { InvitationCheck, InvitationOutcome, Level } from '$lib/api/types';
import { messageOf } from '$lib/message-of';
import { bareAddress, splitAddresses } from './address-list';

/** `checking`: the server has not answered yet. */
export type ChipState = Exclude<InvitationOutcome, 'duplicate'> | 'checking';
export type Chip = { key: string; text: string; state: ChipState; why: string };

const QUIET_MS = 150;

export class Chips {
	/** Bare address → the text as it was given. The order is that of the input. */
	readonly #texts = new SvelteMap<string, string>();
	readonly #checks = new SvelteMap<string, InvitationCheck>();
	/** How many addresses were left out because they were there already. */
	merged = $state(0);
	/** The server could not check the addresses. Inviting still says what is wrong with each. */
	error = $state<string | null>(null);
	#timer: ReturnType<typeof setTimeout> | undefined;

	constructor(
		readonly level: Level,
		readonly id: number
	) {}

	get list(): Chip[] {
		return [...this.#texts].map(([key, text]) => {
			const check = this.#checks.get(key);
			const state = check && (check.outcome === 'duplicate' ? 'invited' : check.outcome);
			return { key, text: check?.email ?? text, state: state ?? 'checking', why: check?.message ?? '' };
		});
	}

	get size(): number {
		return this.#texts.size;
	}

	/** One address per line, as it is sent and kept. */
	get text(): string {
		return [...this.#texts.values()].join('\n');
	}

	count(...states: ChipState[]): number {
		return this.list.filter(({ state }) => states.includes(state)).length;
	}

	add(text: string): void {
		this.addEach(splitAddresses(text));
	}

	addEach(addresses: string[]): void {
		for (const address of addresses) {
			const key = bareAddress(address);
			if (!key) continue;
			if (this.#texts.has(key)) this.merged++;
			else this.#texts.set(key, address);
		}
		this.#checkSoon();
	}

	/** Takes a chip out; returns its text, to be edited. */
	remove(key: string): string {
		const text = this.#checks.get(key)?.email ?? this.#texts.get(key) ?? '';
		this.#texts.delete(key);
		return text;
	}

	/** Keeps only the addresses that the server refused. */
	keepOnly(refused: string[]): void {
		this.clear();
		this.addEach(refused);
	}

	removeAll(...states: ChipState[]): void {
		for (const chip of this.list) if (states.includes(chip.state)) this.#texts.delete(chip.key);
	}

	clear(): void {
		this.#texts.clear();
		this.#checks.clear();
		this.merged = 0;
	}

	#checkSoon(): void {
		clearTimeout(this.#timer);
		this.#timer = setTimeout(() => void this.check(), QUIET_MS);
	}

	/** Asks the server about the addresses that it was not asked about. */
	async check(): Promise<void> {
		const asked = [...this.#texts].filter(([key]) => !this.#checks.has(key));
		if (!asked.length) return;
		try {
			const checks = await invitations.check(this.level, this.id, asked.map(([, text]) => text).join('\n'));
			for (const check of checks) {
				const key = bareAddress(check.address);
				if (this.#texts.has(key) && !this.#checks.has(key)) this.#note(key, check);
			}
			this.error = null;
		} catch (reason) {
			this.error = messageOf(reason);
		}
	}

	/** Two spellings of one address are one chip. */
	#note(key: string, check: InvitationCheck): void {
		const isKnown = [...this.#checks].some(
			([other, { email }]) => other !== key && this.#texts.has(other) && !!email && email === check.email
		);
		if (isKnown && this.#texts.delete(key)) this.merged++;
		else this.#checks.set(key, check);
	}
}
