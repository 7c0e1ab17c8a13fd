//! Words of invitations.

words! {
    /// How far an invitation came. The later state counts: a link that was looked at came somehow.
    Delivery {
        /// No mail server was configured, so the inviter hands the link over.
        NotMailed "not_mailed",
        Queued "queued",
        Sent "sent",
        /// The mail server refused the mail, or it could not be sent within its time.
        Failed "failed",
        /// The server stopped while it handed the mail over.
        Unknown "unknown",
        /// The link was looked at.
        Opened "opened",
        Expired "expired",
    }
}
