//! `testkeep upload`: sends test reports to a project, for people and CI.
//!
//! A test run must not fail because of its reports. So only wrong arguments end with an exit code other than 0, unless
//! `--strict` is passed. Uploads that the server does not receive are kept on this machine.

mod arguments;
mod outcome;
mod work;

#[cfg(test)]
mod peer;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

use testkeep_client::upload::{self, Spool};
use testkeep_domain::Clock;
use tokio::time::Instant;

pub(crate) use arguments::UploadArguments;

use super::failure::{self, Failure, say};
use outcome::Outcome;
use work::Work;

/// Wrong arguments, or no file that they name.
pub(crate) const USAGE: i32 = 2;

pub(crate) const EXIT_CODES: &str = "\
Exit codes:
   0  the reports were uploaded; without --strict also when the server did not receive them
   2  wrong arguments, or no file was found
With --strict:
  69  the server cannot be reached, or does not work properly
  70  something failed on this machine, for example a report cannot be read
  77  the server refuses: API key, project or report
 128+ ended by a signal (130: Ctrl-C)

In GitHub Actions, GitLab, Jenkins, Azure Pipelines, CircleCI, TeamCity and Bitbucket Pipelines, the name, build,
branch, commit and environment are read from the variables of the CI when their options are absent.

Environment:
  TESTKEEP_SERVER   the server, when --server is absent
  TESTKEEP_API_KEY  the API key, when --api-key-file is absent
  TESTKEEP_PROJECT  the project, when --project is absent";

pub(crate) async fn upload(arguments: UploadArguments) -> Result<i32, Failure> {
    match run(&arguments, &mut |outcome| outcome.show(arguments.json)).await {
        Err(failure) if failure.code == failure::USAGE => Err(Failure::new(USAGE, failure.message)),
        Err(failure) if !arguments.strict => {
            say(&failure.message);
            Ok(0)
        }
        done => done,
    }
}

/// `show` gets the outcome of each upload as soon as it is certain.
async fn run(arguments: &UploadArguments, show: &mut impl FnMut(&Outcome)) -> Result<i32, Failure> {
    let found = arguments.found()?;
    let work = Work {
        uploader: arguments.server.uploader(arguments.server.require_server()?)?,
        spool: arguments.spool().map(Spool::at),
        clock: Clock::system(),
        deadline: Instant::now() + Duration::from_secs(arguments.retry_for),
    };
    let from_spool = work.send_kept(show).await;
    let Some(found) = found else { return Ok(code(&from_spool, arguments.strict)) };
    for note in &found.notes {
        say(note);
    }
    let ci = upload::detect(&variables());
    let outcomes = work.send_found(arguments, found, ci.as_ref(), show).await;
    Ok(code(&outcomes, arguments.strict))
}

fn code(outcomes: &[Outcome], is_strict: bool) -> i32 {
    let first = outcomes.iter().map(Outcome::code).find(|code| *code != 0);
    first.filter(|_| is_strict).unwrap_or_default()
}

/// Variables that are no text are none of a CI's.
fn variables() -> BTreeMap<String, String> {
    let all = std::env::vars_os();
    all.filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))).collect()
}
