import { describe, expect, test } from 'vitest';
import { knownActions } from './actions';
import { sentenceOf } from './sentences';

const target_name = 'grace@example.com';

describe('an audit event', () => {
	test.each(knownActions)('%s is a sentence', (action) => {
		const { before, target, after } = sentenceOf({ action, target_name });
		expect(before).toMatch(/^[a-z]/);
		expect(before + target + after).not.toMatch(/[{}]/);
		expect(before + target + after).not.toContain('\0');
	});

	test('names its target in its place', () => {
		expect(sentenceOf({ action: 'remove_user', target_name })).toEqual({
			before: 'removed ',
			target: target_name,
			after: ''
		});
	});

	test('of another server version shows its own word', () => {
		const action = 'paint_house' as 'sign_in';
		expect(sentenceOf({ action, target_name })).toEqual({
			before: 'Paint house: ',
			target: target_name,
			after: ''
		});
	});
});
