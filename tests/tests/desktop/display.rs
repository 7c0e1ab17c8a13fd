//! A display for the test: Xvfb with a number that it chooses itself.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use x11rb::protocol::xproto::{ClientMessageEvent, ConnectionExt, EventMask};

use crate::process::Owned;

pub(crate) struct Display {
    name: String,
    _server: Owned,
}

impl Display {
    pub(crate) fn open() -> Self {
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1180x760x24", "-nolisten", "tcp"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb is installed");
        let output = server.stdout.take().unwrap();
        let server = Owned(server);
        let mut number = String::new();
        BufReader::new(output).read_line(&mut number).unwrap();
        assert!(!number.trim().is_empty(), "Xvfb did not start");
        Self { name: format!(":{}", number.trim()), _server: server }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Runs xdotool and returns what it prints.
    pub(crate) fn xdotool(&self, arguments: &[&str]) -> String {
        let output = Command::new("timeout")
            .args(["20", "xdotool"])
            .args(arguments)
            .env("DISPLAY", &self.name)
            .output()
            .expect("xdotool is installed");
        assert!(
            output.status.success(),
            "xdotool {arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Sends the same event as the button in a window's title bar.
    pub(crate) fn close_window(&self, window: u32) {
        let (connection, _) = x11rb::connect(Some(&self.name)).unwrap();
        let atom = |name: &str| connection.intern_atom(false, name.as_bytes()).unwrap().reply().unwrap().atom;
        let data = [atom("WM_DELETE_WINDOW"), x11rb::CURRENT_TIME, 0, 0, 0];
        let message = ClientMessageEvent::new(32, window, atom("WM_PROTOCOLS"), data);
        connection.send_event(false, window, EventMask::NO_EVENT, message).unwrap().check().unwrap();
    }

    /// A picture of the whole display, which has the window's size; native dialogs are on it, too.
    pub(crate) fn screenshot(&self, file: &std::path::Path) {
        let import =
            Command::new("import").args(["-window", "root"]).arg(file).env("DISPLAY", &self.name).status();
        assert!(import.expect("ImageMagick is installed").success());
    }
}
