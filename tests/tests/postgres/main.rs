//! From the JDBC URL to the pool, the stepwise test and the creation of databases, all with real servers.

mod connect;
mod create;
mod probe;
mod servers;
