//! The parts that every request passes: routes, limits, addresses and proxies, headers, errors, the UI's pages.

pub(crate) mod address;
pub(crate) mod endpoint_table;
pub(crate) mod error;
pub(crate) mod headers;
pub(crate) mod limits;
pub(crate) mod metrics;
pub(crate) mod openapi;
pub(crate) mod origin;
pub(crate) mod readiness;
pub(crate) mod router;
pub(crate) mod streamed;
pub(crate) mod ui;
