type Named = { first_name: string; last_name: string };

/** “Ada Lovelace”; empty for who gave no name. */
export const fullName = ({ first_name, last_name }: Named): string => `${first_name} ${last_name}`.trim();

/** What to call somebody: who gave no name is known by the address. */
export const personName = (person: Named & { email: string }): string => fullName(person) || person.email;
