//! All statements that are put together from parts, for the tests that check each of them. The tests find all other
//! statements in the source.

use crate::people::{invitation, invitations, member};
use crate::query::Both;
use crate::reports::{execution_list, test_case, test_result_list};
use crate::{audit, mail, search};

/// The SQL texts of all lists that [`crate::list`] makes, for each order and direction.
pub fn statements_by_order() -> Vec<&'static str> {
    let lists = [
        member::MEMBERS,
        member::REMOVED_MEMBERS,
        invitation::OPEN_INVITATIONS,
        mail::MAILS,
        mail::MAILS_OF_SCOPE,
        audit::EVENTS,
        audit::EVENTS_OF_ORGANIZATION,
        execution_list::EXECUTIONS,
        test_case::TEST_CASES,
        test_result_list::RESULTS,
    ];
    lists.into_iter().flatten().flat_map(|order| [order.ascending, order.descending]).collect()
}

/// All other statements that are put together from parts.
pub fn statements_of_parts() -> Vec<Both> {
    let invitations = [invitation::BY_ID, invitation::BY_TOKEN, invitation::OPEN_BY_EMAIL].map(Both::same);
    invitations.into_iter().chain([invitations::CHOSEN]).chain(search::STATEMENTS).collect()
}
