//! Both sides of every bound of a JDBC URL, and its notes.

use std::time::Duration;

use super::*;

fn with(query: &str) -> JdbcUrl {
    parsed(&format!("jdbc:postgresql://h/d?{query}"))
}

fn refused(query: &str) -> String {
    refusal(&format!("jdbc:postgresql://h/d?{query}")).message
}

#[test]
fn sizes_have_bounds() {
    let long = |bytes: usize| format!("jdbc:postgresql:{}", "a".repeat(bytes - 16));
    assert!(JdbcUrl::parse(&long(8192)).is_ok() && refusal(&long(8193)).message.contains("8193 bytes"));
    let host = |length: usize| format!("jdbc:postgresql://{}/d", "a".repeat(length));
    assert!(JdbcUrl::parse(&host(253)).is_ok() && refusal(&host(254)).message.contains("is not a host name"));
    let hosts = |count: usize| format!("jdbc:postgresql://{}/d", vec!["h"; count].join(","));
    assert_eq!(parsed(&hosts(32)).hosts.len(), 32);
    assert!(refusal(&hosts(33)).message.contains("more than 32 hosts"));
    let listed =
        |count: usize| format!("host={}&port={}", vec!["h"; count].join(","), vec!["1"; count].join(","));
    assert_eq!(with(&listed(32)).hosts.len(), 32);
    assert!(refused(&listed(33)).contains("more than 32 hosts"));
    let zone = |length: usize| format!("jdbc:postgresql://[fe80::1%{}]/d", "z".repeat(length));
    assert!(JdbcUrl::parse(&zone(32)).is_ok());
    for wrong in [0, 33] {
        assert!(refusal(&zone(wrong)).message.contains("is not an IPv6 address"), "{wrong}");
    }
    assert!(refusal("jdbc:postgresql://[fe80::1%e-0]/d").message.contains("is not an IPv6 address"));
    assert!(refusal("jdbc:postgresql://[h]/d").message.contains("is not an IPv6 address"));
    assert!(refusal("jdbc:postgresql://[::1/d").message.contains("brackets"));
}

#[test]
fn ports_are_those_of_the_network() {
    for port in [1, 65535] {
        assert_eq!(parsed(&format!("jdbc:postgresql://[::1]:{port}/d")).hosts[0].port, port);
    }
    for wrong in ["0", "65536", "-1", "", "x"] {
        let message = refusal(&format!("jdbc:postgresql://h:{wrong}/d")).message;
        assert!(message.contains(&format!("“{wrong}” is not a port")), "{message}");
        assert!(refused(&format!("port={wrong}")).contains("is not a port"), "{wrong}");
    }
}

#[test]
fn parameters_take_the_place_of_the_address_and_say_so() {
    let url = with("host=x&port=1&dbname=q");
    for part in [
        "“host” takes the place of the host",
        "“port” takes the place of the port",
        "“dbname” takes the place",
    ] {
        assert!(url.notes.iter().any(|note| note.contains(part)), "{part}: {:?}", url.notes);
    }
    assert_eq!(with("dbname=").database, None);
    let two = parsed("jdbc:postgresql://a:1,b:2/d?host=x,y");
    assert_eq!(two.hosts.iter().map(ToString::to_string).collect::<Vec<_>>(), ["x:1", "y:2"]);
    assert!(refused("host=x,y").contains("“host” must have as many values"));
    assert!(refused("host=x,y&port=1").contains("“port” must have as many values"));
    assert_eq!(with("host=x,y&port=1,2").hosts.len(), 2);
    assert!(refused("host=a%2Fb").contains("is not a host name"));
}

#[test]
fn hosts_that_are_none_are_told_what_to_write() {
    for (text, part) in [
        ("jdbc:postgresql://h/d?host=fe80::1", "Enclose an IPv6 address"),
        ("jdbc:postgresql://bücher/d", "xn--"),
        ("jdbc:postgresql://h+h/d", "Use letters, digits"),
        ("jdbc:postgresql://,,/d", "commas but no host"),
    ] {
        let message = refusal(text).message;
        assert!(message.contains(part), "{text}: {message}");
    }
    assert_eq!(address("jdbc:postgresql://a_b.c-d:1/d"), "a_b.c-d:1 d");
}

