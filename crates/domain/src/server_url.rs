//! The URL that people and clients open, and the base of every link that the product sends.

use serde::{Deserialize, Serialize};
use url::{Host, Url};

/// `http://host[:port]` or `https://host[:port]`, without a trailing slash, path, query, fragment or user info.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ServerUrl(String);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ServerUrlError {
    #[error("Enter the address people will type, such as http://testkeep.example.com:8080.")]
    Empty,
    #[error("“{0}” is not a web address. Enter http://<host>:<port>.")]
    NotAUrl(String),
    #[error("The server URL must start with http:// or https://, not {0}:.")]
    Scheme(String),
    #[error("Remove the user name and password from the server URL: every link would carry them.")]
    UserInfo,
    #[error(
        "Remove “{0}”: clients call fixed paths from the host, so the server cannot live under a sub-path."
    )]
    SubPath(String),
    #[error("Remove everything from “{0}” on: the server URL is only http://<host>:<port>.")]
    QueryOrFragment(String),
    #[error(
        "{0} means “every address” to a listening program and nothing to a browser. Enter the machine's name or address."
    )]
    Unspecified(String),
}

impl ServerUrl {
    /// Reads a URL as people type it; one trailing slash is accepted.
    pub fn parse(text: &str) -> Result<Self, ServerUrlError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(ServerUrlError::Empty);
        }
        if text.len() > 2048 || text.chars().any(char::is_control) {
            return Err(ServerUrlError::NotAUrl(text.chars().take(60).filter(|c| !c.is_control()).collect()));
        }
        let url = Url::parse(text).map_err(|_| ServerUrlError::NotAUrl(text.to_owned()))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(ServerUrlError::Scheme(url.scheme().to_owned()));
        }
        if !url.username().is_empty() || url.password().is_some() || text.contains('@') {
            return Err(ServerUrlError::UserInfo);
        }
        if let Some(rest) = url.query().map(|q| format!("?{q}")).or(url.fragment().map(|f| format!("#{f}"))) {
            return Err(ServerUrlError::QueryOrFragment(rest));
        }
        if url.path() != "/" {
            return Err(ServerUrlError::SubPath(url.path().to_owned()));
        }
        match url.host() {
            None => return Err(ServerUrlError::NotAUrl(text.to_owned())),
            Some(Host::Ipv4(ip)) if ip.is_unspecified() => {
                return Err(ServerUrlError::Unspecified(ip.to_string()));
            }
            Some(Host::Ipv6(ip)) if ip.is_unspecified() => {
                return Err(ServerUrlError::Unspecified(ip.to_string()));
            }
            Some(_) => {}
        }
        if url.port() == Some(0) {
            return Err(ServerUrlError::NotAUrl(text.to_owned()));
        }
        Ok(Self(url.as_str().trim_end_matches('/').to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn is_https(&self) -> bool {
        self.0.starts_with("https:")
    }

    /// The port that a browser uses.
    pub fn port(&self) -> u16 {
        self.url().and_then(|url| url.port_or_known_default()).unwrap_or(80)
    }

    /// The host name, or the address without brackets.
    pub fn host(&self) -> String {
        self.url()
            .and_then(|url| url.host_str().map(|h| h.trim_matches(['[', ']']).to_owned()))
            .unwrap_or_default()
    }

    /// An absolute link. `path` must begin with a slash.
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }

    fn url(&self) -> Option<Url> {
        Url::parse(&self.0).ok()
    }
}

impl TryFrom<String> for ServerUrl {
    type Error = ServerUrlError;
    fn try_from(text: String) -> Result<Self, ServerUrlError> {
        Self::parse(&text)
    }
}

impl From<ServerUrl> for String {
    fn from(url: ServerUrl) -> Self {
        url.0
    }
}

impl std::fmt::Display for ServerUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_one_spelling() {
        for text in ["http://localhost:8080", " http://localhost:8080/ ", "HTTP://LOCALHOST:8080"] {
            assert_eq!(ServerUrl::parse(text).unwrap().as_str(), "http://localhost:8080");
        }
        assert_eq!(ServerUrl::parse("https://[2001:db8::1]").unwrap().host(), "2001:db8::1");
        assert_eq!(ServerUrl::parse("https://a.example").unwrap().port(), 443);
    }

    #[test]
    fn says_why_it_refuses() {
        use ServerUrlError::*;
        assert_eq!(ServerUrl::parse(" "), Err(Empty));
        assert_eq!(ServerUrl::parse("javascript:alert(1)"), Err(Scheme("javascript".into())));
        assert_eq!(ServerUrl::parse("http://a:b@c"), Err(UserInfo));
        assert_eq!(ServerUrl::parse("http://a/testkeep/"), Err(SubPath("/testkeep/".into())));
        assert_eq!(ServerUrl::parse("http://a/?x=1"), Err(QueryOrFragment("?x=1".into())));
        assert!(matches!(ServerUrl::parse("http://0.0.0.0:80"), Err(Unspecified(_))));
        assert!(matches!(ServerUrl::parse("localhost:8080"), Err(Scheme(_))));
        assert!(matches!(ServerUrl::parse("http://a:99999"), Err(NotAUrl(_))));
        assert!(matches!(ServerUrl::parse("http://a\u{0}b"), Err(NotAUrl(_))));
        assert_eq!(ServerUrl::parse("http://a/#top"), Err(QueryOrFragment("#top".into())));
        for user_info in ["http://a@c", "http://:b@c", "http://@c"] {
            assert_eq!(ServerUrl::parse(user_info), Err(UserInfo), "{user_info}");
        }
        assert_eq!(ServerUrl::parse("http://[::]:80"), Err(Unspecified("::".into())));
        assert!(matches!(ServerUrl::parse("http://a:0"), Err(NotAUrl(_))));
        for file in ["file:///etc", "ftp://a"] {
            assert!(matches!(ServerUrl::parse(file), Err(Scheme(_))), "{file}");
        }
    }

    #[test]
    fn lengths_have_a_bound_and_a_refusal_quotes_little() {
        let long = |bytes: usize| format!("http://a{}", "/".repeat(bytes - 8));
        assert!(matches!(ServerUrl::parse(&long(2048)), Err(ServerUrlError::SubPath(_))));
        assert_eq!(ServerUrl::parse(&long(2049)), Err(ServerUrlError::NotAUrl(long(60))));
        let control = ServerUrl::parse(&format!("http://a\u{7}{}", "b".repeat(99)));
        assert_eq!(control, Err(ServerUrlError::NotAUrl(format!("http://a{}", "b".repeat(51)))));
    }

    #[test]
    fn gives_back_its_parts() {
        for (text, https, port, host) in [
            ("http://a.example", false, 80, "a.example"),
            ("http://10.0.0.7:8080", false, 8080, "10.0.0.7"),
            ("https://[2001:db8::1]:8443", true, 8443, "2001:db8::1"),
            ("https://a.example", true, 443, "a.example"),
        ] {
            let url = ServerUrl::parse(text).unwrap();
            assert_eq!((url.is_https(), url.port(), url.host().as_str()), (https, port, host), "{text}");
            assert_eq!((url.as_str(), url.to_string().as_str()), (text, text));
            assert_eq!(url.link("/invitations/x"), format!("{text}/invitations/x"));
            let json = serde_json::json!(url);
            assert_eq!(json, text);
            assert_eq!(serde_json::from_value::<ServerUrl>(json).unwrap(), url);
        }
        assert!(serde_json::from_value::<ServerUrl>("javascript:x".into()).is_err());
    }
}
