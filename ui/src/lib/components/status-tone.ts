/** One of the five looks that every state on the screen uses. */
export type StatusTone = 'passed' | 'failed' | 'error' | 'skipped' | 'running';
