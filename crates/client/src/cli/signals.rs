//! Requests to end this program: signals on Unix, console events on Windows.
//!
//! Must be registered once, before the program takes a seat or starts a command: otherwise a signal could leave them
//! behind.

use std::io;

/// One request to end this program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Signal {
    /// Its Unix number; 2 for Ctrl-C on Windows.
    pub(crate) number: i32,
}

impl Signal {
    /// The exit code that shells report for this signal.
    pub(crate) fn exit_code(self) -> i32 {
        128 + self.number
    }
}

#[cfg(unix)]
pub(crate) struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    hang_up: tokio::signal::unix::Signal,
    quit: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    /// Must be called inside a tokio runtime.
    pub(crate) fn watch() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
            quit: signal(SignalKind::quit())?,
        })
    }

    /// Waits for the next signal. Safe to cancel.
    pub(crate) async fn next(&mut self) -> Signal {
        use rustix::process::Signal as Number;
        let number = tokio::select! {
            _ = self.interrupt.recv() => Number::INT,
            _ = self.terminate.recv() => Number::TERM,
            _ = self.hang_up.recv() => Number::HUP,
            _ = self.quit.recv() => Number::QUIT,
        };
        Signal { number: number.as_raw() }
    }
}

#[cfg(windows)]
pub(crate) struct Signals {
    interrupt: tokio::signal::windows::CtrlC,
    interrupt_hard: tokio::signal::windows::CtrlBreak,
    close: tokio::signal::windows::CtrlClose,
}

#[cfg(windows)]
impl Signals {
    /// Must be called inside a tokio runtime.
    pub(crate) fn watch() -> io::Result<Self> {
        use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close};
        Ok(Self { interrupt: ctrl_c()?, interrupt_hard: ctrl_break()?, close: ctrl_close()? })
    }

    /// Waits for the next event. Safe to cancel.
    pub(crate) async fn next(&mut self) -> Signal {
        let number = tokio::select! {
            _ = self.interrupt.recv() => 2,
            _ = self.interrupt_hard.recv() => 2,
            _ = self.close.recv() => 15,
        };
        Signal { number }
    }
}
