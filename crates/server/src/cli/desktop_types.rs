//! The types of the desktop window's commands and events, as an OpenAPI document without paths. The UI's types are
//! generated from it, as from the API's document.

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

/// The document in its committed form.
pub(super) fn to_json() -> String {
    let mut document = Desktop::openapi();
    if let Some(components) = &mut document.components {
        // The report's details depend on the check.
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
