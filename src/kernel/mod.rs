//! Arithmetic on fixed-size words: Montgomery residues, short Weierstrass curves. No allocation, no errors, no policy.

pub mod binary;
pub mod brainpool;
pub mod curve;
pub mod curves;
pub mod ed448;
#[cfg(target_arch = "x86_64")]
pub mod ifma;
pub mod inverse;
pub mod level;
pub mod module_lattice;
pub mod montgomery;
pub mod prefetch;
pub mod rsa;
#[cfg(target_arch = "x86_64")]
pub mod sha256;
pub mod signature;
#[cfg(target_arch = "x86_64")]
mod slab;
#[cfg(target_arch = "x86_64")]
pub mod streebog;

pub use curve::{Curve, Point};
pub use level::{Avx512, Level};
pub use montgomery::Modulus;
