/** The dark cells of a QR code as one path of an SVG image: neighbors in a row are one bar. */
export function qrPath(cells: boolean[][]): string {
	const bars = cells.flatMap((row, y) =>
		row.flatMap((dark, x) => {
			if (!dark || row[x - 1]) return [];
			const end = row.indexOf(false, x);
			const width = (end < 0 ? row.length : end) - x;
			return [`M${x} ${y}h${width}v1h-${width}z`];
		})
	);
	return bars.join('');
}
