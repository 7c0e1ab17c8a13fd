/** A link to one page of a section. */
export type Tab = { href: string; label: string; count?: number; testid?: string };
