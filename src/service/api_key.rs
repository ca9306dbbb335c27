//! API keys: made once, shown once, recognised by digest.

use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::codec::armour;
use crate::crypto::{Entropy, EntropyError};
use crate::store::{ApiKey, Digest, Role};
use crate::time::Timestamp;

/// Whose key is to be made, and what for.
#[derive(Clone, Debug)]
pub struct ApiKeyRequest {
    /// What its bearer may do.
    pub role: Role,
    /// Whose it is, in words.
    pub label: String,
    /// BIN of the one issuing body it speaks for; none means any.
    pub scope: Option<String>,
}

/// A key that was just made.
pub struct NewApiKey {
    /// What is kept.
    pub key: ApiKey,
    /// `<key id>.<secret>`, told once and never kept.
    pub bearer: Zeroizing<String>,
}

const KEY_ID_OCTETS: usize = 8;
/// 256 bits: guessing is out of reach, so that a plain digest is enough to keep.
const SECRET_OCTETS: usize = 32;

/// Makes a key; whoever asked has yet to put it into the store.
pub fn make_api_key(
    request: ApiKeyRequest,
    now: Timestamp,
    entropy: &mut dyn Entropy,
) -> Result<NewApiKey, EntropyError> {
    let mut id = [0; KEY_ID_OCTETS];
    entropy.fill(&mut id)?;
    let mut octets = Zeroizing::new([0; SECRET_OCTETS]);
    entropy.fill(&mut *octets)?;
    let secret = Zeroizing::new(armour::hex(&*octets));
    let key = ApiKey {
        key_id: armour::hex(&id),
        secret_digest: Digest::of(secret.as_bytes()),
        role: request.role,
        label: request.label,
        scope: request.scope,
        created_at: now,
        revoked_at: None,
    };
    let bearer = Zeroizing::new(format!("{}.{}", key.key_id, *secret));
    Ok(NewApiKey { key, bearer })
}

/// Whether `secret` opens a key at a time: it is the key's own, and the key is not revoked.
pub fn opens(key: &ApiKey, secret: &str, now: Timestamp) -> bool {
    let same: bool = Digest::of(secret.as_bytes()).0.ct_eq(&key.secret_digest.0).into();
    same && key.revoked_at.is_none_or(|revoked_at| now < revoked_at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::SeededEntropy;

    fn made(seed: &[u8]) -> (ApiKey, String) {
        let request = ApiKeyRequest { role: Role::Issuer, label: "portal".into(), scope: None };
        let new = make_api_key(request, Timestamp::default(), &mut SeededEntropy::new(seed)).unwrap();
        let secret = new.bearer.split_once('.').unwrap().1.to_owned();
        (new.key, secret)
    }

    #[test]
    fn a_key_is_opened_by_its_own_secret_and_by_no_other() {
        let ((key, secret), (_, other)) = (made(b"one"), made(b"two"));
        assert!(opens(&key, &secret, Timestamp::default()));
        for wrong in [other.as_str(), "", &secret[1..]] {
            assert!(!opens(&key, wrong, Timestamp::default()), "{wrong}");
        }
    }

    #[test]
    fn a_key_opens_until_the_instant_of_its_revocation() {
        let (mut key, secret) = made(b"one");
        let revoked_at = Timestamp::from_unix_seconds(100);
        key.revoked_at = Some(revoked_at);
        assert!(opens(&key, &secret, Timestamp::from_unix_millis(99_999)));
        assert!(!opens(&key, &secret, revoked_at));
    }

    #[test]
    fn what_is_kept_does_not_hold_the_secret() {
        let (key, secret) = made(b"one");
        assert!(!format!("{key:?}").contains(&secret));
    }
}
