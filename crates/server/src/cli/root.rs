//! Rules for root: the server runs as root only if root has allowed it, and root uses no installation that other
//! accounts could change.

use testkeep_domain::Layout;
use testkeep_domain::config::ServerConfig;
use testkeep_setup::place;

use super::Failure;

/// Returns the warning to log when root is allowed; `None` for other accounts.
pub(super) fn judge(config: &ServerConfig, is_allowed: bool) -> Result<Option<&'static str>, Failure> {
    if !place::is_root() {
        return Ok(None);
    }
    if !is_allowed && !config.allow_root {
        return Err(Failure::Refused(
            "The server does not run as root: whoever breaks into it would own this machine. Start it as an account \
             of its own that owns the installation's folder. If it must be root, pass --allow-root, or write \
             allow_root = true at the top of conf/testkeep.toml."
                .into(),
        ));
    }
    Ok(Some(
        "The server runs as root, as it was allowed to: whoever breaks into it owns this machine. An account of its \
         own is safer.",
    ))
}

/// Checked only for root, because other accounts can harm only themselves.
pub(super) fn trust(layout: &Layout) -> Result<(), Failure> {
    if !place::is_root() {
        return Ok(());
    }
    place::judge_installation(layout).map_err(|distrust| Failure::Refused(distrust.message))
}
