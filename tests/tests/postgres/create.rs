//! Creating the database and its role, repeatedly, with logins of different rights.

use testkeep_store::postgres::open;
use testkeep_store::probe::{CreateError, create_database, probe};

use crate::connect::SECURED;
use crate::servers::{as_user, at};

fn url(database: &str) -> String {
    format!("jdbc:postgresql://127.0.0.1:{}/{database}?sslmode=require", SECURED.port())
}

fn owner(database: &str) -> String {
    SECURED.sql(
        "postgres",
        &format!("SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = '{database}'"),
    )
}

#[tokio::test]
async fn a_superuser_makes_a_role_that_can_do_little() {
    let first = create_database(&at(url("superuser_made"))).await.unwrap();
    assert!(first.database_created);
    assert_eq!(first.config.user, "testkeep_superuser_made");
    assert_eq!(owner("superuser_made"), first.config.user);
    let text =
        "SELECT rolsuper, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = 'testkeep_superuser_made'";
    assert_eq!(SECURED.sql("postgres", text), "f|f|f");
    let result = probe(&first.config, false).await;
    assert!(result.passed(), "{result:#?}");

    let second = create_database(&at(url("superuser_made"))).await.unwrap();
    assert!(!second.database_created);
    assert_ne!(second.config.password, first.config.password);
    open(&second.config).await.unwrap();
    assert!(open(&first.config).await.is_err());
    let again = probe(&at(url("superuser_made")), true).await;
    assert!(again.passed() && again.steps[6].code == "new_password", "{again:#?}");
}

#[tokio::test]
async fn a_login_that_may_create_roles_is_enough() {
    SECURED.sql("postgres", "CREATE ROLE maker LOGIN CREATEDB CREATEROLE PASSWORD 'm'");
    let config = as_user(url("maker_made"), "maker", "m");
    let created = create_database(&config).await.unwrap();
    assert_eq!(owner("maker_made"), "testkeep_maker_made");
    assert!(probe(&created.config, false).await.passed());
    let member = "SELECT count(*) FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid WHERE r.rolname = 'testkeep_maker_made'";
    assert_eq!(SECURED.sql("postgres", member), "0");
    let again = create_database(&config).await.unwrap();
    open(&again.config).await.unwrap();
    assert!(probe(&config, true).await.passed());
}

#[tokio::test]
async fn a_kill_between_role_and_database_is_made_good() {
    let created = create_database(&at(url("half_made"))).await.unwrap();
    SECURED.sql("postgres", "DROP DATABASE half_made");
    let again = create_database(&at(url("half_made"))).await.unwrap();
    assert!(again.database_created && again.role == created.role);
    open(&again.config).await.unwrap();
}

#[tokio::test]
async fn a_login_without_roles_owns_the_database_itself() {
    SECURED.sql("postgres", "CREATE ROLE plain LOGIN CREATEDB PASSWORD 'p'");
    let config = as_user(url("plain_made"), "plain", "p");
    let created = create_database(&config).await.unwrap();
    assert_eq!((owner("plain_made").as_str(), created.role), ("plain", None));
    assert_eq!(created.config, config);
    assert!(probe(&config, true).await.passed());
}

#[tokio::test]
async fn what_must_not_happen() {
    SECURED.sql("postgres", "CREATE ROLE mere LOGIN PASSWORD 'p'");
    let error = create_database(&as_user(url("mere_made"), "mere", "p")).await.unwrap_err();
    assert!(matches!(error, CreateError::NotAllowed(_)) && error.to_string().contains("CREATEDB"), "{error}");
    let result = probe(&as_user(url("mere_made"), "mere", "p"), true).await;
    assert_eq!(result.steps.last().map(|step| step.code), Some("create_not_allowed"), "{result:#?}");

    SECURED.sql("postgres", "CREATE ROLE testkeep_taken LOGIN");
    let error = create_database(&at(url("taken"))).await.unwrap_err();
    assert!(matches!(error, CreateError::ForeignRole(_)), "{error}");
    assert_eq!(owner("taken"), "");

    SECURED.sql("postgres", "CREATE DATABASE somebodys OWNER mere");
    let kept = create_database(&at(url("somebodys"))).await.unwrap();
    assert_eq!((owner("somebodys").as_str(), kept.role, kept.database_created), ("mere", None, false));
}

#[tokio::test]
async fn hostile_names_are_only_names() {
    let created = create_database(&at(url("o%22%3B%20DROP%20ROLE%20x%3B--%27%5C"))).await.unwrap();
    assert_eq!(created.role.as_deref(), Some(r#"testkeep_o"; DROP ROLE x;--'\"#));
    assert!(probe(&created.config, false).await.passed());
}

#[tokio::test]
async fn without_a_name_it_is_kit() {
    let created = create_database(&at(url(""))).await.unwrap();
    assert_eq!(owner("kit"), "testkeep_kit");
    assert!(created.config.jdbc_url.contains("/kit?"), "{}", created.config.jdbc_url);
    open(&created.config).await.unwrap();
}
