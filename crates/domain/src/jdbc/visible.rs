//! Detects a password in a URL that other people could see, even in a text that is not a valid URL.

use percent_encoding::percent_decode_str;

/// Whether the text may contain a password: by parameter names, and by `user:password@` before a host. May return
/// `true` for a text without a password.
pub fn carries_password(url: &str) -> bool {
    let text = percent_decode_str(url).decode_utf8_lossy().to_lowercase();
    let (server, arguments) = text.split_once('?').unwrap_or((&text, &text));
    let given = arguments.split(['?', '&', ';', ' ']).filter_map(|argument| argument.split_once('='));
    let named = given.into_iter().any(|(name, value)| is_secret(name.trim()) && !value.trim().is_empty());
    let login = server.split_once("//").map_or(server, |(_, rest)| rest).split_once('@');
    named || login.is_some_and(|(login, _)| login.contains(':'))
}

fn is_secret(name: &str) -> bool {
    name.contains("password") || name.contains("passwd") || name.ends_with("pwd") || name.contains("secret")
}

#[cfg(test)]
mod tests {
    use super::carries_password;

    #[test]
    fn finds_passwords_in_every_form() {
        for url in [
            "jdbc:postgresql://db/kit?user=a&password=b",
            "jdbc:postgresql://db/kit?PASSWORD=b",
            "jdbc:postgresql://db/kit?p%61ssword=b",
            "jdbc:postgresql://db/kit;password=b",
            "jdbc:postgresql://db/kit?user=a&sslpassword=b",
            "jdbc:postgresql://a:b@db/kit",
            "postgresql://a:b@db/kit",
            "db/kit password=b",
        ] {
            assert!(carries_password(url), "{url}");
        }
        for url in [
            "jdbc:postgresql://db:5432,other:5433/kit?user=a&sslmode=require",
            "jdbc:postgresql://[::1]:5432/kit",
            "jdbc:postgresql:kit?password=",
            "jdbc:postgresql://db/password?user=a",
            "",
        ] {
            assert!(!carries_password(url), "{url}");
        }
    }
}
