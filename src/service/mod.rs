//! One function per verb: the only place where reading, fetching and keeping meets judgement.

pub mod devkit;
