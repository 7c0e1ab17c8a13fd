/** The place of a page, for the title of the browser's tab: the organization that the page is about. */

type Part = { organization_id?: number; organization_name?: string };
/** What the pages' `load` functions put into `page.data`. */
export type PlaceData = {
	organization?: { name: string };
	team?: Part;
	project?: Part;
	group?: Part;
	me?: { organizations: { id: number; name: string }[] } | null;
};

export function placeOf({ organization, team, project, group, me }: PlaceData): string | undefined {
	if (organization) return organization.name;
	const part = team ?? project ?? group;
	if (!part) return undefined;
	return part.organization_name ?? me?.organizations.find(({ id }) => id === part.organization_id)?.name;
}
