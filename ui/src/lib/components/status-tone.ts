/** How something stands, in one of the five looks that every state on the screen has. */
export type StatusTone = 'passed' | 'failed' | 'error' | 'skipped' | 'running';
