//! Exit codes (docs/style: errors), and the one way a command fails.

use std::fmt::Display;
use std::process::ExitCode;

use crate::codec::screen;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Exit {
    /// All passed, or the command did what it was asked.
    Passed,
    /// Some indeterminate, none failed.
    Indeterminate,
    /// Some failed.
    Failed,
    /// The command was used wrongly.
    Misuse,
    /// Input that could not be read.
    Unreadable,
    /// Something outside is away; trying again may help.
    Unavailable,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Passed => 0,
            Exit::Failed => 1,
            Exit::Indeterminate => 2,
            Exit::Misuse => 64,
            Exit::Unreadable => 65,
            Exit::Unavailable => 75,
        })
    }
}

/// A command that could not do its work.
#[derive(Debug)]
pub(super) struct Failure {
    exit: Exit,
    text: String,
}

impl Failure {
    /// The caller asked for something that does not exist or does not go together.
    pub(super) fn misuse(cause: impl Display) -> Self {
        Self { exit: Exit::Misuse, text: cause.to_string() }
    }

    /// Input could not be read.
    pub(super) fn unreadable(cause: impl Display) -> Self {
        Self { exit: Exit::Unreadable, text: cause.to_string() }
    }

    /// Something outside is away.
    pub(super) fn unavailable(cause: impl Display) -> Self {
        Self { exit: Exit::Unavailable, text: cause.to_string() }
    }

    /// Tells it on stderr; whoever closed the pipe needs no telling.
    pub(super) fn tell(&self) -> ExitCode {
        if !self.text.is_empty() {
            eprintln!("qoltanba: {}", screen::lines(&self.text));
        }
        self.exit.into()
    }
}

/// Writes to stdout; what would steer a terminal is escaped. A closed pipe (`| head`) ends the command quietly.
pub(super) fn say(text: impl Display) -> Result<(), Failure> {
    use std::io::Write as _;
    writeln!(std::io::stdout().lock(), "{}", screen::lines(&text.to_string())).map_err(|e| match e.kind() {
        // Not every answer was told, so the command must not say that all passed.
        std::io::ErrorKind::BrokenPipe => Failure { exit: Exit::Unavailable, text: String::new() },
        _ => Failure::unavailable(format_args!("cannot write the answer: {e}")),
    })
}
