//! The stepwise test of a PostgreSQL database.
