//! A verdict told to machines and people. Nothing is judged here.

mod algorithms;
mod compact;
mod human;
mod line;

pub use algorithms::{algorithms_json, algorithms_markdown};
pub use compact::{write_compact, write_compact_problem};
pub use human::{render, render_explanation};
pub use line::{Answer, Line, PermitAnswer, ProblemObject, Subject, line};
