//! Installation into a PostgreSQL that the tests start.

use std::time::Duration;

use testkeep_domain::Secret;
use testkeep_domain::answers::{DatabaseAnswers, PostgresAnswers};
use testkeep_domain::config::{DatabaseConfig, PostgresConfig, ServerConfig};
use testkeep_tests::postgres::{Postgres, USER};

use crate::place::Place;

fn place(database: &str, create: bool) -> Place {
    let mut place = Place::new();
    let port = Postgres::shared().port();
    place.answers.database = DatabaseAnswers::Postgresql(PostgresAnswers {
        connection: PostgresConfig {
            jdbc_url: format!("jdbc:postgresql://127.0.0.1:{port}/{database}"),
            user: USER.into(),
            password: Secret::default(),
        },
        create,
    });
    place
}

fn exists(database: &str) -> bool {
    let query = format!("SELECT COUNT(*) FROM pg_database WHERE datname = '{database}'");
    Postgres::shared().sql("postgres", &query) == "1"
}

fn accounts(database: &str) -> String {
    Postgres::shared().sql(database, "SELECT COUNT(*) FROM user_account")
}

fn login(place: &Place) -> PostgresConfig {
    let text = std::fs::read_to_string(place.layout().config_file()).expect("a configuration");
    match ServerConfig::parse(&text).expect("a good configuration").database {
        DatabaseConfig::Postgresql(config) => config,
        DatabaseConfig::BuiltIn => panic!("not PostgreSQL: {text}"),
    }
}

fn assert_complete(place: &Place, database: &str, when: &str) {
    place.assert_complete(when);
    assert_eq!(accounts(database), "1", "{when}");
}

#[test]
fn creates_the_database_and_a_login_with_few_rights() {
    let place = place("made_by_setup", true);
    place.installed();
    assert_complete(&place, "made_by_setup", "created");
    let login = login(&place);
    assert_ne!(login.user, USER);
    assert!(!login.password.expose().is_empty());
    let rights = "SELECT rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls FROM pg_roles";
    let rights = format!("{rights} WHERE rolname = '{}'", login.user);
    assert_eq!(Postgres::shared().sql("postgres", &rights), "f|f|f|f|f");
    let owner = "SELECT COUNT(*) FROM pg_tables WHERE tablename = 'user_account' AND tableowner = '";
    assert_eq!(Postgres::shared().sql("made_by_setup", &format!("{owner}{}'", login.user)), "1");

    let (pid, before) = (place.server_pid(), login);
    let ended = place.installed();
    assert_eq!(ended.states("prepare_database"), ["running", "skipped"]);
    assert_eq!((place.server_pid(), self::login(&place)), (pid, before));
    assert_complete(&place, "made_by_setup", "again");
}

#[test]
fn uses_an_empty_database() {
    let database = Postgres::shared().create_database();
    let place = place(&database, false);
    place.installed();
    assert_complete(&place, &database, "into an empty database");
    assert_eq!(login(&place).user, USER);
    // The data is in the database server: removal does not touch it, and a new installation finds it.
    assert_eq!(place.uninstall(&["--delete-data"]).status.code(), Some(0));
    assert!(!place.destination().exists());
    place.installed();
    assert_complete(&place, &database, "into its own database");
}

#[test]
fn refuses_a_strangers_database() {
    let database = Postgres::shared().create_database();
    Postgres::shared().sql(&database, "CREATE TABLE invoice (id int)");
    for create in [false, true] {
        let place = place(&database, create);
        let before = place.snapshot();
        let ended = place.install();
        assert_eq!((ended.code, ended.outcome()), (Some(2), "refused"), "{ended:#?}");
        assert_eq!(ended.errors().len(), 1, "{ended:#?}");
        assert!(ended.message().contains("database.jdbc_url"), "{}", ended.message());
        place.assert_untouched(&before, "foreign tables");
        let tables = "SELECT string_agg(tablename, ',') FROM pg_tables WHERE schemaname = 'public'";
        assert_eq!(Postgres::shared().sql(&database, tables), "invoice");
    }
}

#[test]
fn refuses_what_cannot_be_reached() {
    let missing = place("never_made", false);
    let mut unreachable = place("x", false);
    let closed = crate::place::free_port();
    let mut dangerous = place("x", false);
    for (place, url) in [
        (&mut unreachable, format!("jdbc:postgresql://127.0.0.1:{closed}/x")),
        (&mut dangerous, "jdbc:postgresql://127.0.0.1/x?socketFactory=evil".to_owned()),
    ] {
        if let DatabaseAnswers::Postgresql(answers) = &mut place.answers.database {
            answers.connection.jdbc_url = url;
        }
    }
    for place in [missing, unreachable, dangerous] {
        let before = place.snapshot();
        let ended = place.install();
        assert_eq!(ended.code, Some(2), "{ended:#?}");
        place.assert_untouched(&before, "unreachable database");
    }
    assert!(!exists("never_made"));
}

/// Undo never drops a database, and the next run uses it.
#[test]
fn a_created_database_outlives_a_failure() {
    let place = place("made_before_failure", true);
    let license = std::fs::read(place.license_file()).unwrap();
    let mut installer = place.begin();
    installer.until_findings();
    std::fs::remove_file(place.license_file()).unwrap();
    let ended = installer.end();
    assert_eq!(ended.code, Some(3), "{ended:#?}");
    assert!(!place.destination().exists() && exists("made_before_failure"));
    std::fs::write(place.license_file(), license).unwrap();
    place.installed();
    assert_complete(&place, "made_before_failure", "after the failure");
}

#[test]
fn killed_while_the_database_is_made() {
    for (round, milliseconds) in [0, 15, 40, 80].into_iter().enumerate() {
        let database = format!("made_in_round_{round}");
        let place = place(&database, true);
        let mut installer = place.begin();
        installer.until_running("prepare_database");
        std::thread::sleep(Duration::from_millis(milliseconds));
        installer.kill();
        place.installed();
        assert_complete(&place, &database, &format!("killed after {milliseconds} ms"));
        assert_ne!(login(&place).user, USER);
    }
}
