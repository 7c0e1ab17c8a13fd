//! Cases that were checked against pgJDBC 42.5, and properties that hold for every text.

use proptest::prelude::*;
use serde_json::json;

use super::*;

#[path = "bounds_tests.rs"]
mod bounds;

fn parsed(text: &str) -> JdbcUrl {
    JdbcUrl::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Hosts and database in one line.
fn address(text: &str) -> String {
    let url = parsed(text);
    let hosts: Vec<String> = url.hosts.iter().map(ToString::to_string).collect();
    format!("{} {}", hosts.join(","), url.database.as_deref().unwrap_or("-"))
}

fn refusal(text: &str) -> JdbcUrlError {
    JdbcUrl::parse(text).map(|url| panic!("{text} was read as {url:?}")).unwrap_err()
}

#[test]
fn every_form_of_the_address() {
    for (text, expected) in [
        ("jdbc:postgresql:database", "localhost:5432 database"),
        ("jdbc:postgresql:", "localhost:5432 -"),
        ("jdbc:postgresql:/", "localhost:5432 -"),
        ("jdbc:postgresql://", "localhost:5432 -"),
        ("jdbc:postgresql:///", "localhost:5432 -"),
        ("jdbc:postgresql:///db", "localhost:5432 db"),
        ("jdbc:postgresql://host/", "host:5432 -"),
        ("jdbc:postgresql://host/db", "host:5432 db"),
        ("jdbc:postgresql://host:5433/", "host:5433 -"),
        ("jdbc:postgresql://host:5433/db", "host:5433 db"),
        ("jdbc:postgresql://:5433/db", "localhost:5433 db"),
        ("jdbc:postgresql://host:012/db", "host:12 db"),
        ("jdbc:postgresql://[::1]:5740/accounting", "[::1]:5740 accounting"),
        ("jdbc:postgresql://[fe80::1%eth0]/db", "[fe80::1%eth0]:5432 db"),
        (
            "jdbc:postgresql://h1,h2:5433,[::1]:5434,[fe80::1]/db",
            "h1:5432,h2:5433,[::1]:5434,[fe80::1]:5432 db",
        ),
        ("jdbc:postgresql://h1,,h2/db", "h1:5432,localhost:5432,h2:5432 db"),
        ("jdbc:postgresql://h1,/db", "h1:5432 db"),
        ("jdbc:postgresql:data%20base", "localhost:5432 data base"),
        ("jdbc:postgresql://h/data+base", "h:5432 data base"),
        ("jdbc:postgresql://h/data%2Bbase", "h:5432 data+base"),
        ("jdbc:postgresql://h/data%2Fbase", "h:5432 data/base"),
        ("jdbc:postgresql:a/b", "localhost:5432 a/b"),
        ("jdbc:postgresql://h/größe", "h:5432 größe"),
        ("jdbc:postgresql://h/gr%C3%B6%C3%9Fe", "h:5432 größe"),
        ("jdbc:postgresql://h/?user=anna", "h:5432 anna"),
        ("jdbc:postgresql:?user=anna", "localhost:5432 anna"),
        ("jdbc:postgresql://h/db?", "h:5432 db"),
        ("jdbc:postgresql://h/db?&&user=a&", "h:5432 db"),
        ("jdbc:postgresql://h/db?PGHOST=x&PGPORT=1&PGDBNAME=q", "x:1 q"),
        ("jdbc:postgresql://h:7/db?host=x", "x:7 db"),
        ("jdbc:postgresql://h/db?host=x,y&port=1,2&dbname=q", "x:1,y:2 q"),
    ] {
        assert_eq!(address(text), expected, "{text}");
    }
}

#[test]
fn refused_addresses_say_what_to_write() {
    for (text, part) in [
        ("", "missing"),
        ("jdbc:postgresql:/test", "two slashes"),
        ("jdbc:postgresql:////", "more than one"),
        ("jdbc:postgresql://host", "“/” is missing"),
        ("jdbc:postgresql://h?user=a", "“/” is missing"),
        ("jdbc:postgresql://host/db/", "%2F"),
        ("jdbc:postgresql://host:/db", "1 to 65535"),
        ("jdbc:postgresql://host:0/db", "1 to 65535"),
        ("jdbc:postgresql://host:65536/db", "1 to 65535"),
        ("jdbc:postgresql://host:-1/db", "1 to 65535"),
        ("jdbc:postgresql://host:12a/db", "“12a”"),
        ("jdbc:postgresql://,/db", "no host"),
        ("jdbc:postgresql://::1/db", "[::1]"),
        ("jdbc:postgresql://::1:5432/db", "brackets"),
        ("jdbc:postgresql://[::1/db", "brackets"),
        ("jdbc:postgresql://[::1]x/db", "IPv6"),
        ("jdbc:postgresql://h%61st/db", "percent-encoded"),
        ("jdbc:postgresql://h h/db", "host name"),
        ("jdbc:postgresql://bücher/db", "xn--"),
        ("jdbc:postgresql://user:pw@host/db", "?user="),
        ("jdbc:postgresql://h/db?host=/var/run", "Unix sockets"),
        ("jdbc:postgresql://h/db?port=1,2", "as many values"),
        ("jdbc:postgresql://h/db%zz", "%25"),
        ("jdbc:postgresql://h/db%", "%25"),
        ("jdbc:postgresql://h/db%ff", "UTF-8"),
        ("jdbc:postgresql://h/db%00", "control"),
        ("jdbc:postgresql://h/db\n", "line break"),
        (" jdbc:postgresql://h/db", "space"),
        ("JDBC:postgresql://h/db", "small letters"),
        ("jdbc:postgres://h/db", "jdbc:postgresql://"),
        ("jdbc:mysql://h/db", "“mysql”"),
        ("postgresql://h/db", "not a JDBC URL"),
        ("http://h/", "not a JDBC URL"),
    ] {
        let message = refusal(text).message;
        assert!(message.contains(part), "{text}: {message}");
    }
}

#[test]
fn values_are_decoded_and_the_last_counts() {
    let url = parsed("jdbc:postgresql://h/db?user=a&user=b+%20c&password=a=b?c%26");
    assert_eq!(url.parameters.user.as_deref(), Some("b  c"));
    assert_eq!(url.parameters.password, Some(Secret::new("a=b?c&")));
    assert!(url.notes.iter().any(|note| note.contains("more than once")), "{:?}", url.notes);
}

#[test]
fn json_is_the_contract() {
    let url = parsed(
        "jdbc:postgresql://h1,[::1]:5433/kit?user=u&password=p&sslpassword=q&ApplicationName=A+B&prepareThreshold=1",
    );
    let actual = serde_json::to_value(&url).unwrap();
    assert_eq!(actual["hosts"], json!([{"host": "h1", "port": 5432}, {"host": "::1", "port": 5433}]));
    assert_eq!(actual["database"], "kit");
    let parameters = json!({"ApplicationName": "A B", "password": "***", "prepareThreshold": "1", "sslpassword": "***", "user": "u"});
    assert_eq!(actual["parameters"], parameters);
    assert_eq!(actual["notes"].as_array().map(Vec::len), Some(2), "{actual}");
    assert_eq!(actual.as_object().map(serde_json::Map::len), Some(4));
}

#[test]
fn typed_parameters() {
    let url = parsed(
        "jdbc:postgresql://h/d?ssl=true&sslrootcert=%2Fca.crt&currentSchema=a,b&connectTimeout=0&loginTimeout=7\
         &options=-c%20statement_timeout=5min%20--geqo=off%20-cx.y=a%5C%20b&targetServerType=master&loadBalanceHosts=TRUE",
    );
    let parameters = url.parameters;
    assert_eq!(parameters.ssl_mode, SslMode::VerifyFull);
    assert_eq!(parameters.ssl_root_cert.as_deref(), Some("/ca.crt"));
    assert_eq!(parameters.current_schema.as_deref(), Some("a,b"));
    assert_eq!(parameters.connect_timeout, None);
    assert_eq!(parameters.login_timeout.map(|timeout| timeout.as_secs()), Some(7));
    assert_eq!(parameters.target_server_type, TargetServerType::Primary);
    assert!(parameters.load_balance_hosts);
    let options = [("statement_timeout", "5min"), ("geqo", "off"), ("x.y", "a b")];
    assert_eq!(parameters.options, options.map(|(name, value)| (name.to_owned(), value.to_owned())));
}

#[test]
fn ssl_modes() {
    for (query, expected) in [
        ("", SslMode::Prefer),
        ("ssl", SslMode::VerifyFull),
        ("ssl=", SslMode::VerifyFull),
        ("ssl=false", SslMode::Prefer),
        ("ssl=true&sslmode=require", SslMode::Require),
        ("sslmode=VERIFY-CA", SslMode::VerifyCa),
        ("sslmode=disable", SslMode::Disable),
        ("sslmode=allow", SslMode::Allow),
    ] {
        assert_eq!(parsed(&format!("jdbc:postgresql:d?{query}")).parameters.ssl_mode, expected, "{query}");
    }
}

#[test]
fn refused_parameters_are_named_with_the_reason() {
    for (query, parameter, part) in [
        ("socketFactory=a.B", "socketFactory", "Java code"),
        ("user=a&sslfactory=org.postgresql.ssl.NonValidatingFactory", "sslfactory", "sslmode"),
        ("loggerFile=/etc/passwd", "loggerFile", "log"),
        ("authenticationPluginClassName=x", "authenticationPluginClassName", "Java code"),
        ("service=x", "service", "pg_service.conf"),
        ("kerberosServerName=x", "kerberosServerName", "Kerberos"),
        ("readOnly=true", "readOnly", "writes"),
        ("sslMode=require", "sslMode", "“sslmode”"),
        ("application_name=x", "application_name", "“ApplicationName”"),
        ("search_path=x", "search_path", "“currentSchema”"),
        ("conectTimeout=1", "conectTimeout", "“connectTimeout”"),
        ("frobnicate=1", "frobnicate", "Correct the spelling"),
        ("us%65r=a", "us%65r", "not a connection parameter"),
        ("ssl=yes", "ssl", "true or false"),
        ("sslmode=on", "sslmode", "verify-full"),
        ("connectTimeout=-1", "connectTimeout", "seconds"),
        ("connectTimeout=99999999999", "connectTimeout", "seconds"),
        ("targetServerType=Primary", "targetServerType", "secondary"),
        ("options=-d", "options", "-c name=value"),
        ("options=-c+a", "options", "without “=”"),
        ("sslcert=a", "sslcert", "sslkey"),
        ("user=%zz", "user", "%25"),
        ("sslNegotiation=direct", "sslNegotiation", "postgres"),
    ] {
        let error = refusal(&format!("jdbc:postgresql://h/d?{query}"));
        assert_eq!(error.parameter.as_deref(), Some(parameter), "{query}: {error}");
        assert!(error.message.contains(part), "{query}: {error}");
    }
    assert!(refusal("jdbc:postgresql://h/d?=x").message.contains("no name"));
}

#[test]
fn passwords_are_never_shown() {
    let url = parsed("jdbc:postgresql://h/d?password=hunter2&sslpassword=hunter2");
    let shown = format!("{url} {url:?} {}", serde_json::to_string(&url).unwrap());
    assert!(!shown.contains("hunter2"), "{shown}");
    assert!(url.to_url().contains("password=hunter2"));
    for text in [
        "jdbc:postgresql://u:hunter2@h/d",
        "jdbc:postgresql://u:hunter2@h:1/d",
        "jdbc:postgresql://h/d?password=x&hunter2",
        "jdbc:postgresql://h/d?password=hunter2%zz",
        "jdbc:postgresql://h/d?password=hunter2&sslpassword=%ff&",
    ] {
        let message = format!("{:?}", refusal(text));
        assert!(!message.contains("hunter2"), "{message}");
    }
}

#[test]
fn a_login_elsewhere_leaves_none_in_the_url() {
    let url = parsed("jdbc:postgresql://h/d?user=a&password=b&sslmode=require").for_login_elsewhere("kit");
    assert_eq!(url.to_url(), "jdbc:postgresql://h:5432/kit?sslmode=require");
    assert_eq!((url.parameters.user, url.parameters.password), (None, None));
}

#[test]
fn size_is_bounded() {
    assert!(refusal(&format!("jdbc:postgresql:{}", "a".repeat(9000))).message.contains("bytes"));
    assert!(refusal(&format!("jdbc:postgresql://{}/d", "h,".repeat(40) + "h")).message.contains("32 hosts"));
}

fn hosts() -> impl Strategy<Value = String> {
    let name =
        prop_oneof!["[a-z][a-z0-9.-]{0,20}", Just("[::1]".to_owned()), Just("[2001:db8::7%eth0]".to_owned())];
    let place = (name, prop::option::of(1..=u16::MAX))
        .prop_map(|(name, port)| port.map_or(name.clone(), |port| format!("{name}:{port}")));
    prop::collection::vec(place, 1..5).prop_map(|places| places.join(","))
}

proptest! {
    #[test]
    fn never_panics(text in "\\PC*") {
        let _refused_or_not = JdbcUrl::parse(&text);
        let _refused_or_not = JdbcUrl::parse(&format!("{PREFIX}{text}"));
        let _refused_or_not = JdbcUrl::parse(&format!("{PREFIX}//h/d?{text}"));
    }

    #[test]
    fn never_panics_on_what_looks_like_a_url(text in "jdbc:postgresql:[/a:,0-9%@&=?+\\[\\]\\-\\\\ ]{0,40}") {
        if let Ok(url) = JdbcUrl::parse(&text) {
            prop_assert!(!url.hosts.is_empty());
            prop_assert!(url.hosts.iter().all(|host| host.port > 0 && !host.host.is_empty()));
        }
    }

    #[test]
    fn survives_being_written(
        hosts in hosts(), database in "[^\\p{C}]{0,20}", user in "[^\\p{C}]{0,20}", password in "[^\\p{C}]{1,20}",
    ) {
        let query = format!("user={}&password={}", encoding::encode(&user), encoding::encode(&password));
        let url = parsed(&format!("{PREFIX}//{hosts}/{}?{query}", encoding::encode(&database)));
        prop_assert_eq!(url.parameters.password.clone(), Some(Secret::new(password)));
        let again = parsed(&url.to_url());
        prop_assert_eq!((&again.hosts, &again.database, &again.parameters), (&url.hosts, &url.database, &url.parameters));
        let shown = parsed(&url.to_string());
        prop_assert_eq!(shown.parameters.password, Some(Secret::new("***")));
        prop_assert_eq!((shown.hosts, shown.database), (url.hosts, url.database));
    }

    #[test]
    fn encoding_is_reversible(text in "[^\\p{Cc}]*") {
        let encoded = encoding::encode(&text);
        prop_assert!(encoded.is_ascii() && !encoded.contains(['&', '?', '/', ' ', '+', '#']));
        prop_assert_eq!(encoding::decode(&encoded), Ok(text));
    }
}
