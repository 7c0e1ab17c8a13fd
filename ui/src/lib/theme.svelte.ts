/** The theme: light, dark or the system's choice. static/theme.js applies the same rule before the first paint. */
export type ThemePreference = 'system' | 'light' | 'dark';
const KEY = 'testkeep.theme';

function stored(): ThemePreference {
	const value = localStorage.getItem(KEY);
	return value === 'light' || value === 'dark' ? value : 'system';
}

class Theme {
	#preference = $state<ThemePreference>(stored());
	readonly #system = matchMedia('(prefers-color-scheme: dark)');

	constructor() {
		this.#system.addEventListener('change', () => this.#apply());
	}

	get preference(): ThemePreference {
		return this.#preference;
	}

	set preference(preference: ThemePreference) {
		this.#preference = preference;
		localStorage.setItem(KEY, preference);
		this.#apply();
	}

	#apply(): void {
		const dark = this.#preference === 'dark' || (this.#preference === 'system' && this.#system.matches);
		document.documentElement.dataset.theme = dark ? 'dark' : 'light';
	}
}

export const theme = new Theme();
