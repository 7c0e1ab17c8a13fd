//! The answer file: the installer reads the same values that the wizard writes.

use proptest::prelude::*;

use super::*;

fn database() -> impl Strategy<Value = DatabaseAnswers> {
    let text = "[^\\p{C}]{0,12}";
    prop_oneof![
        Just(DatabaseAnswers::BuiltIn),
        (text, text, text, any::<bool>()).prop_map(|(jdbc_url, user, password, create)| {
            let connection = PostgresConfig { jdbc_url, user, password: Secret::new(password) };
            DatabaseAnswers::Postgresql(PostgresAnswers { connection, create })
        }),
    ]
}

fn service() -> impl Strategy<Value = ServiceAnswers> {
    let modes = [ServiceMode::Service, ServiceMode::UserService, ServiceMode::Background, ServiceMode::None];
    (prop::sample::select(modes.to_vec()), any::<bool>())
        .prop_map(|(mode, allow_root)| ServiceAnswers { mode, allow_root })
}

fn account() -> impl Strategy<Value = DefaultAccountAnswers> {
    ("[^\\p{C}]{0,12}", "[^\\p{C}]{0,12}").prop_map(|(name, password)| DefaultAccountAnswers {
        email: format!("{name}@x"),
        password: Secret::new(password),
        first_name: name.clone(),
        last_name: name,
    })
}

proptest! {
    /// Also wrong answers: a check reports what is wrong with them and needs the text that was typed.
    #[test]
    fn what_is_written_comes_back(
        ports in any::<(i64, i64)>(), server_url in "[^\\p{C}]{0,20}", upload in prop::option::of("/[a-z ]{1,9}"),
        license in prop::option::of("C:\\\\[a-z]{1,9}"), database in database(),
        default_account in prop::option::of(account()), service in prop::option::of(service()),
    ) {
        let answers = Answers {
            destination: PathBuf::from("/opt/testkeep"),
            http_port: ports.0,
            control_port: ports.1,
            server_url,
            upload_location: upload.map(PathBuf::from),
            license_file: license.map(PathBuf::from),
            database,
            default_account,
            service,
        };
        prop_assert_eq!(Answers::parse(&answers.to_toml()).unwrap(), answers);
    }
}

const LEAST: &str = "destination = 'x'\nhttp_port = 1\ncontrol_port = 2\nserver_url = ''\n";

#[test]
fn nothing_is_created_that_was_not_asked_for() {
    let parse = |more: &str| Answers::parse(&format!("{LEAST}{more}")).unwrap();
    let postgres = "[database]\nkind = 'postgresql'\njdbc_url = 'jdbc:postgresql:kit'\n";
    for (more, create) in [("", false), ("create = false\n", false), ("create = true\n", true)] {
        let DatabaseAnswers::Postgresql(answers) = parse(&format!("{postgres}{more}")).database else {
            panic!()
        };
        assert_eq!(answers.create, create, "{more}");
    }
    let written = parse(postgres).to_toml();
    assert!(!written.contains("create") && !written.contains("password"), "{written}");
    assert_eq!(parse("[database]\nkind = 'built-in'\n").database, DatabaseAnswers::BuiltIn);
}

#[test]
fn a_service_runs_in_the_background_and_not_as_root_unless_asked() {
    let service = |table: &str| {
        let text = format!("{LEAST}[database]\nkind = 'built-in'\n{table}");
        Answers::parse(&text).map(|answers| answers.service)
    };
    assert_eq!(service("").unwrap(), None);
    let default = ServiceAnswers { mode: ServiceMode::Background, allow_root: false };
    assert_eq!(service("[service]\n").unwrap(), Some(default.clone()));
    assert_eq!(default, ServiceAnswers::default());
    let own = service("[service]\nmode = 'user-service'\n").unwrap().unwrap();
    assert_eq!(own.mode, ServiceMode::UserService);
    let root = service("[service]\nmode = 'service'\nallow_root = true\n").unwrap().unwrap();
    assert_eq!(root, ServiceAnswers { mode: ServiceMode::Service, allow_root: true });
    assert!(service("[service]\nmode = 'daemon'\n").is_err());
}

#[test]
fn the_rules_of_databases_are_those_of_the_configuration() {
    let refusal =
        |table: &str| Answers::parse(&format!("{LEAST}[database]\n{table}\n")).unwrap_err().to_string();
    assert!(refusal("kind = 'built-in'\njdbc_url = 'x'").contains("takes no jdbc_url"));
    assert!(refusal("kind = 'postgresql'").contains("needs jdbc_url"));
    assert!(
        refusal("kind = 'x'\nkindness = 1")
            .contains("Unknown key: `database.kindness`. Correct the spelling or remove it.")
    );
    let two = refusal("kind = 'x'\nb = 1\nc = 2");
    assert!(
        two.contains("Unknown keys: `database.b`, `database.c`. Correct the spelling or remove them."),
        "{two}"
    );
}
