//! Reads what a CI says about a test run from its environment variables, as each vendor documents them.
//!
//! Pure: the variables are passed in. Must never read a variable that may contain a secret.

use std::collections::BTreeMap;

use super::About;

/// A run of a job in a CI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ci {
    pub about: About,
    /// Differs between runs, attempts and parallel jobs; the same when a step of one job is repeated.
    pub run: String,
}

/// Reads the labels of one CI.
type Labels = fn(&Variables<'_>) -> About;

/// `None`: the variables are those of no known CI.
pub fn detect(variables: &BTreeMap<String, String>) -> Option<Ci> {
    let variables = Variables(variables);
    let known: [(&str, Labels, &[&str]); 7] = [
        (
            "GITHUB_ACTIONS",
            github,
            &["GITHUB_REPOSITORY", "GITHUB_RUN_ID", "GITHUB_RUN_ATTEMPT", "GITHUB_JOB", "RUNNER_NAME"],
        ),
        ("GITLAB_CI", gitlab, &["CI_SERVER_URL", "CI_JOB_ID"]),
        ("TF_BUILD", azure, &["SYSTEM_COLLECTIONURI", "BUILD_BUILDID", "SYSTEM_JOBID", "SYSTEM_JOBATTEMPT"]),
        ("CIRCLECI", circle, &["CIRCLE_WORKFLOW_JOB_ID", "CIRCLE_BUILD_URL", "CIRCLE_NODE_INDEX"]),
        (
            "TEAMCITY_VERSION",
            teamcity,
            &["BUILD_URL", "TEAMCITY_PROJECT_NAME", "TEAMCITY_BUILDCONF_NAME", "BUILD_NUMBER"],
        ),
        (
            "BITBUCKET_BUILD_NUMBER",
            bitbucket,
            &[
                "BITBUCKET_PIPELINE_UUID",
                "BITBUCKET_STEP_UUID",
                "BITBUCKET_STEP_RUN_NUMBER",
                "BITBUCKET_PARALLEL_STEP",
            ],
        ),
        ("JENKINS_URL", jenkins, &["BUILD_URL", "BUILD_TAG", "STAGE_NAME", "NODE_NAME", "EXECUTOR_NUMBER"]),
    ];
    let found = known.into_iter().find(|(marker, ..)| variables.get(marker).is_some());
    found.map(|(marker, about, run)| {
        let about = about(&variables);
        // The server refuses other addresses, and a CI without one of its own may set any text.
        let build_url =
            about.build_url.filter(|url| url.starts_with("https://") || url.starts_with("http://"));
        Ci { about: About { build_url, ..about }, run: variables.run(marker, run) }
    })
}

/// Empty variables count as absent.
struct Variables<'a>(&'a BTreeMap<String, String>);

impl Variables<'_> {
    fn get(&self, name: &str) -> Option<String> {
        self.0.get(name).map(|value| value.trim()).filter(|value| !value.is_empty()).map(str::to_owned)
    }

    /// The first that is present.
    fn first(&self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| self.get(name))
    }

    /// Those that are present, as one name.
    fn title(&self, names: &[&str]) -> Option<String> {
        let found: Vec<_> = names.iter().filter_map(|name| self.get(name)).collect();
        Some(found.join(" / ")).filter(|title| !title.is_empty())
    }

    fn run(&self, marker: &str, names: &[&str]) -> String {
        let values = names.iter().map(|name| self.get(name).unwrap_or_default());
        std::iter::once(marker.to_owned()).chain(values).collect::<Vec<_>>().join("\n")
    }
}

fn github(variables: &Variables<'_>) -> About {
    let url = || {
        let server = variables.get("GITHUB_SERVER_URL")?;
        let repository = variables.get("GITHUB_REPOSITORY")?;
        Some(format!("{server}/{repository}/actions/runs/{}", variables.get("GITHUB_RUN_ID")?))
    };
    About {
        name: variables.title(&["GITHUB_WORKFLOW", "GITHUB_JOB"]),
        build: variables.get("GITHUB_RUN_NUMBER"),
        build_url: url(),
        // The first is the branch of a pull request; the second is then a number such as 5/merge.
        branch: variables.first(&["GITHUB_HEAD_REF", "GITHUB_REF_NAME"]),
        commit: variables.get("GITHUB_SHA"),
        environment: None,
    }
}

