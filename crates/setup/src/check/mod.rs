//! Checks before anything is changed. Each check takes one answer and returns a report for people and programs.
//!
//! Checks must only read. The one thing they may write is a probe file that they remove at once.

pub mod database;
pub mod defaults;
pub mod destination;
pub mod machine_facts;
mod path_rules;
pub mod ports;
pub mod server_url;
pub mod space;
pub mod upload_location;

pub use defaults::{Defaults, defaults};
pub use destination::{DestinationCheck, Existing, destination};
pub use machine_facts::MachineFacts;
pub use ports::{Holder, PortCheck, PortsCheck, ports};
pub use server_url::{ServerUrlCheck, server_url};
pub use space::disk_space;
pub use upload_location::{UploadLocationCheck, upload_location};
