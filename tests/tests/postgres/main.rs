//! JDBC URL to pool, the stepwise test and the creation of databases, all against real servers.

mod connect;
mod create;
mod probe;
mod servers;
