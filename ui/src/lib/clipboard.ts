/**
 * Copies text. `navigator.clipboard` exists only on https and localhost, but this server is often reached by plain http
 * on a closed network. Therefore the older method is the second choice.
 */
export async function copyText(text: string): Promise<boolean> {
	try {
		await navigator.clipboard.writeText(text);
		return true;
	} catch {
		return copyBySelection(text);
	}
}

function copyBySelection(text: string): boolean {
	const area = document.createElement('textarea');
	area.value = text;
	area.readOnly = true;
	area.className = 'fixed top-0 left-0 opacity-0';
	const focused = document.activeElement;
	document.body.append(area);
	area.select();
	const copied = document.execCommand('copy');
	area.remove();
	if (focused instanceof HTMLElement) focused.focus();
	return copied;
}