#[test]
fn other_databases_are_named_when_their_name_is_one() {
    let message = |text: &str| refusal(text).message;
    assert!(message(&format!("jdbc:{}://h/d", "x".repeat(30))).contains("databases are not supported"));
    assert!(message(&format!("jdbc:{}://h/d", "x".repeat(31))).contains("This is not a JDBC URL"));
    assert!(message("jdbc:my sql://h/d").contains("This is not a JDBC URL"));
    assert!(message("jdbc:postgres://h/d").contains("is not a JDBC URL's beginning"));
}

#[test]
fn without_a_database_the_user_names_it() {
    assert_eq!(with("").database_for("anna"), "d");
    assert_eq!(parsed("jdbc:postgresql://h/").database_for("anna"), "anna");
    for odd in [";", "#", "&amp"] {
        let url = parsed(&format!("jdbc:postgresql://h/a{odd}x=1"));
        assert!(
            url.notes.iter().any(|note| note.contains("Parameters begin with “?”")),
            "{odd}: {:?}",
            url.notes
        );
    }
    assert!(with("").notes.is_empty());
}

#[test]
fn timeouts_are_seconds_and_zero_is_none() {
    let url = with("connectTimeout=2147483&socketTimeout=61&hostRecheckSeconds=0&tcpKeepAlive=true");
    let parameters = url.parameters;
    assert_eq!(parameters.connect_timeout, Some(Duration::from_secs(2_147_483)));
    assert_eq!(parameters.socket_timeout, Some(Duration::from_secs(61)));
    assert_eq!((parameters.login_timeout, parameters.host_recheck), (None, Duration::ZERO));
    assert!(parameters.tcp_keep_alive && !parameters.load_balance_hosts);
    let default = with("").parameters;
    assert_eq!(default.connect_timeout, Some(Duration::from_secs(10)));
    assert_eq!((default.socket_timeout, default.host_recheck), (None, Duration::from_secs(10)));
    assert_eq!(with("connectTimeout=1").parameters.connect_timeout, Some(Duration::from_secs(1)));
    assert!(refused("connectTimeout=2147484").contains("“connectTimeout=2147484” is not possible here"));
}

#[test]
fn notes_say_what_has_no_effect() {
    let about = |query: &str, part: &str| with(query).notes.iter().any(|note| note.contains(part));
    for (query, part) in [
        ("sslmode=verify-ca", "authorities this machine trusts"),
        ("sslrootcert=a", "“sslrootcert” has no effect"),
        ("sslpassword=a", "“sslpassword” has no effect"),
        ("socketTimeout=61", "is limited to 60 seconds"),
        ("prepareThreshold=0", "no statement stays prepared"),
        ("preferQueryMode=simple", "no statement stays prepared"),
        ("prepareThreshold=3", "have an effect only with the values 0 and simple"),
        ("preferQueryMode=extended", "have an effect only with the values 0 and simple"),
        ("currentSchema=a", "tables are created there"),
        ("targetServerType=secondary", "a secondary server only reads"),
        ("targetServerType=preferSlave", "a secondary server only reads"),
        ("tcpNoDelay=true", "“tcpNoDelay” has no effect"),
    ] {
        assert_eq!(with(query).notes.len(), 1, "{query}: {:?}", with(query).notes);
        assert!(about(query, part), "{query}: {:?}", with(query).notes);
    }
    for quiet in [
        "sslmode=verify-full&sslrootcert=a",
        "sslmode=require",
        "socketTimeout=60",
        "targetServerType=preferPrimary",
        "connectTimeout=5",
    ] {
        assert!(with(quiet).notes.is_empty(), "{quiet}: {:?}", with(quiet).notes);
    }
    assert!(
        !with("prepareThreshold=0").parameters.prepares && with("prepareThreshold=-1").parameters.prepares
    );
}

