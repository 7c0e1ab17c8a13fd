//! What Windows says about a service, in our words: its program, why it ended.
//!
//! Pure. Numbers are those of Windows' documentation, and here they get a name.

/// The end of the service's process, as it or Windows reported it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// A number of Windows.
    Windows(u32),
    /// The exit code that the server itself reported.
    Server(u32),
}

const NEVER_STARTED: u32 = 1077;
const ENDED_UNEXPECTEDLY: u32 = 1067;
const TOO_SLOW: u32 = 1053;
const LOG_ON_FAILED: u32 = 1069;
const ACCESS_DENIED: u32 = 5;
const FILE_NOT_FOUND: u32 = 2;

/// Why a stopped service failed; `None`: it was stopped, or never started.
pub(super) fn reason(ended: Ended) -> Option<String> {
    Some(match ended {
        Ended::Windows(0 | NEVER_STARTED) | Ended::Server(0) => return None,
        Ended::Server(2) => "The server refused to start: its configuration or its folder is wrong.".to_owned(),
        Ended::Server(code) => format!("The server ended with exit code {code}."),
        Ended::Windows(ENDED_UNEXPECTEDLY) => "The server was ended from outside.".to_owned(),
        Ended::Windows(TOO_SLOW) => "The server did not answer Windows within the time it has for it.".to_owned(),
        Ended::Windows(LOG_ON_FAILED) => {
            "Windows could not log on the account of the service. A policy may deny the right \"Log on as a service\"."
                .to_owned()
        }
        Ended::Windows(ACCESS_DENIED) => {
            "The account of the service may not run the program. Install the service again, which sets the rights."
                .to_owned()
        }
        Ended::Windows(FILE_NOT_FOUND) => {
            "The program of the service is missing. Installing again restores it.".to_owned()
        }
        Ended::Windows(number) => format!("Windows reports error {number}."),
    })
}

/// The program of a command line, as the service control manager keeps it: quoted when it has spaces.
pub(super) fn program_of(command_line: &str) -> &str {
    let line = command_line.trim_start();
    match line.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next().unwrap_or_default(),
        None => line.split(char::is_whitespace).next().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stop_is_no_failure() {
        for ended in [Ended::Windows(0), Ended::Windows(1077), Ended::Server(0)] {
            assert_eq!(reason(ended), None);
        }
    }

    #[test]
    fn a_failure_has_its_reason() {
        let of = |ended| reason(ended).unwrap();
        assert!(of(Ended::Server(2)).contains("refused"));
        assert!(of(Ended::Server(1)).contains("exit code 1"));
        assert!(of(Ended::Windows(1067)).contains("from outside"));
        assert!(of(Ended::Windows(4711)).contains("4711"));
    }

    #[test]
    fn the_program_is_read_from_its_command_line() {
        let program = "C:\\Program Files\\Testkeep\\bin\\testkeep-server.exe";
        assert_eq!(program_of(&format!("\"{program}\" run --config \"C:\\a b\"")), program);
        assert_eq!(program_of("C:\\k\\bin\\testkeep-server.exe run"), "C:\\k\\bin\\testkeep-server.exe");
        assert_eq!(program_of("C:\\k.exe"), "C:\\k.exe");
        assert_eq!(program_of(""), "");
    }
}
