//! Rules for root: the server runs as root only if root has allowed it, and root uses no installation that other
//! accounts could change. Commands that open the data of a service run as its account.

use std::path::Path;

use testkeep_domain::Layout;
use testkeep_domain::config::ServerConfig;
use testkeep_local::place;

use super::Failure;
#[cfg(unix)]
use crate::app::read_config;

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

/// Root hands a command that opens the data of a service over to the service's account: files that root made there
/// would be closed to the server, and files that the account made must not lead root anywhere.
#[cfg(unix)]
pub(super) fn step_down(config: &Path) -> Result<(), Failure> {
    use std::os::unix::process::CommandExt;
    if !place::is_root() {
        return Ok(());
    }
    let (_, layout) = read_config(config)?;
    trust(&layout)?;
    let Some(account) = place::service_account(&layout) else { return Ok(()) };
    let program = std::env::current_exe().map_err(|error| Failure::Failed(error.to_string()))?;
    let mut command = std::process::Command::new(&program);
    command.args(std::env::args_os().skip(1)).uid(account.user).gid(account.group);
    let error = command.exec();
    Err(Failure::Failed(format!(
        "{} cannot be run as the account {} of the service: {error}. Run the program in the installation's folder bin.",
        program.display(),
        account.name
    )))
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "the other system may refuse")]
pub(super) fn step_down(_: &Path) -> Result<(), Failure> {
    Ok(())
}
