//! Time from the start of the desktop program to its window, which it shows when its first page is loaded. On a display
//! of its own (Xvfb), observed with xdotool.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::Bench;
use crate::installation::program;
use crate::series::{RUNS, Samples};
use crate::start::milliseconds;

pub(crate) fn to_first_page(bench: &Bench) -> Option<Samples> {
    let desktop = program(&bench.programs, "testkeep-desktop");
    if !desktop.exists() {
        return None;
    }
    let display = Display::start()?;
    let home = tempfile::tempdir().expect("a temporary folder");
    let mut samples = Samples::new();
    // The first start only fills the disk cache.
    for run in 0..=RUNS {
        let elapsed = one(&desktop, &display, home.path());
        if run > 0 {
            samples.push(elapsed);
        }
    }
    Some(samples)
}

fn one(desktop: &Path, display: &Display, home: &Path) -> f64 {
    let started = Instant::now();
    let mut command = Command::new(desktop);
    command.env("DISPLAY", &display.name).env("HOME", home).env("XDG_CONFIG_HOME", home.join("config"));
    command.env("XDG_DATA_HOME", home.join("data")).env("XDG_CACHE_HOME", home.join("cache"));
    command.env_remove("WAYLAND_DISPLAY").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut window = Ending(command.spawn().expect("the desktop program starts"));
    while !display.shows("Testkeep") {
        assert!(started.elapsed() < Duration::from_secs(30), "no window within 30 s");
        assert!(window.0.try_wait().expect("a child").is_none(), "the desktop program ended");
    }
    milliseconds(started)
}

/// The process is killed when this value is dropped.
struct Ending(Child);

impl Drop for Ending {
    fn drop(&mut self) {
        let _ended_before = self.0.kill();
        let _status = self.0.wait();
    }
}

struct Display {
    name: String,
    _server: Ending,
}

impl Display {
    /// `None` without Xvfb and xdotool. The server chooses a free number and prints it.
    fn start() -> Option<Self> {
        Command::new("xdotool").arg("version").output().ok()?;
        let mut command = Command::new("Xvfb");
        command.args(["-displayfd", "1", "-screen", "0", "1280x1024x24", "-nolisten", "tcp"]);
        let mut server = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().ok()?;
        let mut number = String::new();
        BufReader::new(server.stdout.take()?).read_line(&mut number).ok()?;
        Some(Self { name: format!(":{}", number.trim()), _server: Ending(server) })
    }

    fn shows(&self, title: &str) -> bool {
        let mut search = Command::new("xdotool");
        search.env("DISPLAY", &self.name).args(["search", "--onlyvisible", "--name", title]);
        search.output().is_ok_and(|output| !output.stdout.is_empty())
    }
}
