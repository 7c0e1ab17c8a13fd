//! The configuration file: written values are read back, and missing values have their defaults.

use proptest::prelude::*;

use super::*;

fn database() -> impl Strategy<Value = DatabaseConfig> {
    let text = "[^\\p{C}]{0,12}";
    prop_oneof![
        Just(DatabaseConfig::BuiltIn),
        (text, text, text).prop_map(|(jdbc_url, user, password)| {
            DatabaseConfig::Postgresql(PostgresConfig { jdbc_url, user, password: Secret::new(password) })
        }),
    ]
}

fn config() -> impl Strategy<Value = ServerConfig> {
    let files = (1_u64..100, 0_usize..20);
    let ports = (1_i64..=65535, 1_i64..=65535);
    let more = (prop::option::of("/[a-z]{1,8}"), any::<bool>(), any::<[u8; 4]>(), 0_u8..=32);
    (ports, files, more, database()).prop_map(
        |(ports, files, (upload, allow_root, address, prefix), database)| ServerConfig {
            server_url: ServerUrl::parse("https://testkeep.example.com").unwrap(),
            http_address: IpAddr::from(address),
            http_port: Port::try_from(ports.0).unwrap(),
            control_port: Port::try_from(ports.1).unwrap(),
            upload_location: upload.map(PathBuf::from),
            trusted_proxies: vec![IpNet::new(IpAddr::from(address), prefix).unwrap()],
            allow_root,
            database,
            log: LogConfig { level: "warn".into(), file_size_mib: files.0, files_kept: files.1 },
        },
    )
}

proptest! {
    #[test]
    fn what_is_written_comes_back(config in config()) {
        prop_assert_eq!(ServerConfig::parse(&config.to_toml()).unwrap(), config);
    }

    #[test]
    fn a_password_in_the_url_is_not_shown(password in "[a-z]{12}") {
        let url = format!("jdbc:postgresql://h/d?user=anna&password={password}");
        for jdbc_url in [url.clone(), format!("{url}%zz")] {
            let is_url = jdbc_url == url;
            let config = PostgresConfig { jdbc_url, user: "bob".into(), password: Secret::new(password.as_str()) };
            let shown = format!("{config:?}");
            prop_assert!(!shown.contains(&password), "{}", shown);
            prop_assert!(shown.contains("bob") && shown.contains("***"), "{}", shown);
            prop_assert_eq!(shown.contains("anna"), is_url, "{}", shown);
            prop_assert_eq!(shown.contains("cannot be read"), !is_url, "{}", shown);
        }
    }
}

const LEAST: &str = "server_url = 'http://localhost:8080'\nhttp_port = 8080\ncontrol_port = 8005\n";

#[test]
fn what_is_left_out_has_a_default() {
    let config = ServerConfig::parse(&format!("{LEAST}[database]\nkind = 'built-in'\n")).unwrap();
    assert_eq!(config.http_address.to_string(), "0.0.0.0");
    assert!(config.upload_location.is_none() && config.trusted_proxies.is_empty() && !config.allow_root);
    assert_eq!(config.database, DatabaseConfig::BuiltIn);
    let log = LogConfig { level: "info".into(), file_size_mib: 10, files_kept: 9 };
    assert_eq!(config.log, log);
    let some = ServerConfig::parse(&format!("{LEAST}[database]\nkind = 'built-in'\n[log]\nfiles_kept = 3\n"));
    assert_eq!(some.unwrap().log, LogConfig { files_kept: 3, ..log });
    let postgres = format!("{LEAST}[database]\nkind = 'postgresql'\njdbc_url = 'jdbc:postgresql:kit'\n");
    let DatabaseConfig::Postgresql(login) = ServerConfig::parse(&postgres).unwrap().database else {
        panic!()
    };
    assert_eq!((login.jdbc_url.as_str(), login.user.as_str()), ("jdbc:postgresql:kit", ""));
    assert!(login.password.is_empty());
    let written = ServerConfig::parse(&postgres).unwrap().to_toml();
    assert!(!written.contains("password") && !written.contains("user"), "{written}");
}

#[test]
fn a_database_is_one_of_two_kinds() {
    let refusal =
        |table: &str| ServerConfig::parse(&format!("{LEAST}[database]\n{table}\n")).unwrap_err().to_string();
    assert!(refusal("kind = 'built-in'\njdbc_url = 'x'").contains("takes no jdbc_url"));
    assert!(refusal("kind = 'postgresql'").contains("needs jdbc_url"));
    assert!(refusal("kind = 'mysql'").contains("“mysql” is not a database kind"));
    assert!(refusal("kind = 'Built-In'").contains("is not a database kind"));
}

#[test]
fn networks_of_half_the_world_are_warned_of() {
    let warned = |network: &str| {
        let text = format!("trusted_proxies = ['{network}']\n{LEAST}[database]\nkind = 'built-in'\n");
        let warnings = ServerConfig::parse(&text).unwrap().warnings();
        assert!(warnings.iter().all(|warning| warning.contains(network)), "{warnings:?}");
        warnings.len()
    };
    for (network, warnings) in [("10.0.0.0/8", 0), ("10.0.0.0/7", 1), ("2001::/16", 0), ("2000::/15", 1)] {
        assert_eq!(warned(network), warnings, "{network}");
    }
}
