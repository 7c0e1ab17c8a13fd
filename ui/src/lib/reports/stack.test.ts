import { expect, test } from 'vitest';
import { foldStack, isForeign, isFrame } from './stack';

const shown = (detail: string) =>
	foldStack(detail)
		.filter(({ folded }) => !folded)
		.flatMap(({ lines }) => lines.map((line) => line.trim()));
const folded = (detail: string) =>
	foldStack(detail)
		.filter((part) => part.folded)
		.map(({ frames }) => frames);

test('Java: frames of libraries are folded, messages and causes are shown', () => {
	const trace = `java.lang.AssertionError: expected 2 but was 3
	at org.junit.Assert.fail(Assert.java:89)
	at org.junit.Assert.assertEquals(Assert.java:120)
	at com.acme.PayTest.paysTwice(PayTest.java:31)
	at java.base/jdk.internal.reflect.Method.invoke(Method.java:1)
	at java.base/java.lang.reflect.Method.invoke(Method.java:580)
	at org.junit.runners.ParentRunner.run(ParentRunner.java:413)
Caused by: java.io.IOException: closed
	at com.acme.Wire.read(Wire.java:7)
	... 27 more`;
	expect(shown(trace)).toEqual([
		'java.lang.AssertionError: expected 2 but was 3',
		'at com.acme.PayTest.paysTwice(PayTest.java:31)',
		'Caused by: java.io.IOException: closed',
		'at com.acme.Wire.read(Wire.java:7)',
		'... 27 more'
	]);
	expect(folded(trace)).toEqual([2, 3]);
});

test('Python: a frame and its line of source stay together', () => {
	const trace = `Traceback (most recent call last):
  File "/usr/lib/python3.12/unittest/case.py", line 58, in testPartExecutor
    yield
  File "/usr/lib/python3.12/unittest/case.py", line 634, in run
    self._callTestMethod(testMethod)
  File "/home/ci/pay/test_pay.py", line 12, in test_twice
    self.assertEqual(2, 3)
AssertionError: 2 != 3`;
	expect(folded(trace)).toEqual([2]);
	expect(shown(trace)).toEqual([
		'Traceback (most recent call last):',
		'File "/home/ci/pay/test_pay.py", line 12, in test_twice',
		'self.assertEqual(2, 3)',
		'AssertionError: 2 != 3'
	]);
});

test('JavaScript and .NET: by the place of libraries', () => {
	const trace = `Error: timeout
    at Object.<anonymous> (/app/test/pay.spec.ts:14:9)
    at Promise.then (/app/node_modules/jest-circus/build/run.js:121:9)
    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)`;
	expect(shown(trace)).toEqual(['Error: timeout', 'at Object.<anonymous> (/app/test/pay.spec.ts:14:9)']);
	expect(isForeign('   at NUnit.Framework.Assert.That(Object actual)')).toBe(true);
	expect(isForeign('   at Acme.PayTest.Twice() in C:\\src\\PayTest.cs:line 12')).toBe(false);
});

test('when nothing is own code, the first frames are shown', () => {
	const frames = Array.from({ length: 9 }, (_, line) => `\tat org.junit.Assert.fail(Assert.java:${line})`);
	expect(shown(['Error', ...frames].join('\n'))).toHaveLength(5);
	expect(folded(['Error', ...frames].join('\n'))).toEqual([5]);
});

test('hostile traces take no long time', () => {
	const begun = performance.now();
	foldStack(`\tat a.B.c(D.java:1)\n${'/usr/lib/go'.repeat(50_000)}\n${' '.repeat(200_000)}x`);
	foldStack('\tat a.B.c(D.java:1)\n'.repeat(100_000));
	expect(performance.now() - begun).toBeLessThan(2000);
});

test('text without frames is one part', () => {
	expect(foldStack('expected:\n  one\n    two\n\n')).toEqual([
		{ folded: false, lines: ['expected:', '  one', '    two'], frames: 0 }
	]);
	expect(isFrame('at least one was expected')).toBe(true);
	expect(foldStack('at least one was expected')[0]?.folded).toBe(false);
	expect(foldStack('')).toEqual([{ folded: false, lines: [''], frames: 0 }]);
});
