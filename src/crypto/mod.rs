//! Algorithms by name.