#[test]
fn values_that_ask_for_the_impossible_are_refused() {
    for (fine, wrong) in [
        ("sslNegotiation=postgres", "sslNegotiation=direct"),
        ("channelBinding=prefer", "channelBinding=require"),
        ("gssEncMode=allow", "gssEncMode=require"),
        ("protocolVersion=3.0", "protocolVersion=3.2"),
        ("readOnly=false", "readOnly=true"),
        ("prepareThreshold=5", "prepareThreshold=often"),
        ("preferQueryMode=extendedForPrepared", "preferQueryMode=fast"),
        ("tcpKeepAlive=FALSE", "tcpKeepAlive=1"),
        ("sslcert=a&sslkey=b", "sslkey=b"),
        ("options=-c+a.b_c%3D1", "options=-c+%3D1"),
        ("options=--a-b%3D1", "options=-c+a+b%3D1"),
        ("options=", "options=-c"),
    ] {
        let (name, _) = wrong.split_once('=').unwrap();
        assert!(JdbcUrl::parse(&format!("jdbc:postgresql://h/d?{fine}")).is_ok(), "{fine}");
        let error = refusal(&format!("jdbc:postgresql://h/d?{wrong}"));
        assert_eq!(error.parameter.as_deref(), Some(name), "{wrong}: {error}");
    }
    let options = with("options=-c+a-b%3Dx%5C+y+--c%3D").parameters.options;
    assert_eq!(options, [("a_b".to_owned(), "x y".to_owned()), ("c".to_owned(), String::new())]);
}

#[test]
fn whatever_names_a_secret_is_a_password() {
    for name in ["passwd", "mypwd", "client_secret", "sslpassword"] {
        assert!(carries_password(&format!("jdbc:postgresql://h/d?{name}=x")), "{name}");
        assert!(!carries_password(&format!("jdbc:postgresql://h/d?{name}= ")), "{name}");
    }
    assert!(
        !carries_password("jdbc:postgresql://h/d?pwdx=a") && !carries_password("jdbc:postgresql://a@h/d")
    );
}

/// A name with a quarter of its letters wrong is still recognized.
#[derive(Clone, Debug)]
enum Slip {
    Add(char),
    Drop,
    Replace(char),
}

fn slips() -> impl Strategy<Value = Vec<(prop::sample::Index, Slip)>> {
    let letter = prop::sample::select(vec!['q', 'x', 'z', 'w']);
    let slip =
        prop_oneof![letter.clone().prop_map(Slip::Add), Just(Slip::Drop), letter.prop_map(Slip::Replace)];
    prop::collection::vec((any::<prop::sample::Index>(), slip), 1..=3)
}

proptest! {
    #[test]
    fn a_misspelled_name_is_recognized(
        name in prop::sample::select(vec!["hostRecheckSeconds", "targetServerType", "loadBalanceHosts", "ApplicationName", "connectTimeout"]),
        slips in slips(),
    ) {
        let mut letters: Vec<char> = name.chars().collect();
        for (place, slip) in slips {
            let place = place.index(letters.len());
            match slip {
                Slip::Add(letter) => letters.insert(place, letter),
                Slip::Drop => drop(letters.remove(place)),
                Slip::Replace(letter) => letters[place] = letter,
            }
        }
        let wrong: String = letters.into_iter().collect();
        prop_assume!(wrong != name);
        let query = format!("{wrong}=1");
        let suggestion = format!("Did you mean “{name}”?");
        prop_assert!(refused(&query).contains(&suggestion), "{}: {}", query, refused(&query));
    }

    #[test]
    fn what_is_far_from_every_name_gets_no_suggestion(noise in "[qxz]{12,60}") {
        let query = format!("{noise}=1");
        prop_assert!(refused(&query).contains("Correct the spelling"), "{}", refused(&query));
    }
}

#[test]
fn a_quarter_of_the_letters_may_be_wrong_and_no_more() {
    // The name has 14 letters, so three may be wrong.
    assert!(refused("xxxnectTimeout=1").contains("“connectTimeout”?"));
    assert!(refused("xxxxectTimeout=1").contains("Correct the spelling"));
    assert!(refused("connectTimeoutxxx=1").contains("“connectTimeout”?"));
    assert!(refused("CONNECT_TIME-OUT=1").contains("“connectTimeout”?"));
    // A refused parameter is never suggested.
    assert!(refused("socketFactori=1").contains("Correct the spelling"));
    assert!(
        refused(&format!("{}=1", "search_path".replace('_', &"_".repeat(30)))).contains("“currentSchema”?")
    );
    assert!(
        refused(&format!("{}=1", "search_path".replace('_', &"_".repeat(31))))
            .contains("Correct the spelling")
    );
}
