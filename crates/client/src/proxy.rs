//! The proxy variables of the environment. This client uses none of them; its error messages say so when one is set.
//!
//! Must never show their values, which may contain passwords.

const VARIABLES: [&str; 4] = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"];

/// Continues an error message about an unreachable server; empty when no variable is set.
pub(crate) fn hint() -> String {
    let set = std::env::vars_os().filter(|(_, value)| !value.is_empty());
    hint_for(set.filter_map(|(name, _)| name.into_string().ok()).collect())
}

fn hint_for(mut names: Vec<String>) -> String {
    names.retain(|name| VARIABLES.iter().any(|known| known.eq_ignore_ascii_case(name)));
    names.sort();
    match names.as_slice() {
        [] => String::new(),
        names => format!(
            ". The environment sets {}, but testkeep uses no proxy and connects directly. If the server is reached through \
             a proxy alone, open the way to it in the firewall, or name an address that needs no proxy",
            names.join(", ")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::hint_for;

    #[test]
    fn names_variables_in_either_case_and_no_others() {
        let hint = hint_for(["https_proxy", "PATH", "NO_PROXY", "MY_PROXY"].map(str::to_owned).into());
        assert!(hint.contains("sets NO_PROXY, https_proxy, but"), "{hint}");
        assert_eq!(hint_for(vec!["PATH".into()]), "");
    }
}
