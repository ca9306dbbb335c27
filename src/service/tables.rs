//! The thread that computes the multiples of keys beside what waits for answers.

use std::thread;

/// Starts it, where there is none yet. Without it, as where the system gives no thread, they are computed in line.
pub fn build_tables_aside() {
    #[cfg(target_arch = "x86_64")]
    if let Some(builder) = crate::crypto::batch::TableBuilder::new() {
        // A thread that is not made drops the builder, and with it its turn.
        let _ = thread::Builder::new().name("tables".to_owned()).spawn(move || builder.run());
    }
}
