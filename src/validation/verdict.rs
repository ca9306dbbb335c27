//! The words of EN 319 102-1 for an answer, and the one order of precedence between them.

use serde::Serialize;

/// Main status (EN 319 102-1 §5.1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Indication {
    /// Every check that the policy asks for was made and held.
    TotalPassed,
    /// It cannot be told from what is at hand.
    Indeterminate,
    /// The signature is bad, or its certificate was.
    TotalFailed,
}

/// Why not `TOTAL_PASSED` (EN 319 102-1 table 6), in the order of precedence: where several hold, the first is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are the standard's")]
pub enum SubIndication {
    FormatFailure,
    HashFailure,
    SigCryptoFailure,
    NotYetValid,
    SignedDataNotFound,
    NoSigningCertificateFound,
    SigConstraintsFailure,
    RevokedNoPoe,
    RevokedCaNoPoe,
    NoCertificateChainFound,
    CertificateChainGeneralFailure,
    ChainConstraintsFailure,
    CryptoConstraintsFailureNoPoe,
    OutOfBoundsNoPoe,
    OutOfBoundsNotRevoked,
    TryLater,
}

impl SubIndication {
    /// The main status that it belongs to.
    pub fn indication(self) -> Indication {
        match self {
            Self::FormatFailure | Self::HashFailure | Self::SigCryptoFailure | Self::NotYetValid => {
                Indication::TotalFailed
            }
            _ => Indication::Indeterminate,
        }
    }
}

/// An answer: main status and, where it is not `TOTAL_PASSED`, why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Main status.
    pub indication: Indication,
    /// Why; `None` exactly for `TOTAL_PASSED`.
    pub sub_indication: Option<SubIndication>,
}

impl Verdict {
    /// The answer that a set of findings adds up to: passed where there are none, else the first in precedence.
    pub fn of(findings: impl IntoIterator<Item = SubIndication>) -> Self {
        match findings.into_iter().min() {
            None => Self { indication: Indication::TotalPassed, sub_indication: None },
            Some(first) => Self { indication: first.indication(), sub_indication: Some(first) },
        }
    }

    /// The worst of several answers: a document is as good as its worst signature.
    pub fn worst(all: impl IntoIterator<Item = Self>) -> Option<Self> {
        all.into_iter().max_by_key(|v| (v.indication, v.sub_indication.map(std::cmp::Reverse)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_finding_passes_and_any_finding_does_not() {
        assert_eq!(Verdict::of([]).indication, Indication::TotalPassed);
        assert_eq!(Verdict::of([SubIndication::TryLater]).indication, Indication::Indeterminate);
    }

    #[test]
    fn a_failure_takes_precedence_over_every_indetermination() {
        let verdict = Verdict::of([SubIndication::TryLater, SubIndication::SigCryptoFailure]);
        assert_eq!(verdict.sub_indication, Some(SubIndication::SigCryptoFailure));
        assert_eq!(verdict.indication, Indication::TotalFailed);
    }

    #[test]
    fn precedence_never_puts_an_indetermination_before_a_failure() {
        use SubIndication as S;
        let all = [
            S::FormatFailure,
            S::HashFailure,
            S::SigCryptoFailure,
            S::NotYetValid,
            S::SignedDataNotFound,
            S::NoSigningCertificateFound,
            S::SigConstraintsFailure,
            S::RevokedNoPoe,
            S::RevokedCaNoPoe,
            S::NoCertificateChainFound,
            S::CertificateChainGeneralFailure,
            S::ChainConstraintsFailure,
            S::CryptoConstraintsFailureNoPoe,
            S::OutOfBoundsNoPoe,
            S::OutOfBoundsNotRevoked,
            S::TryLater,
        ];
        for one in all {
            for other in all {
                let worse = one.indication().max(other.indication());
                assert_eq!(Verdict::of([one, other]).indication, worse, "{one:?} with {other:?}");
            }
        }
    }

    #[test]
    fn a_document_is_as_good_as_its_worst_signature() {
        let (good, bad) = (Verdict::of([]), Verdict::of([SubIndication::HashFailure]));
        let unsure = Verdict::of([SubIndication::TryLater]);
        assert_eq!(Verdict::worst([good, bad, unsure]), Some(bad));
        assert_eq!(Verdict::worst([unsure, good]), Some(unsure));
        assert_eq!(Verdict::worst([]), None);
    }
}