fn gitlab(variables: &Variables<'_>) -> About {
    About {
        name: variables.get("CI_JOB_NAME"),
        build: variables.get("CI_PIPELINE_ID"),
        build_url: variables.first(&["CI_JOB_URL", "CI_PIPELINE_URL"]),
        branch: variables.first(&["CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "CI_COMMIT_REF_NAME"]),
        commit: variables.get("CI_COMMIT_SHA"),
        environment: variables.get("CI_ENVIRONMENT_NAME"),
    }
}

fn azure(variables: &Variables<'_>) -> About {
    let url = || {
        let collection = variables.first(&["SYSTEM_COLLECTIONURI", "SYSTEM_TEAMFOUNDATIONCOLLECTIONURI"])?;
        let project = variables.get("SYSTEM_TEAMPROJECT")?.replace(' ', "%20");
        let id = variables.get("BUILD_BUILDID")?;
        Some(format!("{}/{project}/_build/results?buildId={id}", collection.trim_end_matches('/')))
    };
    let branch = variables.first(&["SYSTEM_PULLREQUEST_SOURCEBRANCH", "BUILD_SOURCEBRANCH"]);
    About {
        name: variables.title(&["BUILD_DEFINITIONNAME", "SYSTEM_JOBDISPLAYNAME"]),
        build: variables.get("BUILD_BUILDNUMBER"),
        build_url: url(),
        branch: branch.map(|branch| without(&branch, &["refs/heads/", "refs/tags/"])),
        commit: variables.first(&["SYSTEM_PULLREQUEST_SOURCECOMMITID", "BUILD_SOURCEVERSION"]),
        environment: variables.get("ENVIRONMENT_NAME"),
    }
}

fn circle(variables: &Variables<'_>) -> About {
    About {
        name: variables.get("CIRCLE_JOB"),
        build: variables.get("CIRCLE_BUILD_NUM"),
        build_url: variables.get("CIRCLE_BUILD_URL"),
        branch: variables.first(&["CIRCLE_BRANCH", "CIRCLE_TAG"]),
        commit: variables.get("CIRCLE_SHA1"),
        environment: None,
    }
}

/// TeamCity sets no variable for the branch; docs/upload.md shows how a build configuration passes it.
fn teamcity(variables: &Variables<'_>) -> About {
    About {
        name: variables.title(&["TEAMCITY_PROJECT_NAME", "TEAMCITY_BUILDCONF_NAME"]),
        build: variables.get("BUILD_NUMBER"),
        build_url: variables.get("BUILD_URL"),
        branch: variables.first(&["TEAMCITY_BUILD_BRANCH", "BRANCH_NAME"]),
        commit: variables.get("BUILD_VCS_NUMBER"),
        environment: None,
    }
}

fn bitbucket(variables: &Variables<'_>) -> About {
    let url = || {
        let repository = variables.get("BITBUCKET_REPO_FULL_NAME")?;
        let number = variables.get("BITBUCKET_BUILD_NUMBER")?;
        Some(format!("https://bitbucket.org/{repository}/pipelines/results/{number}"))
    };
    About {
        name: variables.get("BITBUCKET_REPO_SLUG"),
        build: variables.get("BITBUCKET_BUILD_NUMBER"),
        build_url: url(),
        branch: variables.first(&["BITBUCKET_BRANCH", "BITBUCKET_TAG"]),
        commit: variables.get("BITBUCKET_COMMIT"),
        environment: variables.get("BITBUCKET_DEPLOYMENT_ENVIRONMENT"),
    }
}

fn jenkins(variables: &Variables<'_>) -> About {
    let branch = variables.first(&["CHANGE_BRANCH", "BRANCH_NAME"]);
    // The last part of a multibranch job's name is its branch; runs of all branches are of one kind.
    let job = variables.get("JOB_NAME").map(|job| match job.rsplit_once('/') {
        Some((before, _)) if variables.get("BRANCH_NAME").is_some() => before.to_owned(),
        _ => job,
    });
    let checked_out = || variables.get("GIT_BRANCH").map(|branch| without(&branch, &["origin/"]));
    About {
        name: job,
        build: variables.get("BUILD_NUMBER"),
        build_url: variables.get("BUILD_URL"),
        branch: branch.or_else(checked_out),
        commit: variables.get("GIT_COMMIT"),
        environment: None,
    }
}

fn without(text: &str, prefixes: &[&str]) -> String {
    prefixes.iter().find_map(|prefix| text.strip_prefix(prefix)).unwrap_or(text).to_owned()
}
