/** Executions, their results and files, and the test cases of a project. */
import type {
	ErrorGroup,
	Execution,
	ExecutionDetails,
	Result,
	ResultDetails,
	TestCase,
	TestCaseDetails,
	Uploaded
} from '$lib/reports/types';
import { body, client, file } from './client';
import { sendFile } from './send-file';
import type { ListQuery, Page } from './types';

const at = (id: number) => ({ path: { id } });

export const executions = {
	list: (project: number, query: ListQuery): Promise<Page<Execution>> =>
		body(client.GET('/api/v2/projects/{id}/executions', { params: { ...at(project), query } })),
	get: (id: number): Promise<ExecutionDetails> =>
		body(client.GET('/api/v2/executions/{id}', { params: at(id) })),
	results: (id: number, query: ListQuery): Promise<Page<Result>> =>
		body(client.GET('/api/v2/executions/{id}/results', { params: { ...at(id), query } })),
	/** What failed, by error; groups with new failures first. */
	async errors(id: number): Promise<ErrorGroup[]> {
		const answer = body<{ groups: ErrorGroup[] }>(
			client.GET('/api/v2/executions/{id}/errors', { params: at(id) })
		);
		return (await answer).groups;
	},
	/** Also deletes its results and files. */
	remove: (id: number): Promise<void> => body(client.DELETE('/api/v2/executions/{id}', { params: at(id) })),
	/** Reads its files again, for example after an update of the server. */
	readAgain: (id: number): Promise<void> =>
		body(client.POST('/api/v2/executions/{id}/read-again', { params: at(id) })),
	/** @param onprogress gets the part that was sent, from 0 to 1 */
	upload: (project: number, report: File, onprogress: (part: number) => void): Promise<Uploaded> =>
		sendFile(
			`/api/v2/projects/${project}/reports?file=${encodeURIComponent(report.name)}`,
			report,
			onprogress
		)
};

export const results = {
	get: (id: number): Promise<ResultDetails> => body(client.GET('/api/v2/results/{id}', { params: at(id) }))
};

export const testCases = {
	list: (project: number, query: ListQuery): Promise<Page<TestCase>> =>
		body(client.GET('/api/v2/projects/{id}/test-cases', { params: { ...at(project), query } })),
	get: (id: number): Promise<TestCaseDetails> =>
		body(client.GET('/api/v2/test-cases/{id}', { params: at(id) }))
};

export const files = {
	/** `inline`: with its own type, for images, videos and text. Otherwise it is a download. */
	path: (id: number, inline = false): string => `/api/v2/files/${id}${inline ? '?inline=true' : ''}`,
	bytes: (id: number): Promise<Blob> =>
		body(
			client.GET('/api/v2/files/{id}', { params: { ...at(id), query: { inline: true } }, parseAs: 'blob' })
		),
	text: async (id: number): Promise<string> =>
		(
			await file(
				client.GET('/api/v2/files/{id}', {
					params: { ...at(id), query: { inline: true } },
					parseAs: 'arrayBuffer'
				})
			)
		).replace(/^\u{feff}/u, '')
};
