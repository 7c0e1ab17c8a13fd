//! Every statement of the lists that [`crate::list`] makes, for the tests that look at all of them.

use crate::{audit, invitation, mail, member};

/// SQL texts of each order and direction of every list.
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
