/** Whether a person wants to see the seat map above every license page; remembered by this browser. */
const KEY = 'testkeep.seat-map';

class MapChoice {
	#shown = $state(localStorage.getItem(KEY) === 'shown');

	get shown(): boolean {
		return this.#shown;
	}

	toggle(): void {
		this.#shown = !this.#shown;
		localStorage.setItem(KEY, this.#shown ? 'shown' : 'hidden');
	}
}

export const mapChoice = new MapChoice();
