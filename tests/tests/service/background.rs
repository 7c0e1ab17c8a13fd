//! The server in the background, where there is no service manager.

use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use testkeep_domain::Layout;
use testkeep_local::process::{running_servers, supervisors};
use testkeep_tests::programs::{free_port, run_server_program, server_program};

struct Installed {
    _folder: tempfile::TempDir,
    layout: Layout,
    http_port: u16,
}

impl Installed {
    /// Installed by a session that ends right after: its processes get the signals of a closed terminal, then those that
    /// are left are killed, as CI systems do.
    fn by_a_session_that_ends() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (http_port, control_port) = (free_port(), free_port());
        let layout = Layout::new(folder.path().join("testkeep"));
        let answers = folder.path().join("answers.toml");
        let text = format!(
            "destination = '{}'\nhttp_port = {http_port}\ncontrol_port = {control_port}\n\
             server_url = 'http://127.0.0.1:{http_port}'\n[database]\nkind = 'built-in'\n[service]\n\
             mode = 'background'\nallow_root = true\n",
            layout.destination().display()
        );
        std::fs::write(&answers, text).unwrap();
        let mut session = Command::new("setsid");
        session.args([
            "--wait",
            "bash",
            "-c",
            "\"$0\" install --answers \"$1\" && echo $$ && exec sleep 600",
        ]);
        session.arg(server_program()).arg(&answers).stdin(Stdio::null()).process_group(0);
        let mut session = session.stdout(Stdio::piped()).spawn().unwrap();
        let output = std::io::BufReader::new(session.stdout.take().unwrap());
        let lines = std::io::BufRead::lines(output).map(|line| line.unwrap());
        let leader = lines.into_iter().find(|line| line.parse::<u32>().is_ok()).expect("installed");
        for signal in ["-HUP", "-KILL"] {
            let _some_are_gone = Command::new("pkill").args([signal, "--session", &leader]).status();
        }
        session.wait().unwrap();
        Self { _folder: folder, layout, http_port }
    }

    fn is_ready(&self) -> bool {
        let address = ([127, 0, 0, 1], self.http_port).into();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(testkeep_local::http::get(address, "/readyz")).is_ok_and(|status| status == 200)
    }

    fn run(&self, words: &[&str]) -> String {
        let config = self.layout.config_file();
        let output = run_server_program(&[words, &["--config", config.to_str().unwrap()]].concat(), "");
        assert!(output.status.success(), "{output:?}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

impl Drop for Installed {
    fn drop(&mut self) {
        let destination = self.layout.destination().to_str().unwrap().to_owned();
        run_server_program(&["uninstall", "--destination", &destination, "--delete-data"], "");
    }
}

#[test]
fn survives_its_session_and_a_crash_and_ends_when_it_is_asked() {
    let place = Installed::by_a_session_that_ends();
    assert!(place.is_ready(), "the end of the session ended the server");
    let status = place.run(&["service", "status", "--json"]);
    assert!(
        status.contains("\"kind\":\"background\"") && status.contains("\"state\":\"running\""),
        "{status}"
    );
    let before = running_servers(&place.layout);
    assert_eq!((before.len(), supervisors(&place.layout).len()), (1, 1));
    assert!(Command::new("kill").args(["-9", &before[0].to_string()]).status().unwrap().success());
    let began = Instant::now();
    while running_servers(&place.layout) == before || !place.is_ready() {
        assert!(began.elapsed() < Duration::from_secs(10), "it was not started again");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(place.run(&["stop"]), "Stopped.\n");
    assert_eq!((running_servers(&place.layout), supervisors(&place.layout)), (Vec::new(), Vec::new()));
    assert_eq!(place.run(&["stop"]), "It was not running.\n");
}

/// A server that hangs, and whose supervisor would start it again, is ended by `stop`.
#[test]
fn a_hanging_one_is_ended_for_good() {
    let place = Installed::by_a_session_that_ends();
    let before = running_servers(&place.layout);
    assert!(Command::new("kill").args(["-STOP", &before[0].to_string()]).status().unwrap().success());
    assert_eq!(place.run(&["stop"]), "Stopped.\n");
    assert_eq!((running_servers(&place.layout), supervisors(&place.layout)), (Vec::new(), Vec::new()));
}
