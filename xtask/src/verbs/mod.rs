//! One file per verb of `cargo xtask`.

pub(crate) mod bench;
pub(crate) mod check;
pub(crate) mod dist;
pub(crate) mod generate;
pub(crate) mod mutants;
pub(crate) mod run;
pub(crate) mod test;
