/** Round numbers from 0 up to at least `max`, five at most. */
export function ticksTo(max: number): number[] {
	const wanted = Math.max(1, max) / 4;
	const power = 10 ** Math.floor(Math.log10(wanted));
	const step = Math.max(1, [1, 2, 5, 10].map((part) => part * power).find((size) => size >= wanted) ?? 1);
	return Array.from({ length: Math.ceil(Math.max(1, max) / step) + 1 }, (_, index) => index * step);
}
