/** Tables load their rows again when something outside of them changed them, for example a drawer beside them. */
const changes = $state({ count: 0 });

export const outside = {
	/** Must be read inside an effect. */
	get changes(): number {
		return changes.count;
	},
	changed: () => void changes.count++
};
