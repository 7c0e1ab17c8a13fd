/** The chosen organization and the links of the navigation, for both of its forms: at the side and at the bottom. */
import { page } from '$app/state';
import { chosenOrganization, rememberOrganization } from '$lib/organizations/chosen';
import type { Site } from '$lib/site';
import { navigationGroups } from './navigation';

export class NavigationState {
	readonly #site: () => Site;
	organizations = $derived.by(() => this.#site().me?.organizations ?? []);
	chosen = $derived.by(() => chosenOrganization(this.organizations, page.data.organizationId));
	groups = $derived.by(() =>
		navigationGroups(this.#site(), this.chosen, { pathname: page.url.pathname, route: page.route.id })
	);

	/** Must be called while a component is made. */
	constructor(site: () => Site) {
		this.#site = site;
		$effect(() => {
			if (page.data.organizationId) rememberOrganization(page.data.organizationId);
		});
	}
}
