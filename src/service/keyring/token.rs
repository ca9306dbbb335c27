//! A key in a PKCS#11 token: found by label, asked to sign digests that we make, its values verified before they leave.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error as ModuleError, RvError};
use cryptoki::mechanism::rsa::{PkcsMgfType, PkcsPssParams};
use cryptoki::mechanism::{Mechanism, MechanismType};
use cryptoki::object::{Attribute, AttributeType, ObjectClass, ObjectHandle};
use cryptoki::session::Session;

use super::token_file::{Scheme, TokenFile};
use super::token_login::log_in;
use super::{HeldKey, Secret, TokenError};
use crate::codec::armour;
use crate::codec::der::{self, Encoding, Reader, tag};
use crate::crypto::signer::check_value;
use crate::crypto::{DigestAlgorithm, EcCurve, PssParameters, PublicKey, SignError, SignatureAlgorithm, Signer};
use crate::x509::Certificate;

/// Finds the key, its certificate, and holds them to each other.
pub(super) fn open(described: TokenFile, pin: Secret, certificate: Option<&[u8]>) -> Result<HeldKey, TokenError> {
    let connection = connect(&described, &pin)?;
    let der = match certificate {
        Some(file) => armour::strip(file).map_err(TokenError::Certificate)?.into_owned(),
        None => connection.certificate(&described.key)?,
    };
    let certificate = Certificate::parse(&der).map_err(TokenError::Certificate)?;
    let public = certificate.public_key().map_err(|e| TokenError::CertificateKey(*e))?.clone();
    let algorithm = algorithm(&public, described.scheme)?;
    let belongs = match connection.public_key(&described.key)? {
        Some(told) => told.is_same_pair(&public),
        None => connection.signs_for(&public, algorithm)?,
    };
    if !belongs {
        return Err(TokenError::CertificateMismatch);
    }
    let state = Mutex::new(State::Connected(connection));
    let key = TokenKey { described, pin, public, algorithm, state };
    Ok(HeldKey { key: Arc::new(key), certificate })
}

/// A key in a token. Its session is opened anew once where it was lost.
struct TokenKey {
    described: TokenFile,
    pin: Secret,
    public: PublicKey,
    algorithm: SignatureAlgorithm,
    state: Mutex<State>,
}

enum State {
    Connected(Connection),
    Lost,
    /// The token refused the PIN: asking again would lock it.
    Refused,
}

struct Connection {
    session: Session,
    key: ObjectHandle,
}

impl std::fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenKey").field("token", &self.described.token).finish_non_exhaustive()
    }
}

impl Signer for TokenKey {
    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn signature_algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let value = match self.ask(&mut state, message) {
            // One new session; whoever lost that one too is away.
            Err(SignError::Unavailable) => self.ask(&mut state, message)?,
            asked => asked?,
        };
        drop(state);
        check_value(self.algorithm, &self.public, message, value)
    }
}

impl TokenKey {
    /// Asks the token once, over the session there is or a new one.
    fn ask(&self, state: &mut MutexGuard<'_, State>, message: &[u8]) -> Result<Vec<u8>, SignError> {
        if matches!(**state, State::Lost) {
            **state = match connect(&self.described, &self.pin) {
                Ok(connection) => State::Connected(connection),
                Err(TokenError::Pin { .. }) => State::Refused,
                Err(cause) => {
                    tracing::warn!(token = self.described.token, %cause, "token not reached");
                    State::Lost
                }
            };
        }
        let State::Connected(connection) = &**state else { return Err(SignError::Unavailable) };
        match connection.sign(self.algorithm, message) {
            Ok(value) => Ok(value),
            Err(cause) if is_lost(&cause) => {
                tracing::warn!(token = self.described.token, %cause, "session with the token lost");
                **state = State::Lost;
                Err(SignError::Unavailable)
            }
            Err(cause) => {
                tracing::error!(token = self.described.token, %cause, "the token does not sign");
                Err(SignError::Failed)
            }
        }
    }
}

