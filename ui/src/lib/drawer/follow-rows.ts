/** While a drawer is open beside a table, the arrow keys of the table show the next row's drawer. */
import { DRAWER_KINDS, drawerIn, type DrawerKind } from './address';

/** A row that the focus only passes by is not opened. */
const PAUSE_MS = 120;

/** @returns a function that stops it */
export function followRows(open: (kind: DrawerKind, id: number) => void): () => void {
	let timer: ReturnType<typeof setTimeout> | undefined;

	function onfocusin({ target }: FocusEvent) {
		if (!(target instanceof HTMLTableRowElement)) return;
		const kinds = DRAWER_KINDS.map((kind) => `a[data-drawer=${kind}]`).join();
		const link = target.querySelector<HTMLAnchorElement>(kinds);
		const found = link && drawerIn(link.search);
		clearTimeout(timer);
		if (found) timer = setTimeout(() => open(found.kind, found.id), PAUSE_MS);
	}

	document.addEventListener('focusin', onfocusin);
	return () => {
		clearTimeout(timer);
		document.removeEventListener('focusin', onfocusin);
	};
}
