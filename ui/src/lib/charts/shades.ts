/** Five steps between the smallest and the largest number, which the eye can tell apart; 0: nothing. */
const STEPS = [0.2, 0.38, 0.56, 0.76, 1];

export function shadeOf(value: number, most: number): number {
	if (value <= 0 || most <= 0) return 0;
	return STEPS[Math.min(STEPS.length, Math.ceil((value / most) * STEPS.length)) - 1] ?? 0;
}
