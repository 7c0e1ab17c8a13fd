import { expect, test } from 'vitest';
import { clientCommand, engineArguments, propertiesFile } from './connect';

const connection = { serverUrl: 'http://testkeep.example.com:8080', organization: 7 };

test('settings name the server and the organization, never a key', () => {
	expect(engineArguments(connection)).toBe(
		'-serverUrl="http://testkeep.example.com:8080" -apiKey="$TESTKEEP_API_KEY" -orgId=7'
	);
	expect(propertiesFile(connection).split('\n')).toEqual([
		'serverURL=http://testkeep.example.com:8080',
		'apiKey=tkk_…'
	]);
	expect(clientCommand(connection)).toContain('--organization 7');
});
