import { expect, test } from 'vitest';
import { isAdminPage } from './admin-pages';

test.each([
	['/(site)/organizations/[id]/(people)/users', true],
	['/(site)/account/licenses', true],
	['/(site)/projects/[id]/settings', true],
	['/(site)/license', true],
	['/(site)/profile/password', false],
	['/(site)', false],
	[null, false]
])('%s: %s', (route, offered) => expect(isAdminPage(route)).toBe(offered));
