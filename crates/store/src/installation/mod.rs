//! The installation as a whole: its settings, its clock, folded texts of older rows, the overview.

pub mod clock;
pub mod folded;
pub mod overview;
pub mod setting;
