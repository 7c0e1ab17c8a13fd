//! Hides secrets in the properties of a report before they leave the crate.
//!
//! Test tools write their environment into reports, and with it passwords of proxies, keys of device clouds and tokens.
//! [`redact`] decides by the name of a property, and then looks into the value: pairs such as `password=…` and addresses
//! such as `https://user:password@host`. When in doubt it hides too much. In texts that tests write only addresses are
//! changed ([`redact_urls`]), because nothing there tells a secret from a word.

mod names;
mod pairs;
mod urls;

use std::borrow::Cow;

use crate::model::{Event, Properties};

pub use urls::redact_urls;

/// What is written instead of a secret.
const HIDDEN: &str = "[redacted]";

/// The value of a property without its secrets.
pub fn redact<'v>(name: &str, value: &'v str) -> Cow<'v, str> {
    changed(name, value).map_or(Cow::Borrowed(value), Cow::Owned)
}

/// `None`: there is nothing to hide.
fn changed(name: &str, value: &str) -> Option<String> {
    if names::is_trivial(value) {
        return None;
    }
    if names::is_secret(name, value) {
        return Some(HIDDEN.to_owned());
    }
    let pairs = pairs::redacted(value);
    match redact_urls(pairs.as_deref().unwrap_or(value)) {
        Cow::Owned(text) => Some(text),
        Cow::Borrowed(_) => pairs,
    }
}

/// A text that a tool wrote. Passwords in addresses are hidden, and in lines about the proxy and the capabilities also
/// pairs; anywhere else a word such as `key=` may be what the test is about.
pub(crate) fn redact_output(text: &str) -> Cow<'_, str> {
    if !ENVIRONMENT.iter().any(|part| text.contains(part)) {
        return redact_urls(text);
    }
    let line = |line: &str| {
        let pairs =
            ENVIRONMENT.iter().any(|part| line.contains(part)).then(|| pairs::redacted(line)).flatten();
        redact_urls(pairs.as_deref().unwrap_or(line)).into_owned()
    };
    Cow::Owned(text.split_inclusive('\n').map(line).collect())
}

/// Parts of the words with which lines about the environment begin: `proxyInformation`, `ProxyInformation { … }`.
pub(crate) const ENVIRONMENT: [&str; 2] = ["roxyInformation", "esiredCapabilities"];

/// Hides the secrets in the properties of a suite or case.
pub(crate) fn hide_secrets(event: &mut Event) {
    match event {
        Event::Suite(suite) => hide_in(&mut suite.properties),
        Event::Case(case) => hide_in(&mut case.properties),
        Event::RunError(_) => {}
    }
}

