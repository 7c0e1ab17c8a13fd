//! What the tests share: servers and programs they start for themselves.

pub mod api;
pub mod mail_server;
pub mod people;
pub mod postgres;
pub mod programs;
pub mod seats;
