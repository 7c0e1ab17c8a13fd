//! Checks whether a window can be shown on this machine, before the window system is used: without a display it would
//! panic.

/// # Errors
/// No window can be shown: a message for standard error with the reason and what to do.
#[cfg(target_os = "linux")]
pub(crate) fn require() -> Result<(), String> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    match (gtk::init(), set("WAYLAND_DISPLAY").or_else(|| set("DISPLAY"))) {
        (Ok(()), _) => Ok(()),
        (Err(_), None) => Err(format!(
            "The Testkeep window cannot be opened: there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set). {ADVICE}"
        )),
        (Err(_), Some(display)) => Err(format!(
            "The Testkeep window cannot be opened: the display {} cannot be used by this account. Another account, such as \
             root by sudo, may not use the desktop of the one that is signed in. {ADVICE}",
            display.display()
        )),
    }
}

#[cfg(target_os = "linux")]
const ADVICE: &str = "Start it as yourself in a desktop session, or over `ssh -X`. Without a display, install with \
    `testkeep-server install --answers FILE`; `testkeep-server --help` names everything else.";

/// Other systems always have a display.
#[cfg(not(target_os = "linux"))]
#[expect(clippy::unnecessary_wraps, reason = "on Linux there may be none")]
pub(crate) fn require() -> Result<(), String> {
    Ok(())
}
