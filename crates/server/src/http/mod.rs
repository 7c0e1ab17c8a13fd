//! The parts that every request passes: routes, limits, addresses and proxies, headers, errors, the UI's pages.

pub mod address;
pub mod endpoint_table;
pub mod error;
pub mod headers;
pub mod limits;
pub mod metrics;
pub mod openapi;
pub mod origin;
pub mod readiness;
pub mod router;
pub mod ui;
