//! A progress bar on stderr for long work; nothing where stderr is no terminal.

use indicatif::{ProgressBar, ProgressStyle};

/// Makes a bar over `total` documents.
pub(super) fn bar(total: usize) -> ProgressBar {
    let bar = ProgressBar::new(u64::try_from(total).unwrap_or(u64::MAX));
    // INVARIANT: the template is a constant; where indicatif refused it, its default bar is shown.
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} documents, {per_sec}, {eta} left") {
        bar.set_style(style);
    }
    bar
}

/// Moves a bar, where there is one, to `done` of `total`: archives tell late how much they hold.
pub(super) fn advance(bar: Option<&ProgressBar>, done: usize, total: usize) {
    if let Some(bar) = bar {
        bar.set_length(u64::try_from(total).unwrap_or(u64::MAX));
        bar.set_position(u64::try_from(done).unwrap_or(u64::MAX));
    }
}

/// Lets `write` write to the terminal without the bar in between.
pub(super) fn aside<T>(bar: Option<&ProgressBar>, write: impl FnOnce() -> T) -> T {
    match bar {
        Some(bar) => bar.suspend(write),
        None => write(),
    }
}
