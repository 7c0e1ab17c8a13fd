/** The statements with which a database administrator prepares the database, as text for psql. */

const identifier = (name: string) => `"${name.replaceAll('"', '""')}"`;

/** @param user the role that the server will log in as */
export const databaseSql = (database: string, user: string): string =>
	[
		`CREATE ROLE ${identifier(user)} LOGIN;`,
		`\\password ${identifier(user)}`,
		`CREATE DATABASE ${identifier(database)} OWNER ${identifier(user)} ENCODING 'UTF8' TEMPLATE template0;`,
		`REVOKE ALL ON DATABASE ${identifier(database)} FROM PUBLIC;`
	].join('\n');
