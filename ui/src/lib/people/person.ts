type Named = { first_name: string; last_name: string };

/** “Ada Lovelace”; empty if the person gave no name. */
export const fullName = ({ first_name, last_name }: Named): string => `${first_name} ${last_name}`.trim();

/** The person's name, or the email address if the person gave no name. */
export const personName = (person: Named & { email: string }): string => fullName(person) || person.email;

/** “AL”, or the first letter of the email address. */
export function initialsOf({ first_name, last_name, email }: Named & { email: string }): string {
	const first = (text: string) => [...text.trim()][0] ?? '';
	return (first(first_name) + first(last_name) || first(email)).toUpperCase();
}
