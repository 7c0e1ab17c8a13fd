//! Parts that the tests share: servers and programs that they start.

pub mod api;
pub mod attack;
#[cfg(target_os = "linux")]
pub mod booted;
pub mod caller;
pub mod forwarder;
pub mod mail_server;
pub mod many_rows;
pub mod people;
pub mod postgres;
pub mod programs;
pub mod restart;
pub mod seats;
pub mod small_disk;
