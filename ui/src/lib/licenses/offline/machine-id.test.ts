import { describe, expect, test } from 'vitest';
import { groupedMachineId, machineIdProblem, machineIdProgress, plainMachineId } from './machine-id';

const ID = 'a1b2c3d4e5f60718293a4b5c6d7e8f90';

describe('machineIdProblem', () => {
	test('an ID as programs show it, also in groups and capital letters', () => {
		for (const text of [ID, ` ${ID}\n`, ID.toUpperCase(), groupedMachineId(ID)]) {
			expect(machineIdProblem(text)).toBeNull();
			expect(plainMachineId(text)).toBe(ID);
		}
	});

	test.each([
		['', /Enter the Machine ID/],
		['XYZ-not-hex', /“x”, “y”, and “z” do not belong/],
		['a1b2g', /“g” does not belong/],
		[ID.slice(1), /31 of 32 characters\. 1 is missing/],
		[ID.slice(4), /28 of 32 characters\. 4 are missing/],
		[`${ID}0`, /33 characters instead of 32/]
	])('%j', (text, problem) => expect(machineIdProblem(text)).toMatch(problem));
});

test('while a person types, only what cannot become right is told', () => {
	expect(machineIdProgress('')).toEqual({ problem: null, note: '', complete: false });
	expect(machineIdProgress('a1b2')).toEqual({ problem: null, note: '4 of 32', complete: false });
	expect(machineIdProgress('a1-').problem).toMatch(/“-”/);
	expect(machineIdProgress(`${ID}f`).problem).toMatch(/33/);
	expect(machineIdProgress(ID)).toEqual({ problem: null, note: '32 of 32', complete: true });
});

test('groups of four', () => expect(groupedMachineId('a1b2c3d4e')).toBe('a1b2 c3d4 e'));
