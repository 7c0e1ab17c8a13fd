//! Decides the state of the server from observations.
//!
//! Owns the transition function and its messages. Pure: must never query the machine, the network or the time itself.

use std::time::Duration;

use testkeep_domain::desktop::ServerState;

/// Time for a server that listens to start answering requests.
const STARTING_AT_MOST: Duration = Duration::from_secs(30);

/// Result of a request to the control port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Control {
    Answers {
        uptime: Duration,
    },
    /// The listener's secret differs from ours.
    Refuses {
        port: u16,
    },
    Silent,
}

/// This window's last request about the server that has not completed yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Asked {
    #[default]
    Nothing,
    /// The start command runs.
    Start,
    /// The start command succeeded, this long ago.
    Started {
        since: Duration,
    },
    /// The start command failed, with a reason.
    StartFailed {
        reason: String,
    },
    Stop,
}

#[derive(Clone, Debug)]
pub(crate) struct Observation {
    pub(crate) control: Control,
    /// `/livez` answers.
    pub(crate) live: bool,
    /// The process that answered last still exists.
    pub(crate) process_alive: bool,
    /// The log ends with the server's line about an orderly stop.
    pub(crate) stopped_in_order: bool,
    pub(crate) asked: Asked,
    /// Last lines of the log.
    pub(crate) last_words: String,
}

/// The state after `previous`, given `seen`. `seen` is `None` when nothing is installed.
pub(crate) fn next(previous: &ServerState, seen: Option<&Observation>) -> ServerState {
    let Some(seen) = seen else {
        return ServerState::NotInstalled;
    };
    match seen.control {
        Control::Answers { .. } if seen.live => ServerState::Running,
        Control::Answers { uptime } if uptime < STARTING_AT_MOST => ServerState::Starting,
        Control::Answers { .. } => failed("The server runs, but its HTTP port does not answer. Restart it."),
        Control::Refuses { port } => failed(&format!(
            "A program on control port {port} does not accept this installation's token. Stop that program, \
             or run this window as the user who installed the server."
        )),
        Control::Silent => silent(previous, seen),
    }
}

fn silent(previous: &ServerState, seen: &Observation) -> ServerState {
    match &seen.asked {
        Asked::Stop if seen.process_alive => previous.clone(),
        Asked::Stop => ServerState::Stopped,
        Asked::Start => ServerState::Starting,
        Asked::StartFailed { reason } => failed(reason),
        Asked::Started { since } if *since < STARTING_AT_MOST && !seen.stopped_in_order => {
            ServerState::Starting
        }
        Asked::Started { .. } => ended(seen),
        Asked::Nothing => match previous {
            ServerState::Running | ServerState::Starting if seen.process_alive => {
                failed("The server process is there, but does not answer on its control port. Restart it.")
            }
            ServerState::Running | ServerState::Starting if !seen.stopped_in_order => ended(seen),
            ServerState::Failed { .. } if !seen.stopped_in_order => previous.clone(),
            _ => ServerState::Stopped,
        },
    }
}

fn ended(seen: &Observation) -> ServerState {
    if seen.last_words.is_empty() {
        return failed("The server ended and left no log. Start it again.");
    }
    failed(&format!("The server ended unexpectedly. The end of its log:\n{}", seen.last_words))
}

fn failed(reason: &str) -> ServerState {
    ServerState::Failed { reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(previous: &ServerState, seen: &Observation) -> ServerState {
        super::next(previous, Some(seen))
    }

    fn quiet() -> Observation {
        Observation {
            control: Control::Silent,
            live: false,
            process_alive: false,
            stopped_in_order: false,
            asked: Asked::Nothing,
            last_words: String::new(),
        }
    }

    fn answering(seconds: u64, live: bool) -> Observation {
        Observation { control: Control::Answers { uptime: Duration::from_secs(seconds) }, live, ..quiet() }
    }

    fn reason(state: &ServerState) -> &str {
        if let ServerState::Failed { reason } = state { reason } else { panic!("{state:?}") }
    }

    #[test]
    fn nothing_installed_wins_over_everything() {
        assert_eq!(super::next(&ServerState::Running, None), ServerState::NotInstalled);
    }

    #[test]
    fn a_healthy_server_runs_whatever_was_before() {
        for previous in [ServerState::NotInstalled, ServerState::Stopped, failed("x"), ServerState::Starting]
        {
            assert_eq!(next(&previous, &answering(5, true)), ServerState::Running);
        }
    }

    #[test]
    fn a_server_without_http_is_starting_and_later_failed() {
        assert_eq!(next(&ServerState::Starting, &answering(3, false)), ServerState::Starting);
        assert!(reason(&next(&ServerState::Starting, &answering(31, false))).contains("Restart it"));
    }

    #[test]
    fn the_way_up() {
        let asked = |asked| Observation { asked, ..quiet() };
        assert_eq!(next(&ServerState::Stopped, &asked(Asked::Start)), ServerState::Starting);
        let started = Asked::Started { since: Duration::from_secs(2) };
        assert_eq!(next(&ServerState::Starting, &asked(started)), ServerState::Starting);
        let late = Asked::Started { since: Duration::from_secs(31) };
        let seen = Observation { last_words: "port 8080 is taken".into(), ..asked(late) };
        assert!(reason(&next(&ServerState::Starting, &seen)).contains("port 8080 is taken"));
        let refused = Asked::StartFailed { reason: "no database".into() };
        assert_eq!(reason(&next(&ServerState::Starting, &asked(refused))), "no database");
    }

    #[test]
    fn the_way_down() {
        let asked = Observation { asked: Asked::Stop, process_alive: true, ..quiet() };
        assert_eq!(next(&ServerState::Running, &asked), ServerState::Running);
        let gone = Observation { process_alive: false, ..asked };
        assert_eq!(next(&ServerState::Running, &gone), ServerState::Stopped);
    }

    #[test]
    fn a_death_is_told_from_a_stop_elsewhere() {
        let killed = Observation { last_words: "serving".into(), ..quiet() };
        let state = next(&ServerState::Running, &killed);
        assert!(reason(&state).contains("serving"));
        assert_eq!(next(&state, &killed), state, "the reason stays");
        let stopped = Observation { stopped_in_order: true, ..quiet() };
        assert_eq!(next(&ServerState::Running, &stopped), ServerState::Stopped);
        assert_eq!(
            next(&ServerState::Stopped, &killed),
            ServerState::Stopped,
            "not ours to judge at first sight"
        );
    }

    #[test]
    fn a_hanging_process_and_a_stranger_have_their_own_words() {
        let hanging = Observation { process_alive: true, ..quiet() };
        assert!(reason(&next(&ServerState::Running, &hanging)).contains("process is there"));
        let stranger = Observation { control: Control::Refuses { port: 8005 }, ..quiet() };
        assert!(reason(&next(&ServerState::Stopped, &stranger)).contains("8005"));
    }

    #[test]
    fn pages_receive_words() {
        assert_eq!(
            serde_json::json!({"state": "not_installed"}),
            serde_json::to_value(ServerState::NotInstalled).unwrap()
        );
        assert_eq!(serde_json::to_value(failed("x")).unwrap()["reason"], "x");
    }
}
