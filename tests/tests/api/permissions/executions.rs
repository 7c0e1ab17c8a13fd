//! An execution with one file and one result, for the sweeps.

use std::path::Path;

use testkeep_store::reports::execution::{self, About, NewExecution};
use testkeep_store::reports::execution_file::{self, NewFile};
use testkeep_store::reports::test_case::{self, NewTestCase};
use testkeep_store::reports::test_result::{self, NewResult};
use testkeep_store::{Time, Tx, sql};

use super::case::Subject;

pub(super) struct Made {
    execution: i64,
    file: i64,
    case: i64,
    result: i64,
}

impl Made {
    pub(super) fn id_of(&self, subject: Subject) -> i64 {
        match subject {
            Subject::ExecutionFile => self.file,
            Subject::TestCase => self.case,
            Subject::TestResult => self.result,
            _ => self.execution,
        }
    }
}

/// `folder`: where the server stores uploads.
pub(super) async fn create(tx: &mut Tx, project_id: i64, folder: &Path, name: &str, now: Time) -> Made {
    execution::lock_executions(tx, project_id).await.unwrap();
    let about = About { name: name.into(), ..About::default() };
    let new = NewExecution {
        project_id,
        user_id: None,
        state: "done",
        upload_key: None,
        session_key: None,
        about: &about,
    };
    let execution = execution::create_execution(tx, new, now).await.unwrap().id;
    let place = format!("{project_id}/sweep/{name}");
    let stored = folder.join(&place);
    std::fs::create_dir_all(stored.parent().unwrap()).unwrap();
    std::fs::write(stored, "content").unwrap();
    let new = NewFile {
        execution_id: execution,
        name,
        media_type: "text/plain",
        size: 7,
        hash: "",
        place: &place,
        kind: "upload",
    };
    let file = execution_file::create_file(tx, new).await.unwrap();
    let new = NewTestCase { identity: name, suite: "s", name, parameters: None };
    let case = test_case::create_test_cases(tx, project_id, &[new], now).await.unwrap()[0].1;
    let new = NewResult {
        test_case_id: case,
        run: 1,
        outcome: "passed",
        flaky: false,
        change: None,
        duration_ms: 1,
        error_key: None,
        error_type: None,
        error_message: None,
        text_at: 0,
        text_size: 0,
    };
    test_result::create_results(tx, execution, &[new], now).await.unwrap();
    let (result,): (i64,) =
        sql("SELECT id FROM test_result WHERE test_case_id = $1").bind(case).fetch_one(tx).await.unwrap();
    Made { execution, file, case, result }
}