/// The errors after which a new session may help.
fn is_lost(error: &ModuleError) -> bool {
    use RvError as R;
    let ModuleError::Pkcs11(error, _) = error else { return false };
    matches!(
        error,
        R::SessionClosed
            | R::SessionHandleInvalid
            | R::UserNotLoggedIn
            | R::KeyHandleInvalid
            | R::ObjectHandleInvalid
            | R::DeviceError
            | R::DeviceRemoved
            | R::TokenNotPresent
            | R::TokenNotRecognized
            | R::SlotIdInvalid
            | R::CryptokiNotInitialized
            | R::GeneralError
    )
}

/// A module is initialised once in a process, whoever uses it (PKCS#11 v2.40 §5.4).
fn module(path: &Path) -> Result<Pkcs11, TokenError> {
    static MODULES: Mutex<BTreeMap<PathBuf, Pkcs11>> = Mutex::new(BTreeMap::new());
    let mut modules = MODULES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = modules.get(path) {
        return Ok(known.clone());
    }
    let failed = |cause: ModuleError| TokenError::Module { cause: cause.to_string() };
    let module = Pkcs11::new(path).map_err(failed)?;
    match module.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        Ok(()) | Err(ModuleError::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {}
        Err(cause) => return Err(failed(cause)),
    }
    modules.insert(path.to_owned(), module.clone());
    Ok(module)
}

fn connect(described: &TokenFile, pin: &Secret) -> Result<Connection, TokenError> {
    let module = module(&described.module)?;
    let mut found = Vec::new();
    for slot in module.get_slots_with_token().map_err(|e| refused(&e))? {
        // A token that does not tell its name is not the one.
        if module.get_token_info(slot).is_ok_and(|info| info.label() == described.token) {
            found.push(slot);
        }
    }
    let [slot] = found.as_slice() else {
        return Err(TokenError::NoToken { label: described.token.clone(), count: found.len() });
    };
    let session = module.open_ro_session(*slot).map_err(|e| refused(&e))?;
    log_in(&session, described, pin)?;
    let keys = objects(&session, ObjectClass::PRIVATE_KEY, &described.key)?;
    match keys.as_slice() {
        [key] => Ok(Connection { key: *key, session }),
        _ => Err(TokenError::NoKey { label: described.key.clone(), count: keys.len() }),
    }
}

pub(super) fn refused(cause: &ModuleError) -> TokenError {
    TokenError::Refused { cause: cause.to_string() }
}

fn objects(session: &Session, class: ObjectClass, label: &str) -> Result<Vec<ObjectHandle>, TokenError> {
    session
        .find_objects(&[Attribute::Class(class), Attribute::Label(label.as_bytes().to_vec())])
        .map_err(|e| refused(&e))
}

impl Connection {
    fn certificate(&self, label: &str) -> Result<Vec<u8>, TokenError> {
        let found = objects(&self.session, ObjectClass::CERTIFICATE, label)?;
        let none = TokenError::NoCertificate { label: label.to_owned(), count: found.len() };
        let [certificate] = found.as_slice() else { return Err(none) };
        match self.session.get_attributes(*certificate, &[AttributeType::Value]).map_err(|e| refused(&e))?.as_slice() {
            [Attribute::Value(der)] => Ok(der.clone()),
            _ => Err(none),
        }
    }

    /// The public key as the token tells it; `None` where it does not, or tells something that we do not read.
    fn public_key(&self, label: &str) -> Result<Option<PublicKey>, TokenError> {
        use AttributeType as A;
        let rsa = self.session.get_attributes(self.key, &[A::Modulus, A::PublicExponent]).unwrap_or_default();
        if let [Attribute::Modulus(n), Attribute::PublicExponent(e)] = rsa.as_slice() {
            let algorithm = der::sequence(&[&der::oid(RSA), &der::null()]);
            let key = der::sequence(&[&der::integer(n), &der::integer(e)]);
            return Ok(public_key(&algorithm, &key));
        }
        let found = objects(&self.session, ObjectClass::PUBLIC_KEY, label)?;
        let [public] = found.as_slice() else { return Ok(None) };
        let ec = self.session.get_attributes(*public, &[A::EcParams, A::EcPoint]).unwrap_or_default();
        let [Attribute::EcParams(params), Attribute::EcPoint(point)] = ec.as_slice() else { return Ok(None) };
        // PKCS#11 v2.40 §2.3.3: CKA_EC_POINT is the point inside of an OCTET STRING.
        let mut reader = Reader::new(point, Encoding::Ber, "CKA_EC_POINT");
        let Ok(point) = reader.expect(tag::OCTET_STRING) else { return Ok(None) };
        Ok(public_key(&der::sequence(&[&der::oid(EC), params]), point.content))
    }

