//! A machine that systemd boots: this system's files under a writable layer, in a container of their own.
//!
//! Nothing of it stays when it is dropped. It has its own network, in which only loopback works. Needs root,
//! `systemd-nspawn` and `nsenter`.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

const BOOTED_WITHIN: Duration = Duration::from_mins(1);
const PAUSE: Duration = Duration::from_millis(50);
/// Where the program under test is found inside.
pub const PROGRAM: &str = "/usr/local/bin/testkeep-server";

pub struct BootedMachine {
    layers: TempDir,
    program: PathBuf,
    running: Option<Child>,
}

impl BootedMachine {
    /// Boots a machine that contains `program` as [`PROGRAM`].
    pub fn boot(program: &Path) -> Self {
        let layers = tempfile::tempdir().expect("a folder");
        let mut machine = Self { layers, program: program.to_owned(), running: None };
        machine.mount();
        machine.remove_own_services();
        machine.start();
        machine
    }

    /// The machine's `/`, seen from outside.
    pub fn root(&self) -> PathBuf {
        self.layers.path().join("root")
    }

    fn mount(&self) {
        let layers = self.layers.path();
        // The writable layer may not be on an overlay, as the folder for temporary files can be.
        succeed(Command::new("mount").args(["-t", "tmpfs", "-o", "mode=755", "tmpfs"]).arg(layers));
        for folder in ["upper", "work", "root"] {
            std::fs::create_dir(layers.join(folder)).expect("a folder");
        }
        let shown = layers.display();
        let options = format!("lowerdir=/,upperdir={shown}/upper,workdir={shown}/work");
        succeed(Command::new("mount").args(["-t", "overlay", "overlay", "-o", &options]).arg(self.root()));
    }

    /// Services that this system starts at boot are not started inside. Only those of systemd itself are.
    fn remove_own_services(&self) {
        let folder = self.root().join("etc/systemd/system");
        for entry in folder.read_dir().expect("a folder").flatten() {
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            let removed = if is_folder {
                std::fs::remove_dir_all(entry.path())
            } else {
                std::fs::remove_file(entry.path())
            };
            removed.expect("removable");
        }
        std::fs::create_dir_all(self.root().join("usr/local/bin")).expect("a folder");
        std::fs::write(self.root().join(&PROGRAM[1..]), "").expect("a place for the program");
    }

    fn start(&mut self) {
        let mut container = Command::new("systemd-nspawn");
        container.arg("-D").arg(self.root()).args([
            "--register=no",
            "--keep-unit",
            "--private-network",
            "--quiet",
        ]);
        container.arg(format!("--bind-ro={}:{PROGRAM}", self.program.display()));
        container
            .arg("/lib/systemd/systemd")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        self.running = Some(container.spawn().expect("systemd-nspawn starts"));
        let began = Instant::now();
        while !self.is_up() {
            assert!(began.elapsed() < BOOTED_WITHIN, "the machine did not boot");
            std::thread::sleep(PAUSE);
        }
    }

    /// Every service that is started at boot has been started, or has failed.
    fn is_up(&self) -> bool {
        let Some(mut ask) = self.enter("systemctl") else { return false };
        let answer = ask.arg("is-system-running").output().expect("nsenter runs");
        matches!(String::from_utf8_lossy(&answer.stdout).trim(), "running" | "degraded")
    }

    /// Shuts the machine down and boots it again, with the same files.
    pub fn reboot(&mut self) {
        self.shut_down();
        self.start();
    }

    fn shut_down(&mut self) {
        let asked = self.enter("systemctl").map(|mut ask| ask.args(["poweroff", "--no-block"]).output());
        let Some(mut running) = self.running.take() else { return };
        let began = Instant::now();
        while matches!(running.try_wait(), Ok(None)) {
            if asked.is_none() || began.elapsed() > BOOTED_WITHIN {
                let _ended = running.kill();
            }
            std::thread::sleep(PAUSE);
        }
    }

    /// `program` inside the machine, as root; `None` while there is no first process.
    fn enter(&self, program: &str) -> Option<Command> {
        let container = self.running.as_ref()?.id();
        let children =
            std::fs::read_to_string(format!("/proc/{container}/task/{container}/children")).ok()?;
        let first = children.split_whitespace().next()?;
        let mut command = Command::new("nsenter");
        command.args(["--target", first, "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup"]);
        command.args(["--root", "--wdns=/"]).arg(program).env_clear();
        command.env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin").env("HOME", "/root");
        Some(command)
    }

    /// # Panics
    /// The machine is down.
    pub fn command(&self, program: &str) -> Command {
        self.enter(program).expect("the machine runs")
    }

    /// Runs a shell script inside to its end.
    pub fn run(&self, script: &str) -> Output {
        self.command("bash").args(["-c", script]).stdin(Stdio::null()).output().expect("bash runs")
    }

    /// Standard output of a script that must succeed.
    pub fn succeed(&self, script: &str) -> String {
        let ended = self.run(script);
        assert!(ended.status.success(), "{script}: {}", words(&ended));
        String::from_utf8_lossy(&ended.stdout).trim().to_owned()
    }

    /// Both outputs of a script that must end with `code`.
    pub fn fail(&self, code: i32, script: &str) -> String {
        let ended = self.run(script);
        assert_eq!(ended.status.code(), Some(code), "{script}: {}", words(&ended));
        words(&ended)
    }

    /// Waits until the script succeeds.
    pub fn wait_for(&self, within: Duration, script: &str) -> Duration {
        let began = Instant::now();
        loop {
            let ended = self.run(script);
            if ended.status.success() {
                return began.elapsed();
            }
            assert!(began.elapsed() < within, "not within {within:?}: {script}: {}", words(&ended));
            std::thread::sleep(PAUSE);
        }
    }

    pub fn write(&self, path: &str, text: &str) {
        let path = self.root().join(path.trim_start_matches('/'));
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("written");
    }
}

impl Drop for BootedMachine {
    fn drop(&mut self) {
        self.shut_down();
        for folder in [self.root(), self.layers.path().to_owned()] {
            let _gone = Command::new("umount").arg("--lazy").arg(folder).status();
        }
    }
}

fn words(ended: &Output) -> String {
    let texts = [&ended.stdout, &ended.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    format!("{} {}", ended.status, texts.concat())
}

fn succeed(command: &mut Command) {
    let ended = command.output().expect("the program starts");
    assert!(ended.status.success(), "{command:?}: {}", words(&ended));
}
