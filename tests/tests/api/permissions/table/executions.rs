//! Executions, their results and files, test cases, uploads.

use serde_json::json;
use testkeep_domain::permission::ProjectAction::{EditProject, UploadTestResults, ViewTestResults};

use super::operation;
use crate::permissions::case::{Operation, Subject, at, may};
use crate::permissions::place::Place::{DirectProject, Project};

pub(crate) fn operations() -> Vec<Operation> {
    let seeing = |subject| at(Project, may(ViewTestResults)).subject(subject);
    let list = || {
        [
            at(Project, may(ViewTestResults)),
            at(DirectProject, may(ViewTestResults)),
            at(Project, may(ViewTestResults)).wrong_query(|_| "?page_size=0".into()),
        ]
    };
    let upload =
        |place| at(place, may(UploadTestResults)).query(|_| "?file=a.json".into()).body(|_| json!({}));
    vec![
        operation("GET /api/v2/projects/{id}/executions", list()),
        operation("GET /api/v2/projects/{id}/test-cases", list()),
        // The stream ends at once.
        operation(
            "GET /api/v2/projects/{id}/changes",
            [at(Project, may(ViewTestResults)).query(|_| "?seconds=0".into())],
        ),
        operation(
            "POST /api/v2/projects/{id}/reports",
            [
                upload(Project),
                upload(DirectProject),
                upload(Project).wrong_query(|_| "?file=a.json&build_url=nonsense".into()),
            ],
        ),
        operation("GET /api/v2/executions/{id}", [seeing(Subject::Execution)]),
        operation(
            "GET /api/v2/executions/{id}/results",
            [seeing(Subject::Execution), seeing(Subject::Execution).wrong_query(|_| "?page_size=0".into())],
        ),
        operation("GET /api/v2/executions/{id}/errors", [seeing(Subject::Execution)]),
        operation("GET /api/v2/results/{id}", [seeing(Subject::TestResult)]),
        operation("GET /api/v2/test-cases/{id}", [seeing(Subject::TestCase)]),
        operation("GET /api/v2/files/{id}", [seeing(Subject::ExecutionFile)]),
        operation(
            "POST /api/v2/executions/{id}/read-again",
            [at(Project, may(UploadTestResults)).subject(Subject::Execution)],
        ),
        operation(
            "DELETE /api/v2/executions/{id}",
            [at(Project, may(EditProject)).subject(Subject::Execution)],
        ),
    ]
}
