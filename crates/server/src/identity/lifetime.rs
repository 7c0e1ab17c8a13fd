//! How long sessions and the tokens of programs are valid.

use chrono::Duration;

/// A session ends this long after sign-in.
pub(crate) const SESSION_LIFETIME: Duration = Duration::days(30);
/// A session ends this long after its last request.
pub(crate) const SESSION_IDLE: Duration = Duration::days(7);
pub(crate) const ACCESS_LIFETIME: Duration = Duration::hours(1);
/// Counted from the program's last sign-in or refresh. It is longer than an access token, so that the session of an
/// expired access token can still be refreshed.
pub(crate) const CLIENT_SESSION_LIFETIME: Duration = Duration::hours(2);
