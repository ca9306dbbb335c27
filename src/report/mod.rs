//! A verdict told to machines and people. Nothing is judged here.

mod human;
mod line;

pub use human::render;
pub use line::{Answer, Line, PermitAnswer, ProblemObject, Subject, line};
