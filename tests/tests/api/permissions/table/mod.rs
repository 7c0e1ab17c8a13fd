//! Every operation of the OpenAPI document: the permission it needs, and how it is sent. Which role has the permission
//! is defined in the permission table only.

mod executions;
mod licenses;
mod mail;
mod own;
mod people;
mod places;

use std::collections::BTreeSet;

use serde_json::Value;

use super::case::{Case, Operation};

pub(crate) fn operations() -> Vec<Operation> {
    [
        own::operations(),
        places::operations(),
        people::operations(),
        mail::operations(),
        licenses::operations(),
        executions::operations(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn operation<const COUNT: usize>(name: &'static str, cases: [Case; COUNT]) -> Operation {
    Operation { name, cases: cases.into() }
}

#[test]
fn has_every_operation_and_no_other() {
    let document: Value = serde_json::from_str(&testkeep_server::testing::openapi_json()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let documented: BTreeSet<String> = paths
        .iter()
        .flat_map(|(path, methods)| methods.as_object().unwrap().keys().map(move |method| (path, method)))
        .map(|(path, method)| format!("{} {path}", method.to_uppercase()))
        .collect();
    let operations = operations();
    let here: BTreeSet<String> = operations.iter().map(|operation| operation.name.to_owned()).collect();
    let missing: Vec<_> = documented.difference(&here).collect();
    assert!(missing.is_empty(), "write down what these need: {missing:#?}");
    let gone: Vec<_> = here.difference(&documented).collect();
    assert!(gone.is_empty(), "the document has no such operations: {gone:#?}");
    assert_eq!(here.len(), operations.len(), "an operation is written down twice");
    let empty: Vec<_> = operations.iter().filter(|operation| operation.cases.is_empty()).collect();
    assert!(empty.is_empty());
}
