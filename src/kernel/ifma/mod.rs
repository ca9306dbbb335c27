//! Eight numbers at once: residues in limbs of 52 bits, one lane each, with AVX-512 IFMA. Verification alone: all numbers
//! are public, and time tells them.

mod cold;
mod digits;
pub mod field;
mod lanes;
mod points;
pub mod rsa;
mod sum;
mod table;
pub mod verify;
