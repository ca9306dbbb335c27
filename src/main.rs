//! The binary: the command line, with the HTTP door in its hand for `serve`.

use std::process::ExitCode;

fn main() -> ExitCode {
    qoltanba::cli::run(qoltanba::api::run)
}
