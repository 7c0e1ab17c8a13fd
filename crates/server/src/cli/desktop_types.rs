//! The shapes that the desktop window's commands and their events have, as an OpenAPI document without paths: the UI's
//! types are made from it as from the API's own.

use testkeep_domain::desktop::{ControlStatus, HostInfo, Installation, ServerReport};
use testkeep_domain::finding::{Finding, Level};
use testkeep_domain::jdbc::{JdbcUrl, JdbcUrlError};
use testkeep_domain::log_tail::LogLines;
use testkeep_domain::progress::Event;
use testkeep_domain::{Report, answers::Answers};
use testkeep_setup::check::database::DatabaseCheck;
use testkeep_setup::check::{Defaults, DestinationCheck, PortsCheck, ServerUrlCheck, UploadLocationCheck};
use utoipa::{OpenApi, PartialSchema};

use super::check::LicenseCheck;
use crate::http::openapi;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Testkeep desktop",
        version = "1",
        description = "",
        license(name = "MIT"),
        contact(name = "")
    ),
    components(schemas(
        HostInfo,
        Installation,
        ServerReport,
        ControlStatus,
        LogLines,
        Answers,
        Event,
        Finding,
        Level,
        Defaults,
        DestinationCheck,
        UploadLocationCheck,
        PortsCheck,
        DatabaseCheck,
        ServerUrlCheck,
        LicenseCheck,
        JdbcUrl,
        JdbcUrlError
    ))
)]
struct Desktop;

/// The document as committed.
pub(super) fn to_json() -> String {
    let mut document = Desktop::openapi();
    if let Some(components) = &mut document.components {
        // Its details are those of the check.
        components.schemas.insert("Report".into(), Report::<()>::schema());
    }
    openapi::render(&document)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_desktops_shapes_are_as_committed() {
        let committed = include_str!("../../desktop.json").replace('\r', "");
        assert!(
            committed == super::to_json(),
            "crates/server/desktop.json is out of date: run cargo xtask gen"
        );
    }
}
