//! The variables of each CI as its vendor documents them, and what is read from them.

use std::collections::BTreeMap;

use super::{About, Ci, detect};

fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn found(pairs: &[(&str, &str)]) -> Ci {
    detect(&map(pairs)).unwrap()
}

/// Name, build, build URL, branch, commit, environment.
#[track_caller]
fn expect(about: &About, expected: [&str; 6]) {
    let about =
        [&about.name, &about.build, &about.build_url, &about.branch, &about.commit, &about.environment];
    assert_eq!(about.map(|label| label.as_deref().unwrap_or("")), expected);
}

const GITHUB: [(&str, &str); 11] = [
    ("GITHUB_ACTIONS", "true"),
    ("GITHUB_SERVER_URL", "https://github.com"),
    ("GITHUB_REPOSITORY", "octocat/hello"),
    ("GITHUB_RUN_ID", "1658821493"),
    ("GITHUB_RUN_NUMBER", "3"),
    ("GITHUB_RUN_ATTEMPT", "1"),
    ("GITHUB_WORKFLOW", "CI"),
    ("GITHUB_JOB", "test"),
    ("GITHUB_REF_NAME", "main"),
    ("GITHUB_SHA", "ffac537e6cbbf934b08745a378932722df287a53"),
    ("GITHUB_HEAD_REF", ""),
];

#[test]
fn github() {
    let url = "https://github.com/octocat/hello/actions/runs/1658821493";
    let sha = "ffac537e6cbbf934b08745a378932722df287a53";
    let mut pairs = GITHUB.to_vec();
    expect(&found(&pairs).about, ["CI / test", "3", url, "main", sha, ""]);
    let first = found(&pairs).run;
    assert_eq!(first, found(&pairs).run, "a repeated step");
    pairs.push(("GITHUB_HEAD_REF", "feature/x"));
    pairs.push(("GITHUB_RUN_ATTEMPT", "2"));
    assert_eq!(found(&pairs).about.branch.as_deref(), Some("feature/x"), "a pull request");
    assert_ne!(first, found(&pairs).run, "another attempt");
}

