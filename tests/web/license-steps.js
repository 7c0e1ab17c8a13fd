// Repeated steps of a person on license pages; each takes a visitor (`visitors.js`).

import { readFile } from 'node:fs/promises';

/** Waits: the numbers change with the next answer. */
export async function reads({ page }, id, text) {
	await page.locator(`[data-testid="${id}"]`).filter({ hasText: text }).first().waitFor();
}

export async function chooseInRow({ page, part }, text, entry) {
	await page.locator('tr').filter({ hasText: text }).getByTestId('row-menu').click();
	await part(entry).click();
}

export async function confirm({ part }) {
	await part('confirm-yes').click();
	await part('confirm-dialog').waitFor({ state: 'detached' });
}

export async function download({ page }, button) {
	const [file] = await Promise.all([page.waitForEvent('download'), button.click()]);
	return { name: file.suggestedFilename(), text: await readFile(await file.path(), 'utf8') };
}

/** Imports a file on *Account → Licenses*, up to the answer. */
export async function importFile({ page, part }, file) {
	await page.goto('/account/licenses');
	await part('import-license').click();
	await part('license-file-input').setInputFiles(file);
	await part('license-submit').click();
}

/** Checks the subscribed number on the account page. */
export async function subscribed({ part }, product, count) {
	const number = part(`account-${product}`).getByTestId('subscribed');
	await number.filter({ hasText: new RegExp(`^${count}$`) }).waitFor();
}

/** Waits for the product's page: until then, the links below belong to the other product. */
export async function switchTo({ page, part }, product) {
	await part(`product-${product}`).click();
	await page.waitForURL(`**/${product}/*`);
}