fn hide_in(properties: &mut Properties) {
    for (name, value) in properties {
        if let Some(text) = changed(name, value) {
            *value = text;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hides_values_of_secret_names() {
        for name in [
            "password",
            "proxyPassword",
            "DB_PASSWD",
            "api.key",
            "apiKey",
            "API_KEY",
            "apikey",
            "accessKey",
            "access_token",
            "clientSecret",
            "user.pwd",
            "credentials",
            "key",
            "AWS_SECRET_ACCESS_KEY",
        ] {
            assert_eq!(redact(name, "s3cret"), "[redacted]", "{name}");
            assert_eq!(redact(name, "{s=3}"), "[redacted]", "{name}");
        }
        for (name, value) in [
            ("hostName", "ada - ci-1"),
            ("keyword", "click"),
            ("monkey", "Bonzo"),
            ("test_key", "SHOP-42"),
            ("usesToken", "true"),
            ("password", ""),
            ("java.class.path", "/opt/lib:/opt/keys.jar"),
        ] {
            assert_eq!(redact(name, value), value, "{name}");
        }
    }

    #[test]
    fn hides_secrets_in_the_proxy_and_the_capabilities_of_studio() {
        let proxy = "ProxyInformation { proxyOption=MANUAL_CONFIG, proxyServerType=HTTP, username=ada, \
            password=p@ss, w}o=r d, proxyServerAddress=10.0.0.1, proxyServerPort=8080 }";
        let shown = redact("proxyInformation", proxy);
        let expected = "ProxyInformation { proxyOption=MANUAL_CONFIG, proxyServerType=HTTP, username=ada, \
            password=[redacted], proxyServerAddress=10.0.0.1, proxyServerPort=8080 }";
        assert!(!shown.contains("p@ss"), "{shown}");
        let without_pairs_inside = proxy.replace("o=r d", "or d");
        assert_eq!(redact("proxyInformation", &without_pairs_inside), expected);

        let java =
            "Capabilities {browserName: chrome, bstack:options: {userName: ada, accessKey: abc123}, x: 1}";
        let shown = redact("desiredCapabilities", java);
        assert_eq!(
            shown,
            "Capabilities {browserName: chrome, bstack:options: {userName: ada, accessKey: [redacted]}, x: 1}"
        );
        let json =
            r#"{"browserName":"chrome","sauce:options":{"accessKey":"ab\"c,1","build":"7"},"token" : "t"}"#;
        assert_eq!(
            redact("desiredCapabilities", json),
            r#"{"browserName":"chrome","sauce:options":{"accessKey":"[redacted]","build":"7"},"token" : "[redacted]"}"#
        );
    }

    #[test]
    fn hides_secrets_of_command_lines_and_addresses() {
        for (value, expected) in [
            ("java -Dproxy.password=abc -jar a.jar", "java -Dproxy.password=[redacted] -jar a.jar"),
            ("run --api-key=abc --retry=1", "run --api-key=[redacted] --retry=1"),
            ("http://ada:pa:ss@proxy:8080/x", "http://ada:[redacted]@proxy:8080/x"),
            ("http://ada:pa/s#s@proxy:8080/x", "http://ada:[redacted]@proxy:8080/x"),
            (
                "see https://t0ken@git.example/a and ftp://b:c@d",
                "see https://[redacted]@git.example/a and ftp://b:[redacted]@d",
            ),
            ("https://grid:4444/wd/hub?mail=a@b.example", "https://grid:4444/wd/hub?mail=a@b.example"),
            ("https://a.example/?access_token=abc&x=1", "https://a.example/?access_token=[redacted]&x=1"),
            ("password=", "password="),
            ("a token: not one", "a token: not one"),
        ] {
            assert_eq!(redact("command", value), expected, "{value}");
        }
    }

    #[test]
    fn hides_the_proxy_in_outputs() {
        let text = "opened https://a:b@c\nproxyInformation = ProxyInformation { password=x y, port=1 }\nexpected key=1\n";
        assert_eq!(
            redact_output(text),
            "opened https://a:[redacted]@c\nproxyInformation = ProxyInformation { password=[redacted], port=1 }\nexpected key=1\n"
        );
        assert_eq!(redact_output("expected token=1 but was {token=2}"), "expected token=1 but was {token=2}");
    }

    proptest::proptest! {
        #[test]
        fn no_part_of_a_password_is_left(password in "[!-~&&[^=:(){}\\[\\]]]{1,20}") {
            proptest::prop_assume!(!names::is_trivial(&password));
            let text = |password: &str| format!("Proxy {{ user=ada, password={password}, port=80, x=1 }}");
            let last = |password: &str| format!("Proxy {{ user=ada, password={password} }}");
            // What ends a value in quotes may follow a quote in a password.
            if !password.starts_with(['"', '\'']) {
                assert_eq!(redact("proxy", &text(&password)), text(HIDDEN));
                assert_eq!(redact("proxy", &last(&password)), last(HIDDEN));
            }
            assert_eq!(redact("proxyPassword", &password), HIDDEN);
        }
    }

    #[test]
    fn any_text_is_taken() {
        let piece = "password=\"é://@:{,}= key: \u{1f512} --x=";
        let text = piece.repeat(50);
        for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
            redact("a", &text[..end]);
            redact("a", &text[end..]);
        }
    }
}
