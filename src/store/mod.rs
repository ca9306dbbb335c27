//! What is kept on disk: files.

pub mod files;
