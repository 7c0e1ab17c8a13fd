//! Finds the cause when a mail was not accepted. The cause decides whether only this mail is affected, or all mails
//! with the same settings.

use super::step::StepName;
use super::wire::{Fault, Reply};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FailureCause {
    /// The settings, the mail server or the network: no mail would be accepted. All wait until one is.
    Configuration,
    /// The server limits the number of mails: mails with the same settings are sent more slowly.
    Limit,
    /// Only this mail, and it may be accepted later.
    Later,
    /// Only this mail, and it will never be accepted.
    Mail,
}

impl FailureCause {
    /// The cause when the server did not answer, or the connection ended.
    pub(super) fn of_lost(step: StepName) -> Self {
        if is_about_one_mail(step) { Self::Later } else { Self::Configuration }
    }
}

fn is_about_one_mail(step: StepName) -> bool {
    matches!(step, StepName::Recipient | StepName::Accepted)
}

pub(super) fn cause_of(step: StepName, fault: &Fault) -> FailureCause {
    match fault {
        Fault::Lost(_) => FailureCause::of_lost(step),
        Fault::Endless | Fault::Strange => FailureCause::Configuration,
        Fault::Refused(reply) => cause_of_reply(step, reply),
    }
}

fn cause_of_reply(step: StepName, reply: &Reply) -> FailureCause {
    match reply.code {
        // In any step: the server requires a login, or the login is wrong.
        530 | 534 | 535 | 538 | 454 => FailureCause::Configuration,
        // The mailbox is full, or the server tests whether this mail is sent again (greylisting).
        400..500 if is_about_one_mail(step) && is_about_the_address(reply) => FailureCause::Later,
        400..500 => FailureCause::Limit,
        _ if is_about_one_mail(step) && !is_about_us(reply) => FailureCause::Mail,
        _ => FailureCause::Configuration,
    }
}

fn is_about_the_address(reply: &Reply) -> bool {
    reply.status().starts_with("4.1.") || reply.status().starts_with("4.2.")
}

/// Many servers refuse the greeting, the sender or the machine only after a recipient is named.
fn is_about_us(reply: &Reply) -> bool {
    let text = reply.in_words().to_lowercase();
    let words =
        ["helo command rejected", "sender address rejected", "client host rejected", "send as this sender"];
    matches!(reply.status(), "5.1.7" | "5.1.8" | "5.7.8" | "5.7.60")
        || words.iter().any(|word| text.contains(word))
}

/// Other protocols use three-digit codes as well: FTP and NNTP use these, and no enhanced status code.
fn is_of_a_mail_server(reply: &Reply) -> bool {
    !reply.status().is_empty() || !matches!(reply.code, 400 | 421 | 480 | 500 | 502 | 530)
}

/// The text for a fault. A mail server's reply is repeated. Another service gets a fixed text, because its answer must
/// not be shown.
pub(super) fn in_words(step: StepName, fault: &Fault) -> String {
    let greeting = step == StepName::Greeting;
    match fault {
        Fault::Refused(reply) if greeting && !is_of_a_mail_server(reply) => {
            format!(
                "The server refused the greeting with {}. Is it a mail server? Check host and port.",
                reply.code
            )
        }
        Fault::Refused(reply) => reply.in_words(),
        Fault::Lost(text) => text.clone(),
        Fault::Endless => {
            "The server's answer is too long for a mail server, so the connection was closed. Check host \
             and port."
                .into()
        }
        Fault::Strange if greeting => {
            "This is not the greeting of a mail server: another service listens there. Check host and port."
                .into()
        }
        Fault::Strange => "The server's answer is not that of a mail server. Check host and port.".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(step: StepName, code: u16, text: &str) -> FailureCause {
        cause_of(step, &Fault::Refused(Reply { code, lines: vec![text.into()] }))
    }

    #[test]
    fn tells_whose_fault_it_is() {
        use StepName::{Accepted, Greeting, Login, Recipient, Sender};
        for (step, code, text, expected) in [
            (Greeting, 554, "5.7.1 No", FailureCause::Configuration),
            (Greeting, 421, "Too many connections", FailureCause::Limit),
            (Login, 535, "5.7.8 Authentication failed", FailureCause::Configuration),
            (Login, 454, "4.7.0 Temporary authentication failure", FailureCause::Configuration),
            (Sender, 553, "5.7.1 Not yours", FailureCause::Configuration),
            (Sender, 452, "4.3.1 Insufficient storage", FailureCause::Limit),
            (Recipient, 550, "5.1.1 No such mailbox", FailureCause::Mail),
            (Recipient, 554, "5.7.1 Relay access denied", FailureCause::Mail),
            (Recipient, 530, "5.7.0 Authentication required", FailureCause::Configuration),
            (
                Recipient,
                504,
                "5.5.2 <x>: Helo command rejected: need fully-qualified hostname",
                FailureCause::Configuration,
            ),
            (
                Recipient,
                553,
                "5.7.1 <a@b>: Sender address rejected: not owned by user",
                FailureCause::Configuration,
            ),
            (Recipient, 450, "4.7.1 Too much mail", FailureCause::Limit),
            (Recipient, 450, "4.2.0 Greylisted", FailureCause::Later),
            (Recipient, 452, "4.2.2 Mailbox full", FailureCause::Later),
            (Accepted, 552, "5.3.4 Too big", FailureCause::Mail),
            (Accepted, 451, "4.3.0 Later", FailureCause::Limit),
            (
                Accepted,
                550,
                "5.7.60 Client does not have permissions to send as this sender",
                FailureCause::Configuration,
            ),
        ] {
            assert_eq!(of(step, code, text), expected, "{step:?} {code} {text}");
        }
        assert_eq!(cause_of(Greeting, &Fault::Lost(String::new())), FailureCause::Configuration);
        assert_eq!(cause_of(Accepted, &Fault::Lost(String::new())), FailureCause::Later);
        assert_eq!(cause_of(Greeting, &Fault::Strange), FailureCause::Configuration);
    }

    #[test]
    fn repeats_mail_servers_alone() {
        let refused = Fault::Refused(Reply { code: 550, lines: vec!["5.1.1 No".into()] });
        assert_eq!(in_words(StepName::Recipient, &refused), "550 5.1.1 No");
        let ftp = Fault::Refused(Reply { code: 530, lines: vec!["Log in to vault-7 first".into()] });
        assert!(!in_words(StepName::Greeting, &ftp).contains("vault-7"));
        assert!(in_words(StepName::Greeting, &Fault::Strange).contains("not the greeting of a mail server"));
    }
}
