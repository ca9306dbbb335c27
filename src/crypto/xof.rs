//! SHAKE (FIPS 202 §6.2): output of any size, in one piece or streamed.

use shake::digest::{ExtendableOutput, Update, XofReader};

/// SHAKE128 under way.
#[derive(Clone, Default)]
pub(super) struct Shake128(shake::Shake128);

/// SHAKE256 under way.
#[derive(Clone, Default)]
pub(super) struct Shake256(shake::Shake256);

impl Shake128 {
    pub(super) fn update(&mut self, octets: &[u8]) {
        Update::update(&mut self.0, octets);
    }

    pub(super) fn finish(self, size: usize) -> Vec<u8> {
        squeeze(self.0, size)
    }
}

impl Shake256 {
    pub(super) fn update(&mut self, octets: &[u8]) {
        Update::update(&mut self.0, octets);
    }

    pub(super) fn finish(self, size: usize) -> Vec<u8> {
        squeeze(self.0, size)
    }
}

/// SHAKE128 over the pieces.
pub(super) fn shake128(pieces: &[&[u8]], size: usize) -> Vec<u8> {
    let mut state = Shake128::default();
    pieces.iter().for_each(|piece| state.update(piece));
    state.finish(size)
}

/// SHAKE256 over the pieces.
pub(super) fn shake256(pieces: &[&[u8]], size: usize) -> Vec<u8> {
    let mut state = Shake256::default();
    pieces.iter().for_each(|piece| state.update(piece));
    state.finish(size)
}

fn squeeze(state: impl ExtendableOutput, size: usize) -> Vec<u8> {
    let mut out = vec![0; size];
    state.finalize_xof().read(&mut out);
    out
}
