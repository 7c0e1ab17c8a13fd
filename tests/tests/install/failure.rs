//! Failures after pre-flight: exit code 3, and everything is undone.

use std::net::TcpListener;

use testkeep_domain::Secret;
use testkeep_domain::answers::{DatabaseAnswers, PostgresAnswers};
use testkeep_domain::config::PostgresConfig;
use testkeep_tests::postgres::{Postgres, USER};

use crate::place::{Ended, Place};

fn assert_failed(ended: &Ended, step: &str) {
    assert_eq!((ended.code, ended.outcome()), (Some(3), "failed"), "{ended:#?}");
    assert_eq!(ended.states(step)[..2], ["running", "failed"], "{ended:#?}");
    assert!(ended.message().contains("Everything this run had done was undone"), "{}", ended.message());
}

#[test]
fn license_file_that_goes_away() {
    let place = Place::new();
    let mut before = place.snapshot();
    before.remove(&place.license_file());
    let mut installer = place.begin();
    installer.until_findings();
    std::fs::remove_file(place.license_file()).unwrap();
    let ended = installer.end();
    assert_failed(&ended, "install_license");
    assert!(ended.message().contains("our.license"), "{}", ended.message());
    place.assert_untouched(&before, "failed");
}

#[test]
fn port_that_somebody_takes_meanwhile() {
    let place = Place::new();
    let before = place.snapshot();
    let mut installer = place.begin();
    installer.until_running("copy_programs");
    let _holder = TcpListener::bind(("0.0.0.0", u16::try_from(place.answers.http_port).unwrap())).unwrap();
    let ended = installer.end();
    assert_failed(&ended, "start_server");
    assert!(ended.message().contains("http_port"), "{}", ended.message());
    place.assert_untouched(&before, "failed");
}

#[test]
fn database_that_goes_away() {
    let server = Postgres::shared();
    let database = server.create_database();
    let mut place = Place::new();
    place.answers.database = DatabaseAnswers::Postgresql(PostgresAnswers {
        connection: PostgresConfig {
            jdbc_url: server.jdbc_url(&database),
            user: USER.into(),
            password: Secret::default(),
        },
        create: false,
    });
    let before = place.snapshot();
    let mut installer = place.begin();
    installer.until_running("copy_programs");
    server.sql("postgres", &format!("DROP DATABASE {database} WITH (FORCE)"));
    let ended = installer.end();
    assert_failed(&ended, "install_license");
    place.assert_untouched(&before, "failed");
}

/// After a failed change of a running installation, the earlier state is restored.
#[test]
fn a_running_installation_runs_on() {
    let mut place = Place::new();
    place.installed();
    let (marker, key, port) = (place.marker(), place.secrets().0, place.answers.http_port);
    let config = std::fs::read(place.layout().config_file()).unwrap();
    place.answers.http_port = crate::place::free_port().into();
    let mut installer = place.begin();
    installer.until_findings();
    let _holder = TcpListener::bind(("0.0.0.0", u16::try_from(place.answers.http_port).unwrap())).unwrap();
    let ended = installer.end();
    assert_failed(&ended, "start_server");
    place.answers.http_port = port;
    place.assert_complete("after the failed change");
    assert_eq!((place.marker(), place.secrets().0), (marker, key));
    assert_eq!(std::fs::read(place.layout().config_file()).unwrap(), config);
}
