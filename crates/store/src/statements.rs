//! All statements of lists that [`crate::list`] makes, for the tests that check each of them.

use crate::people::{invitation, member};
use crate::{audit, mail};

/// The SQL texts of all lists, for each order and direction.
pub fn statements_by_order() -> Vec<&'static str> {
    let lists = [
        member::MEMBERS,
        member::REMOVED_MEMBERS,
        invitation::OPEN_INVITATIONS,
        mail::MAILS,
        mail::MAILS_OF_SCOPE,
        audit::EVENTS,
        audit::EVENTS_OF_ORGANIZATION,
    ];
    lists.into_iter().flatten().flat_map(|order| [order.ascending, order.descending]).collect()
}