#[test]
fn gitlab() {
    let mut pairs = vec![
        ("GITLAB_CI", "true"),
        ("CI_SERVER_URL", "https://gitlab.example.com"),
        ("CI_JOB_ID", "50"),
        ("CI_JOB_NAME", "spec:other"),
        ("CI_JOB_URL", "https://gitlab.example.com/g/p/-/jobs/50"),
        ("CI_PIPELINE_ID", "1000"),
        ("CI_COMMIT_REF_NAME", "main"),
        ("CI_COMMIT_SHA", "1ecfd275763eff1d6b4844ea3168962458c9f27a"),
        ("CI_ENVIRONMENT_NAME", "staging"),
    ];
    let url = "https://gitlab.example.com/g/p/-/jobs/50";
    let sha = "1ecfd275763eff1d6b4844ea3168962458c9f27a";
    expect(&found(&pairs).about, ["spec:other", "1000", url, "main", sha, "staging"]);
    pairs.push(("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "fix"));
    assert_eq!(found(&pairs).about.branch.as_deref(), Some("fix"));
}

#[test]
fn jenkins() {
    let mut pairs = vec![
        ("JENKINS_URL", "https://jenkins.example.com/"),
        ("JOB_NAME", "shop/nightly"),
        ("BUILD_NUMBER", "153"),
        ("BUILD_TAG", "jenkins-shop-nightly-153"),
        ("BUILD_URL", "https://jenkins.example.com/job/shop/job/nightly/153/"),
        ("GIT_BRANCH", "origin/main"),
        ("GIT_COMMIT", "abc"),
    ];
    let url = "https://jenkins.example.com/job/shop/job/nightly/153/";
    expect(&found(&pairs).about, ["shop/nightly", "153", url, "main", "abc", ""]);
    pairs.extend([("JOB_NAME", "shop/PR-7"), ("BRANCH_NAME", "PR-7"), ("CHANGE_BRANCH", "fix")]);
    expect(&found(&pairs).about, ["shop", "153", url, "fix", "abc", ""]);
    let run = found(&pairs).run;
    pairs.push(("STAGE_NAME", "Windows"));
    assert_ne!(run, found(&pairs).run, "stages run in parallel");
    pairs.push(("BUILD_URL", "null/job/7"));
    assert_eq!(found(&pairs).about.build_url, None, "a Jenkins without an address");
}

#[test]
fn azure() {
    let mut pairs = vec![
        ("TF_BUILD", "True"),
        ("SYSTEM_COLLECTIONURI", "https://dev.azure.com/fabrikam/"),
        ("SYSTEM_TEAMPROJECT", "Web Shop"),
        ("BUILD_BUILDID", "4711"),
        ("BUILD_BUILDNUMBER", "20261201.3"),
        ("BUILD_DEFINITIONNAME", "shop-ci"),
        ("SYSTEM_JOBDISPLAYNAME", "Linux"),
        ("SYSTEM_JOBID", "12f1170f"),
        ("SYSTEM_JOBATTEMPT", "1"),
        ("BUILD_SOURCEBRANCH", "refs/heads/feature/x"),
        ("BUILD_SOURCEVERSION", "abc"),
    ];
    let url = "https://dev.azure.com/fabrikam/Web%20Shop/_build/results?buildId=4711";
    expect(&found(&pairs).about, ["shop-ci / Linux", "20261201.3", url, "feature/x", "abc", ""]);
    pairs.extend([
        ("BUILD_SOURCEBRANCH", "refs/pull/1/merge"),
        ("SYSTEM_PULLREQUEST_SOURCEBRANCH", "refs/heads/fix"),
        ("ENVIRONMENT_NAME", "staging"),
    ]);
    expect(&found(&pairs).about, ["shop-ci / Linux", "20261201.3", url, "fix", "abc", "staging"]);
}

#[test]
fn circle() {
    let pairs = [
        ("CIRCLECI", "true"),
        ("CIRCLE_JOB", "test"),
        ("CIRCLE_BUILD_NUM", "42"),
        ("CIRCLE_BUILD_URL", "https://circleci.com/gh/o/r/42"),
        ("CIRCLE_BRANCH", "main"),
        ("CIRCLE_SHA1", "abc"),
        ("CIRCLE_WORKFLOW_JOB_ID", "6f8a"),
        ("CIRCLE_NODE_INDEX", "0"),
    ];
    let url = "https://circleci.com/gh/o/r/42";
    expect(&found(&pairs).about, ["test", "42", url, "main", "abc", ""]);
    let other = [&pairs[..], &[("CIRCLE_NODE_INDEX", "1")]].concat();
    assert_ne!(found(&pairs).run, found(&other).run, "containers run in parallel");
}

#[test]
fn teamcity() {
    let pairs = [
        ("TEAMCITY_VERSION", "2025.11"),
        ("TEAMCITY_PROJECT_NAME", "Shop"),
        ("TEAMCITY_BUILDCONF_NAME", "Tests"),
        ("BUILD_NUMBER", "17"),
        ("BUILD_URL", "https://teamcity.example.com/build/904"),
        ("BUILD_VCS_NUMBER", "abc"),
        ("TEAMCITY_BUILD_BRANCH", "main"),
    ];
    let url = "https://teamcity.example.com/build/904";
    expect(&found(&pairs).about, ["Shop / Tests", "17", url, "main", "abc", ""]);
}

#[test]
fn bitbucket() {
    let pairs = [
        ("BITBUCKET_BUILD_NUMBER", "8"),
        ("BITBUCKET_REPO_FULL_NAME", "team/shop"),
        ("BITBUCKET_REPO_SLUG", "shop"),
        ("BITBUCKET_BRANCH", "main"),
        ("BITBUCKET_COMMIT", "abc"),
        ("BITBUCKET_PIPELINE_UUID", "{1}"),
        ("BITBUCKET_STEP_UUID", "{2}"),
        ("BITBUCKET_DEPLOYMENT_ENVIRONMENT", "production"),
    ];
    let url = "https://bitbucket.org/team/shop/pipelines/results/8";
    expect(&found(&pairs).about, ["shop", "8", url, "main", "abc", "production"]);
}

#[test]
fn no_ci() {
    assert_eq!(detect(&map(&[("PATH", "/bin"), ("CI", "true"), ("GITHUB_ACTIONS", "")])), None);
}

#[test]
fn options_win_over_the_ci() {
    let given = About { branch: Some("mine".into()), ..About::default() };
    let both = given.or(found(&GITHUB).about);
    assert_eq!((both.branch.as_deref(), both.build.as_deref()), (Some("mine"), Some("3")));
    let pairs: Vec<_> = both.pairs().map(|(key, _)| key).collect();
    assert_eq!(pairs, ["name", "build", "build_url", "branch", "commit"]);
}
