//! How a JDBC URL becomes a pool of PostgreSQL connections.