    /// Whether a signature made here verifies under the key: asked where the token does not tell its public key.
    fn signs_for(&self, public: &PublicKey, algorithm: SignatureAlgorithm) -> Result<bool, TokenError> {
        let value = self.sign(algorithm, PROBE).map_err(|e| refused(&e))?;
        Ok(check_value(algorithm, public, PROBE, value).is_ok())
    }

    /// Signs a digest made here: every token can, whatever digests it knows itself.
    fn sign(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> Result<Vec<u8>, ModuleError> {
        let digest = algorithm.digest().ok_or(ModuleError::NotSupported)?;
        let digested = digest.digest(message);
        match algorithm {
            SignatureAlgorithm::RsaPkcs1(_) => {
                // RFC 8017 §9.2: DigestInfo.
                let identifier = der::sequence(&[&der::oid(digest.oid()), &der::null()]);
                let info = der::sequence(&[&identifier, &der::octet_string(&digested)]);
                self.session.sign(&Mechanism::RsaPkcs, self.key, &info)
            }
            SignatureAlgorithm::RsaPss(_) => {
                let (hash_alg, mgf) = (MechanismType::SHA256, PkcsMgfType::MGF1_SHA256);
                let parameters = PkcsPssParams { hash_alg, mgf, s_len: 32.into() };
                self.session.sign(&Mechanism::RsaPkcsPss(parameters), self.key, &digested)
            }
            SignatureAlgorithm::Ecdsa(..) => {
                let value = self.session.sign(&Mechanism::Ecdsa, self.key, &digested)?;
                // PKCS#11 v2.40 §2.3.1: r ‖ s; X.509 and CMS have DER (RFC 3279 §2.2.3).
                let (r, s) = value.split_at_checked(value.len() / 2).ok_or(ModuleError::InvalidValue)?;
                Ok(der::sequence(&[&der::integer(r), &der::integer(s)]))
            }
            _ => Err(ModuleError::NotSupported),
        }
    }
}

/// No document: it begins as no structure of ours does.
const PROBE: &[u8] = b"qoltanba: does this key belong to its certificate?";

const RSA: const_oid::ObjectIdentifier = const_oid::ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC: const_oid::ObjectIdentifier = const_oid::ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");

fn public_key(algorithm: &[u8], key: &[u8]) -> Option<PublicKey> {
    PublicKey::from_spki_der(&der::sequence(&[algorithm, &der::bit_string(key)])).ok()
}

/// How a key of this kind signs in a token. GOST mechanisms are every vendor's own: not supported.
fn algorithm(key: &PublicKey, scheme: Scheme) -> Result<SignatureAlgorithm, TokenError> {
    use SignatureAlgorithm as S;
    let unsupported = TokenError::Unsupported { name: key.kind_name() };
    let usual = key.usual_algorithm().ok_or_else(|| unsupported.clone())?;
    match usual {
        S::RsaPkcs1(_) if scheme == Scheme::RsaPss => {
            let sha256 = DigestAlgorithm::Sha256;
            PssParameters::new(sha256, sha256, 32).map(S::RsaPss).ok_or(unsupported)
        }
        S::RsaPkcs1(_) | S::RsaPss(_) | S::Ecdsa(EcCurve::P256 | EcCurve::P384, _) => Ok(usual),
        _ => Err(unsupported),
    }
}
