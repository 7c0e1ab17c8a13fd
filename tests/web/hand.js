// A person's hand: does what a person does on a page and counts it.

export class Hand {
	clicks = 0;
	keys = 0;
	#page;

	/** @param visitor of `visitors.js` */
	constructor({ page }) {
		this.#page = page;
	}

	/** @param target a test id or a locator */
	#find(target) {
		return typeof target === 'string' ? this.#page.getByTestId(target).first() : target;
	}

	/** A row of a table or list, by its text. */
	row(text) {
		return this.#page.locator('tr, li').filter({ hasText: text }).first();
	}

	/** A part of the page, to find something in it. */
	within(id) {
		return this.#find(id);
	}

	async click(target) {
		await this.#find(target).click();
		this.clicks++;
	}

	/** Chooses an entry of a native list: one click to open it, one on the entry. */
	async choose(target, option) {
		await this.#find(target).selectOption(option);
		this.clicks += 2;
	}

	/** Replaces a field's text. A field without the focus costs a click. */
	async type(target, text) {
		const field = this.#find(target);
		await field.waitFor();
		if (!(await field.evaluate((element) => element === document.activeElement))) await this.click(field);
		await field.fill('');
		await field.pressSequentially(text);
		this.keys += text.length;
	}

	async press(key) {
		await this.#page.keyboard.press(key);
		this.keys++;
	}

	async sees(target) {
		await this.#find(target).waitFor();
	}
}
