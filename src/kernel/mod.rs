//! Arithmetic on fixed-size words: Montgomery residues, short Weierstrass curves. No allocation, no errors, no policy.

pub mod brainpool;
pub mod curve;
pub mod curves;
pub mod ed448;
pub mod module_lattice;
pub mod montgomery;

pub use curve::{Curve, Point};
pub use montgomery::Modulus;
