//! What tools write into the output of a JUnit case because JUnit has no element for it: attachments, and Katalon
//! Studio's steps.

use crate::limits::{LIST, NAME};
use crate::model::{Attachment, Case, Failure, Outcome, Step, Text};
use crate::redact::{ENVIRONMENT, redact_output};
use crate::text::cut;

/// Adds the attachments and steps in the output of a case. The output itself stays as it is, except for secrets.
pub(super) fn read(case: &mut Case) {
    if case.output.is_empty() || !case.output.contains_either("[[ATTACHMENT|", "[TEST_STEP][") {
        return;
    }
    hide_environment(&mut case.output);
    for line in case.output.to_text().lines() {
        if case.attachments.len() < LIST {
            case.attachments.extend(attachments(line));
        }
        if case.steps.len() < LIST {
            case.steps.extend(step(line));
        }
    }
}

/// Katalon Studio writes the proxy, with its password, into outputs of suites and cases.
pub(super) fn hide_environment(output: &mut Text) {
    if output.contains_either(ENVIRONMENT[0], ENVIRONMENT[1]) {
        *output = Text::from(&*redact_output(&output.to_text()));
    }
}

/// `[[ATTACHMENT|path]]`, as Jenkins reads it.
fn attachments(line: &str) -> impl Iterator<Item = Attachment> {
    line.split("[[ATTACHMENT|").skip(1).filter_map(|rest| rest.split_once("]]")).map(|(path, _)| {
        let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
        Attachment { name: cut(name, NAME), path: Some(cut(path, NAME)), media_type: None, content: None }
    })
}

/// `2026-11-28 10:00:00 - [TEST_STEP][PASSED] - name: message`; both parts of the text may be missing.
fn step(line: &str) -> Option<Step> {
    let (before, rest) = line.split_once("[TEST_STEP][")?;
    let (status, rest) = rest.split_once(']')?;
    let outcome = match status {
        "PASSED" | "INFO" | "WARNING" => Outcome::Passed,
        "FAILED" => Outcome::Failed,
        "ERROR" => Outcome::Errored,
        "SKIPPED" | "NOT_RUN" => Outcome::Skipped,
        _ => Outcome::Other,
    };
    let words = rest.trim_start().strip_prefix('-').unwrap_or(rest).trim();
    let (name, message) = words.split_once(": ").unwrap_or((words.trim_end_matches(':'), ""));
    let failure = matches!(outcome, Outcome::Failed | Outcome::Errored).then(|| Failure {
        outcome,
        type_name: None,
        message: (!message.is_empty()).then(|| cut(message, NAME)),
        detail: Text::default(),
    });
    let started_at = crate::time::moment(before.trim().trim_end_matches('-'));
    Some(Step { depth: 0, name: cut(name, NAME), outcome, started_at, seconds: None, failure })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_katalons_steps_and_jenkins_attachments() {
        let mut case = Case::new(Vec::new(), "a");
        case.output
            .push_line("2026-11-28 10:00:00 - [TEST_STEP][PASSED] - openBrowser(\"\"): Browser is opened");
        case.output
            .push_line("2026-11-28 10:00:02 - [TEST_STEP][FAILED] - click(a): Unable to click: no element");
        case.output.push_line("see [[ATTACHMENT|/tmp/shots/1.png]]");
        read(&mut case);
        let steps: Vec<_> = case.steps.iter().map(|step| (step.name.as_str(), step.outcome)).collect();
        assert_eq!(steps, [("openBrowser(\"\")", Outcome::Passed), ("click(a)", Outcome::Failed)]);
        let failure = case.steps[1].failure.as_ref().unwrap();
        assert_eq!(failure.message.as_deref(), Some("Unable to click: no element"));
        assert!(case.steps[0].started_at.is_some());
        assert_eq!((case.attachments.len(), case.attachments[0].name.as_str()), (1, "1.png"));
    }
}
