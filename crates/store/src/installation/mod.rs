//! The installation as a whole: its settings, its clock, folded texts of older rows.

pub mod clock;
pub mod folded;
pub mod setting;
