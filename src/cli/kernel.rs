//! How signatures are computed: options of the whole program, and their place in the environment.

use clap::{Args, ValueEnum};

use super::exit::Failure;
use crate::crypto::batch::{Settings, configure};
use crate::kernel::{Avx512, Level};
use crate::limits::{HOT_TABLES_BYTES, HOT_TABLES_MIB_MAX};
use crate::service;

/// Octets of a MiB.
const MIB: usize = 1024 * 1024;

/// Options before the command.
#[derive(Clone, Copy, Debug, Args)]
#[command(next_help_heading = "How signatures are computed; the answers are the same")]
pub(super) struct KernelArgs {
    /// The way, in place of the fastest of this processor
    #[arg(long, value_name = "WAY", env = "QOLTANBA_KERNEL", value_enum)]
    kernel: Option<Way>,
    /// Memory for the multiples of keys that are met often, in MiB [default: 512]
    #[arg(long, value_name = "MIB", env = "QOLTANBA_TABLES_MIB")]
    tables_mib: Option<usize>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Way {
    /// Plain words, on every machine
    Portable,
    /// Eight lanes of AVX-512
    Avx512,
}

impl KernelArgs {
    /// Fixes them for this process, and lets the multiples be computed beside what waits for answers.
    pub(super) fn apply(self) -> Result<(), Failure> {
        let level = match self.kernel {
            None => Level::best(),
            Some(Way::Portable) => Level::Portable,
            Some(Way::Avx512) => Avx512::detect().map(Level::Avx512).ok_or_else(|| {
                Failure::misuse(
                    "this processor lacks the instructions of the avx512 way; \
                     leave QOLTANBA_KERNEL (--kernel) out, or set it to portable",
                )
            })?,
        };
        let mib = self.tables_mib.unwrap_or(HOT_TABLES_BYTES.value / MIB);
        if mib > HOT_TABLES_MIB_MAX.value {
            let most = HOT_TABLES_MIB_MAX.value;
            return Err(Failure::misuse(format_args!("QOLTANBA_TABLES_MIB (--tables-mib) is {mib}; at most {most}")));
        }
        configure(Settings { level, tables_bytes: mib.saturating_mul(MIB) });
        service::build_tables_aside();
        Ok(())
    }
}
