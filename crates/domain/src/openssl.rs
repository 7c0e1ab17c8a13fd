//! The `openssl` command in messages.

/// The command that makes a correct certificate for a server without an authority.
pub fn certificate_command(host: &str) -> String {
    let kind = if host.parse::<std::net::IpAddr>().is_ok() { "IP" } else { "DNS" };
    format!(
        "openssl req -x509 -newkey rsa:3072 -nodes -days 825 -subj /CN={host} -addext subjectAltName={kind}:{host} \
         -addext basicConstraints=critical,CA:FALSE -keyout server.key -out server.crt"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_hosts_and_addresses() {
        assert!(certificate_command("mail.example.com").contains("subjectAltName=DNS:mail.example.com "));
        assert!(certificate_command("10.0.0.7").contains("subjectAltName=IP:10.0.0.7 "));
    }
}
