/** The line of a small chart without axes, in a field of 100 × 24. */
export function sparkPath(values: number[], kept: number, least: number): string {
	const top = Math.max(least, ...values);
	// The newest value is at the right edge, even if there are few.
	const first = kept - values.length;
	return values
		.map((value, index) => {
			const x = ((first + index) / (kept - 1)) * 100;
			return `${index ? 'L' : 'M'}${x.toFixed(1)} ${(23 - (value / top) * 22).toFixed(1)}`;
		})
		.join(' ');
}
