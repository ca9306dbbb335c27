//! Lists of trusted entities as they travel: JWS with the list inside (TS 119 602 §6.8, TS 119 182-1), signed with a key that
//! is known beforehand.

use super::entity_list::EntityList;
use crate::codec::jws::{Jws, encode_url};
use crate::codec::{Malformed, armour};
use crate::crypto::{Outcome, SignatureAlgorithm, SignatureClaim, verify_many};
use crate::limits::ENTITY_LIST_BYTES_MAX;
use crate::time::Timestamp;
use crate::x509::Certificate;

/// A signed list that cannot be accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignedListError {
    /// It does not read.
    #[error("the signed list does not read: {0}")]
    Malformed(#[from] Malformed),
    /// The signer is another one than the keeper of this list.
    #[error("the list is not signed under the certificate of its keeper")]
    Signer,
    /// The algorithm does not go with the key, or is not supported.
    #[error("the list is signed with an algorithm that does not go with its keeper's key, or is not supported")]
    Algorithm,
    /// The signature does not hold.
    #[error("the signature on the list does not hold")]
    Signature,
    /// It is made in the future.
    #[error("the list says that it was made at {issued_at}, which has not come yet")]
    NotYet {
        /// When it says it was made.
        issued_at: Timestamp,
    },
    /// The next one was due already.
    #[error("the list is out of date: the next one was due at {next_update}")]
    Stale {
        /// When the next one was due.
        next_update: Timestamp,
    },
}

/// Opens a list that must be signed with the key of `keeper`, be in force at `at`, and name no other signer.
///
/// *Errors*: as listed in [`SignedListError`]. *Cost*: `ENTITY_LIST_BYTES_MAX`, half as much again as base64url.
pub fn open_signed_list(message: &[u8], keeper: &Certificate, at: Timestamp) -> Result<EntityList, SignedListError> {
    let jws = Jws::parse(message, &ENTITY_LIST_BYTES_MAX)?;
    if !names(&jws, keeper) {
        return Err(SignedListError::Signer);
    }
    let key = keeper.public_key().map_err(|_| SignedListError::Algorithm)?;
    let algorithm = SignatureAlgorithm::from_jose(&jws.header.alg, key).ok_or(SignedListError::Algorithm)?;
    let value = algorithm.value_from_jose(&jws.signature).ok_or(SignedListError::Signature)?.into();
    let claim = SignatureClaim { algorithm, key, message: jws.signing_input.into(), value };
    if !matches!(verify_many(&[claim]).as_slice(), [Outcome::Valid(_)]) {
        return Err(SignedListError::Signature);
    }
    let list = EntityList::parse(&jws.payload)?;
    let scheme = &list.scheme;
    if at < scheme.issued_at {
        return Err(SignedListError::NotYet { issued_at: scheme.issued_at });
    }
    // Half-open: at the very time of the next update the next one counts.
    if scheme.next_update <= at {
        return Err(SignedListError::Stale { next_update: scheme.next_update });
    }
    Ok(list)
}

/// Whether whatever the header says of its signer is the keeper; a header that says nothing leaves it to the key.
fn names(jws: &Jws<'_>, keeper: &Certificate) -> bool {
    let by_digest = jws.header.x5t_s256.as_ref().is_none_or(|named| *named == encode_url(&keeper.fingerprint().0));
    let by_value = match &jws.header.x5c {
        None => true,
        Some(path) => {
            path.first().is_some_and(|first| armour::decode(first).is_ok_and(|der| der.as_slice() == keeper.der()))
        }
    };
    by_digest && by_value
}
