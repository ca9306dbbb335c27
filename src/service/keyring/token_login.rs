//! Logging in to tokens: a wrong PIN is tried once in a process, whatever aliases have it, and no PIN passes unseen.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use cryptoki::error::{Error as ModuleError, RvError};
use cryptoki::session::{Session, UserType};
use cryptoki::types::AuthPin;

use super::token::refused;
use super::token_file::TokenFile;
use super::{Secret, TokenError};
use crate::x509::Fingerprint;

/// What the token of a module and a label said of PINs.
#[derive(Default)]
struct Logins {
    /// Refused, with what the module said: asked again, the token would lock itself.
    refused: BTreeMap<Fingerprint, String>,
    /// The last one let in. While one session is open, the token does not look at any other PIN (PKCS#11 v2.40 §5.6).
    accepted: Option<Fingerprint>,
}

type Tokens = BTreeMap<(PathBuf, String), Arc<Mutex<Logins>>>;

/// A module belongs to the whole process, and so do its logins.
static TOKENS: Mutex<Tokens> = Mutex::new(Tokens::new());

/// Logs in, where this PIN was not refused before.
///
/// *Errors*: `Pin`, `OtherPin`, `Refused`.
pub(super) fn log_in(session: &Session, described: &TokenFile, pin: &Secret) -> Result<(), TokenError> {
    let mut tokens = TOKENS.lock().unwrap_or_else(PoisonError::into_inner);
    let token = (described.module.clone(), described.token.clone());
    let logins = Arc::clone(tokens.entry(token).or_default());
    drop(tokens);
    // Held over the login: two that come at the same time would both ask.
    let mut logins = logins.lock().unwrap_or_else(PoisonError::into_inner);
    let fingerprint = Fingerprint::of(pin.text().as_bytes());
    if let Some(cause) = logins.refused.get(&fingerprint) {
        return Err(TokenError::Pin { cause: cause.clone() });
    }
    match session.login(UserType::User, Some(&AuthPin::new(pin.text().into()))) {
        Ok(()) => {
            // Whatever was let in before may have been changed since.
            logins.accepted = Some(fingerprint);
            Ok(())
        }
        Err(ModuleError::Pkcs11(RvError::UserAlreadyLoggedIn, _)) if logins.accepted == Some(fingerprint) => Ok(()),
        Err(ModuleError::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Err(TokenError::OtherPin),
        Err(cause @ ModuleError::Pkcs11(error, _)) if is_about_pin(error) => {
            let cause = cause.to_string();
            logins.refused.insert(fingerprint, cause.clone());
            Err(TokenError::Pin { cause })
        }
        Err(cause) => Err(refused(&cause)),
    }
}

fn is_about_pin(error: RvError) -> bool {
    use RvError as R;
    matches!(error, R::PinIncorrect | R::PinInvalid | R::PinLenRange | R::PinExpired | R::PinLocked)
}
