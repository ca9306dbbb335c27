//! The `verify` field of the Kazakh index: what an independent implementation found, as typed statements. A statement
//! that is not understood is an error, never passed over.

/// One finding about a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Statement {
    /// The signed message digest is that of the content.
    Digest(bool),
    /// The signature of the signer with this common name holds.
    Signer(String, bool),
    /// The time stamp that follows is about the signature before it.
    Imprint(bool),
    /// The certificate with this common name is signed by the CA in this file; `None`: by nobody at hand.
    Chain(String, Option<String>),
    /// The file is a certificate (or a container's certificate) signed by the CA in this file.
    SignedBy(Option<String>),
    /// The file is a certificate that signed itself.
    SelfSigned(bool),
    /// The file is a CRL signed by the CA in this file.
    CrlBy(String, bool),
    /// The OCSP response is signed by its embedded certificate.
    Embedded(bool),
    /// The embedded certificate is signed by the CA in this file.
    ResponderBy(String, bool),
    /// The container's MAC holds and its key belongs to its certificate.
    KeyMatches,
    /// The raw vector: digest, key pair and signature.
    RawVector(bool),
    /// A part of a format that we do not read holds: XML reference, XML signature, object of a ZIP container.
    Elsewhere(bool),
}

/// Reads a whole field.
pub(crate) fn parse(field: &str) -> Result<Vec<Statement>, String> {
    if field.is_empty() || field == "n/a" || field == "digest: None" {
        return Ok(Vec::new());
    }
    if let Some(rest) = field.strip_prefix("MAC OK; private key matches certificate: True (") {
        let (_, signed) = rest.split_once("; cert: ").ok_or_else(|| unknown(field))?;
        return Ok(vec![Statement::KeyMatches, one(signed)?]);
    }
    if let Some(list) = field.strip_prefix("digest(gost-engine Streebog)=True; d*G==Q True; signature verifies as ") {
        return Ok(vec![Statement::RawVector(holds(list)?)]);
    }
    field.split(" / ").map(one).collect()
}

fn one(text: &str) -> Result<Statement, String> {
    if let Some(list) = text.strip_prefix("messageDigest: ") {
        return Ok(Statement::Digest(holds(list)?));
    }
    if let Some(list) = text.strip_prefix("imprint over signature: ") {
        return Ok(Statement::Imprint(holds(list)?));
    }
    if let Some(list) = text.strip_prefix("self-signature: ") {
        return Ok(Statement::SelfSigned(holds(list)?));
    }
    if let Some(list) = text.strip_prefix("sig by embedded: ") {
        return Ok(Statement::Embedded(holds(list)?));
    }
    if let Some(list) = text.strip_prefix("digest: ") {
        return Ok(Statement::Elsewhere(holds(list)?));
    }
    if let Some(rest) = text.strip_prefix("signer cert ") {
        let (name, list) = rest.rsplit_once(" sig: ").ok_or_else(|| unknown(text))?;
        return Ok(Statement::Signer(name.to_owned(), holds(list)?));
    }
    if let Some(rest) = text.strip_prefix("cert ") {
        let (_, list) = rest.rsplit_once(" sig: ").ok_or_else(|| unknown(text))?;
        return Ok(Statement::Elsewhere(holds(list)?));
    }
    if let Some(rest) = text.strip_prefix("chain: ") {
        let (name, signed) = rest.split_once(" -> ").ok_or_else(|| unknown(text))?;
        return Ok(Statement::Chain(name.to_owned(), issuer(signed)?));
    }
    if let Some(rest) = text.strip_prefix("responder cert issued by ") {
        let (file, found) = rest.split_once(' ').ok_or_else(|| unknown(text))?;
        let holds = if found.starts_with('[') { holds(found)? } else { issuer(found)?.as_deref() == Some(file) };
        return Ok(Statement::ResponderBy(file.to_owned(), holds));
    }
    if let Some(rest) = text.strip_prefix("object ") {
        return if rest.contains("] digest OK ") { Ok(Statement::Elsewhere(true)) } else { Err(unknown(text)) };
    }
    if let Some((file, list)) = text.strip_prefix("issuer ").and_then(|rest| rest.split_once(" sig ")) {
        return Ok(Statement::CrlBy(file.to_owned(), holds(list)?));
    }
    issuer(text).map(Statement::SignedBy)
}

/// `signature OK, issuer FILE DETAIL` or `issuer not available`.
fn issuer(text: &str) -> Result<Option<String>, String> {
    if text == "issuer not available" {
        return Ok(None);
    }
    let rest = text.strip_prefix("signature OK, issuer ").ok_or_else(|| unknown(text))?;
    let (file, detail) = rest.split_once(' ').ok_or_else(|| unknown(text))?;
    let understood = detail.starts_with("RSA-sha256") || detail.ends_with("'r_LE||s_LE (KZ)')");
    if understood { Ok(Some(file.to_owned())) } else { Err(unknown(text)) }
}

/// A list of the conventions under which something verified; an empty one is a failure.
fn holds(list: &str) -> Result<bool, String> {
    let inside = list.strip_prefix('[').and_then(|l| l.strip_suffix(']')).ok_or_else(|| unknown(list))?;
    let item = inside.starts_with(['\'', '(']);
    if inside.is_empty() || item { Ok(!inside.is_empty()) } else { Err(unknown(list)) }
}

fn unknown(text: &str) -> String {
    format!("the index says something that is not understood: {text:?}")
}

#[cfg(test)]
mod tests {
    use super::{Statement, parse};

    #[test]
    fn findings_are_read() {
        let field = "messageDigest: ['sha256'] / signer cert A B sig: [] / imprint over signature: ['sha256'] / \
                     chain: A B -> signature OK, issuer nca_rsa.pem RSA-sha256 / chain: C -> issuer not available";
        let chain = |name: &str, file: Option<&str>| Statement::Chain(name.into(), file.map(str::to_owned));
        let expected = [
            Statement::Digest(true),
            Statement::Signer("A B".into(), false),
            Statement::Imprint(true),
            chain("A B", Some("nca_rsa.pem")),
            chain("C", None),
        ];
        assert_eq!(parse(field).unwrap(), expected);
        assert_eq!(parse("issuer not available").unwrap(), [Statement::SignedBy(None)]);
        assert_eq!(parse("n/a").unwrap(), []);
    }

    #[test]
    fn what_is_not_understood_is_an_error() {
        for field in [
            "messageDigest: maybe",
            "messageDigest: [maybe]",
            "signature perhaps, issuer a.cer RSA-sha256",
            "signature OK, issuer a.cer DSA",
            "MAC OK; private key matches certificate: False (1.2.3); cert: issuer not available",
            "object a.txt ['x'] digest WRONG",
            "chain: A",
            "something else",
        ] {
            assert!(parse(field).is_err(), "{field}");
        }
    }
}
