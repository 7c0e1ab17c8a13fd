/** What Studio and Runtime Engine need to use this server, ready to be copied. */

export type Connection = { serverUrl: string; organization: number };

/** Arguments of Runtime Engine. The key stays in a variable, so that no history or list of processes contains it. */
export const engineArguments = ({ serverUrl, organization }: Connection): string =>
	`-serverUrl="${serverUrl}" -apiKey="$TESTKEEP_API_KEY" -orgId=${organization}`;

/** The file `<home>/.katalon/licenseServer.properties`. */
export const propertiesFile = ({ serverUrl }: Connection): string => `serverURL=${serverUrl}\napiKey=tkk_…`;

/** A command that holds a seat while another command runs. */
export const clientCommand = ({ serverUrl, organization }: Connection): string =>
	`export TESTKEEP_SERVER=${serverUrl}\nexport TESTKEEP_API_KEY=tkk_…\n` +
	`testkeep license run --organization ${organization} --wait -- COMMAND`;
