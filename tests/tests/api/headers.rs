//! Headers of every answer, the session's cookie, and methods that pages do not accept.

use std::io::{Read, Write};
use std::net::TcpStream;

use testkeep_domain::ServerUrl;
use testkeep_domain::config::DatabaseConfig;
use testkeep_tests::api::{Answer, EMAIL, PASSWORD, TestServer, credentials};

fn header<'a>(answer: &'a Answer, name: &str) -> &'a str {
    answer.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// The whole `Set-Cookie` of the session; the answer sets other cookies, too.
fn session_cookie(answer: &Answer) -> String {
    let cookies = answer.headers.get_all("set-cookie").iter().filter_map(|value| value.to_str().ok());
    cookies.filter(|cookie| cookie.contains("testkeep_session")).collect()
}

async fn start(url: Option<&str>) -> TestServer {
    let server = TestServer::start_changed(DatabaseConfig::BuiltIn, |config| {
        if let Some(url) = url {
            config.server_url = ServerUrl::parse(url).unwrap();
        }
    })
    .await;
    server.set_up().await;
    server
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_is_safe_in_a_browser() {
    let (plain, secure) = (start(None).await, start(Some("https://tests.example.com")).await);
    for path in [
        "/",
        "/sign-in",
        "/api/v2/status",
        "/api/v2/me",
        "/api/v2/no",
        "/livez",
        "/info",
        "/_app/no",
        "/metrics",
    ] {
        for server in [&plain, &secure] {
            let answer = server.anonymous().get(path).await;
            let policy = header(&answer, "content-security-policy");
            for part in ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"] {
                assert!(policy.contains(part), "{path}: {policy}");
            }
            assert!(
                !policy.contains("unsafe-eval") && !policy.contains("script-src 'unsafe"),
                "{path}: {policy}"
            );
            for (name, value) in [
                ("x-content-type-options", "nosniff"),
                ("x-frame-options", "DENY"),
                ("referrer-policy", "no-referrer"),
                ("cross-origin-opener-policy", "same-origin"),
            ] {
                assert_eq!(header(&answer, name), value, "{path}");
            }
            if path.starts_with("/api") {
                assert_eq!(header(&answer, "cache-control"), "no-store", "{path}");
            }
            let hsts = header(&answer, "strict-transport-security");
            assert_eq!(hsts.is_empty(), std::ptr::eq(server, &raw const plain), "{path}: {hsts}");
        }
    }
    plain.stop().await;
    secure.stop().await;
}

/// Cookies do not distinguish ports.
#[tokio::test(flavor = "multi_thread")]
async fn servers_on_one_host_leave_each_other_signed_in() {
    let (one, other) = (start(None).await, start(None).await);
    let cookie = |answer: &Answer| session_cookie(answer).split(';').next().unwrap_or_default().to_owned();
    let first = one.sign_in(EMAIL, PASSWORD).await;
    let second = other.sign_in(EMAIL, PASSWORD).await;
    let port = one.url.rsplit(':').next().unwrap();
    assert!(cookie(&first).starts_with(&format!("testkeep_session_{port}=")), "{}", cookie(&first));
    // One browser sends both cookies to each server.
    let both = format!("{}; {}", cookie(&first), cookie(&second));
    for server in [&one, &other] {
        let browser = server.anonymous();
        let me = browser.send(browser.request("GET", "/api/v2/me").header("cookie", &both)).await;
        assert_eq!(me.status, 200);
        let (_, token) =
            cookie(&first).split_once('=').map(|(name, token)| (name.to_owned(), token.to_owned())).unwrap();
        let old = browser.request("GET", "/api/v2/me").header("cookie", format!("testkeep_session={token}"));
        assert_eq!(browser.send(old).await.status, 401, "the old name is not read");
    }
    one.stop().await;
    other.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn over_https_the_cookie_is_bound_to_the_host() {
    let server = start(Some("https://tests.example.com")).await;
    let answer = server.sign_in(EMAIL, PASSWORD).await;
    let cookie = session_cookie(&answer);
    assert!(cookie.starts_with("__Host-testkeep_session="), "{cookie}");
    for part in ["; Path=/", "; Secure", "; HttpOnly", "; SameSite=Lax"] {
        assert!(cookie.contains(part), "{part}: {cookie}");
    }
    assert!(!cookie.contains("Domain"), "{cookie}");
    let pair = cookie.split(';').next().unwrap();
    let browser = server.anonymous();
    let me = browser.request("GET", "/api/v2/me").header("cookie", pair);
    assert_eq!(browser.send(me).await.status, 200);
    let out = browser.request("DELETE", "/api/v2/sessions/current").header("cookie", pair);
    let out = browser.send(out.header("sec-fetch-site", "same-origin")).await;
    assert!(session_cookie(&out).contains("__Host-testkeep_session=;"), "{:?}", out.headers);
    server.stop().await;
}

/// The status line and `Allow` of an answer to `METHOD TARGET`.
fn ask(server: &TestServer, line: &str) -> (String, String) {
    let mut stream = TcpStream::connect(server.url.trim_start_matches("http://")).unwrap();
    write!(stream, "{line} HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, _) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let allow = head.lines().find_map(|line| line.strip_prefix("allow: ")).unwrap_or_default();
    (head.lines().next().unwrap_or_default().to_owned(), allow.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn other_methods_are_refused_with_those_that_work() {
    let server = start(None).await;
    for method in ["TRACE", "CONNECT", "PUT", "POST", "DELETE", "PATCH", "PROPFIND", "FOO"] {
        for page in ["/", "/sign-in", "/organizations/1", "/favicon.svg", "/_app/version.json", "/index.html"]
        {
            let (status, allow) = ask(&server, &format!("{method} {page}"));
            assert_eq!(
                (status.as_str(), allow.as_str()),
                ("HTTP/1.1 405 Method Not Allowed", "GET, HEAD"),
                "{method} {page}"
            );
        }
        let target = if method == "CONNECT" { "example.com:443" } else { "*" };
        assert!(ask(&server, &format!("{method} {target}")).0.starts_with("HTTP/1.1 4"), "{method} {target}");
        for path in ["/livez", "/info"] {
            let (status, allow) = ask(&server, &format!("{method} {path}"));
            assert_eq!(
                (status.as_str(), allow.contains("GET")),
                ("HTTP/1.1 405 Method Not Allowed", true),
                "{method} {path}"
            );
        }
    }
    for (method, path) in [("TRACE", "/api/v2/status"), ("PUT", "/api/v2/sessions")] {
        let (status, allow) = ask(&server, &format!("{method} {path}"));
        assert!(status.contains("405") && !allow.is_empty(), "{method} {path}: {status} {allow}");
    }
    for (address, status) in
        [("/%ff", "404 Not Found"), ("/a%C3", "404 Not Found"), ("/%C3%96zlem", "200 OK"), ("/%zz", "200 OK")]
    {
        assert!(ask(&server, &format!("GET {address}")).0.contains(status), "{address}");
    }
    for page in ["/", "/sign-in"] {
        assert_eq!(ask(&server, &format!("HEAD {page}")).0, "HTTP/1.1 200 OK");
    }
    // The endpoint still accepts its own method.
    assert_eq!(server.anonymous().post("/api/v2/sessions", &credentials(EMAIL, PASSWORD)).await.status, 201);
    server.stop().await;
}
