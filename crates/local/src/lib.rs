//! The server on this machine: finds it, starts and stops it, asks it over its control port, reads its log, and
//! registers it with the system's service manager.
//!
//! Used by the install engine, the command line and the desktop window. Must never contain SQL or a rule of the server,
//! and never end a process of another installation.

pub mod control;
pub mod files;
pub mod http;
pub mod installation;
pub mod log_file;
pub mod marker;
pub mod place;
pub mod process;
pub mod service;
