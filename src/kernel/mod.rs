//! Arithmetic on fixed-size words.
