/** What a CI's file needs to upload reports to one project, ready to be copied. */

export type Ci = 'github' | 'gitlab' | 'jenkins' | 'azure' | 'circleci' | 'teamcity' | 'shell';
export type Target = { serverUrl: string; project: number };
export type Snippet = { /** Name of the file it belongs in. */ file: string; text: string };

export const CIS: { ci: Ci; name: string }[] = [
	{ ci: 'github', name: 'GitHub Actions' },
	{ ci: 'gitlab', name: 'GitLab' },
	{ ci: 'jenkins', name: 'Jenkins' },
	{ ci: 'azure', name: 'Azure Pipelines' },
	{ ci: 'circleci', name: 'CircleCI' },
	{ ci: 'teamcity', name: 'TeamCity' },
	{ ci: 'shell', name: 'Shell' }
];

const REPORTS = '**/test-results/**/*.xml';
const upload = ({ project }: Target) => `testkeep upload "${REPORTS}" --project ${project}`;

const WRITERS: Record<Ci, (target: Target) => Snippet> = {
	github: (target) => ({
		file: '.github/workflows/tests.yml',
		text: `      - name: Upload test reports
        if: \${{ !cancelled() }}
        env:
          TESTKEEP_SERVER: ${target.serverUrl}
          TESTKEEP_API_KEY: \${{ secrets.TESTKEEP_API_KEY }}
        run: ${upload(target)}`
	}),
	gitlab: (target) => ({
		file: '.gitlab-ci.yml',
		text: `test:
  variables:
    TESTKEEP_SERVER: ${target.serverUrl}
  after_script:
    - ${upload(target)}`
	}),
	jenkins: (target) => ({
		file: 'Jenkinsfile',
		text: `post {
  always {
    withCredentials([string(credentialsId: 'testkeep', variable: 'TESTKEEP_API_KEY')]) {
      withEnv(['TESTKEEP_SERVER=${target.serverUrl}']) {
        sh '${upload(target)}'
      }
    }
  }
}`
	}),
	azure: (target) => ({
		file: 'azure-pipelines.yml',
		text: `- script: ${upload(target)}
  displayName: Upload test reports
  condition: succeededOrFailed()
  env:
    TESTKEEP_SERVER: ${target.serverUrl}
    TESTKEEP_API_KEY: $(TESTKEEP_API_KEY)`
	}),
	circleci: (target) => ({
		file: '.circleci/config.yml',
		text: `      - run:
          name: Upload test reports
          when: always
          environment:
            TESTKEEP_SERVER: ${target.serverUrl}
          command: ${upload(target)}`
	}),
	teamcity: (target) => ({
		file: '.teamcity/settings.kts',
		text: `params {
    param("env.TESTKEEP_SERVER", "${target.serverUrl}")
    password("env.TESTKEEP_API_KEY", "credentialsJSON:…")
}
steps {
    script {
        name = "Upload test reports"
        executionMode = BuildStep.ExecutionMode.ALWAYS
        scriptContent = """${upload(target)}"""
    }
}`
	}),
	shell: (target) => ({
		file: 'upload.sh',
		text: `export TESTKEEP_SERVER=${target.serverUrl}
export TESTKEEP_API_KEY=tkk_…
${upload(target)}`
	})
};

export const snippetFor = (ci: Ci, target: Target): Snippet => WRITERS[ci](target);

/** One file, on a machine that has no `testkeep`. */
export const curlCommand = ({ serverUrl, project }: Target): string =>
	`curl --fail --header "Authorization: Bearer $TESTKEEP_API_KEY" \\
  --data-binary @report.xml \\
  "${serverUrl}/api/v2/projects/${project}/reports?file=report.xml"`;

/** Arguments of Runtime Engine, which uploads by itself. */
export const engineArguments = ({ serverUrl, project }: Target): string =>
	`-serverUrl="${serverUrl}" -testOps.serverUrl="${serverUrl}" -apiKey="$TESTKEEP_API_KEY" -testOpsProjectId=${project}`;
