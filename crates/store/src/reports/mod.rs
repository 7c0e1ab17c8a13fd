//! Executions of tests: their files, the test cases of a project, and the results.
//!
//! The counts of an execution and the history of a test case are changed in the transaction that writes the results.
//! All readings of a project lock its row of `execution_counter` first.

pub mod execution;
pub mod execution_file;
pub mod execution_list;
pub mod test_case;
pub mod test_result;
pub mod test_result_list;
pub mod upload_slot;
