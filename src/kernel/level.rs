//! Which way the arithmetic goes: the portable one, or the instructions that this processor was asked for.

/// Proof that this processor has the vector instructions that the fast kernels use: AVX-512 F, BW, DQ, VL, IFMA, VBMI and
/// VBMI2, GFNI, SHA. Whoever holds one may call them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Avx512(());

impl Avx512 {
    /// Asks the processor.
    pub fn detect() -> Option<Self> {
        available().then_some(Self(()))
    }
}

/// The way that a kernel takes. Every answer is the same on both.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Level {
    /// Plain words, on every machine: the reference.
    Portable,
    /// Eight lanes of 64 bits.
    Avx512(Avx512),
}

impl Level {
    /// The fastest way of this processor.
    pub fn best() -> Self {
        Avx512::detect().map_or(Self::Portable, Self::Avx512)
    }

    /// The name that people force it by and are told.
    pub fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::Avx512(_) => "avx512",
        }
    }
}

/// The features that the fast way asks for, each with whether this processor has it; none on other machines.
pub fn features() -> Vec<(&'static str, bool)> {
    #[cfg(target_arch = "x86_64")]
    {
        macro_rules! each {
            ($($feature:tt)*) => { vec![$(($feature, is_x86_feature_detected!($feature))),*] };
        }
        each!("avx512f" "avx512bw" "avx512dq" "avx512vl" "avx512ifma" "avx512vbmi" "avx512vbmi2" "gfni" "sha" "ssse3"
            "sse4.1")
    }
    #[cfg(not(target_arch = "x86_64"))]
    Vec::new()
}

fn available() -> bool {
    let features = features();
    !features.is_empty() && features.iter().all(|(_, has)| *has)
}
