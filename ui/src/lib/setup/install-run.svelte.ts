/** One run of the install engine, as its events describe it. */
import {
	getDesktop,
	type Answers,
	type Finding,
	type InstallEvent,
	type InstallResult,
	type StepState
} from '$lib/host';
import { messageOf } from '$lib/message-of';

export type RunStep = {
	name: string;
	title: string;
	state: StepState | 'waiting';
	elapsed_ms: number;
	message?: string;
};

/** An upper limit; a run prints fewer lines. */
const LOG_LINES = 5000;

class InstallRun {
	steps = $state<RunStep[]>([]);
	findings = $state.raw<Finding[]>([]);
	percent = $state(0);
	log = $state.raw<string[]>([]);
	result = $state.raw<InstallResult | null>(null);
	running = $state(false);
	cancelling = $state(false);

	async start(answers: Answers): Promise<void> {
		if (this.running) return;
		this.steps = [];
		this.findings = [];
		this.percent = 0;
		this.log = [];
		this.result = null;
		this.cancelling = false;
		this.running = true;
		try {
			this.result = await getDesktop().install(answers, (event) => this.#take(event));
			if (this.result.outcome === 'installed') this.percent = 100;
		} catch (reason) {
			const message = messageOf(reason);
			this.result = { event: 'result', outcome: 'failed', message };
		} finally {
			this.running = false;
		}
	}

	async cancel(): Promise<void> {
		this.cancelling = true;
		await getDesktop().cancelInstall();
	}

	/** Text for a support mail: the steps with their results. */
	details(): string {
		const steps = this.steps.map(
			({ name, state, elapsed_ms, message }) =>
				`${state.padEnd(8)} ${elapsed_ms} ms  ${name}${message ? `: ${message}` : ''}`
		);
		const findings = this.findings.map(
			({ level, field, code, message }) => `${level} ${field} ${code}: ${message}`
		);
		const result = this.result ? [JSON.stringify(this.result)] : [];
		return [...findings, ...steps, ...result, '', ...this.log].join('\n');
	}

	#take(event: InstallEvent): void {
		switch (event.event) {
			case 'plan':
				this.steps = event.steps.map((step) => ({ ...step, state: 'waiting', elapsed_ms: 0 }));
				break;
			case 'findings':
				this.findings = event.findings;
				break;
			case 'step': {
				const step = this.steps.find(({ name }) => name === event.name);
				if (step)
					Object.assign(step, { state: event.state, elapsed_ms: event.elapsed_ms, message: event.message });
				this.percent = event.percent;
				break;
			}
			case 'log':
				this.log = [...this.log.slice(-LOG_LINES + 1), event.line];
				break;
		}
	}
}

export const installRun = new InstallRun();
