//! `ALIAS.token.toml`: which key of which token an alias stands for.

use std::path::PathBuf;

use serde::Deserialize;

use super::TokenError;

/// Which key of which token.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TokenFile {
    /// The vendor's library, its whole path.
    pub(super) module: PathBuf,
    /// The token's label.
    pub(super) token: String,
    /// The label of the private key, and of the certificate where that is in the token.
    pub(super) key: String,
    /// The file whose first line is the user's PIN, below the folder of keys.
    pub(super) pin_file: Option<PathBuf>,
    /// The file that holds the certificate, below the folder of keys.
    pub(super) certificate: Option<PathBuf>,
    /// How an RSA key signs.
    #[serde(default)]
    pub(super) scheme: Scheme,
}

/// How an RSA key signs; other keys have one way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Scheme {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    #[default]
    RsaPkcs1,
    /// RSASSA-PSS with SHA-256 and a salt of 32 octets.
    RsaPss,
}

impl TokenFile {
    /// Reads the file.
    pub(super) fn parse(octets: &[u8]) -> Result<Self, TokenError> {
        let text = std::str::from_utf8(octets).map_err(|_| TokenError::File { line: 1 })?;
        let file: Self = toml::from_str(text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            TokenError::File { line: before.matches('\n').count().saturating_add(1) }
        })?;
        // A name without a place would be looked for wherever the loader looks.
        if file.module.is_absolute() { Ok(file) } else { Err(TokenError::RelativeModule) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "module = \"/usr/lib/p11.so\"\ntoken = \"t\"\nkey = \"k\"\n";

    #[test]
    fn a_token_file_names_module_token_and_key_and_nothing_unknown() {
        let parse = |text: &str| TokenFile::parse(text.as_bytes());
        assert_eq!(parse("module = \"/usr/lib/p11.so\"\ntoken = \"t\"\n"), Err(TokenError::File { line: 1 }));
        assert_eq!(parse(&format!("{GOOD}pin = \"1234\"\n")), Err(TokenError::File { line: 4 }));
        assert_eq!(parse(&format!("{GOOD}scheme = \"gost\"\n")), Err(TokenError::File { line: 4 }));
        assert_eq!(parse(&GOOD.replace("/usr/lib/", "")), Err(TokenError::RelativeModule));
        assert_eq!(TokenFile::parse(&[0xff]), Err(TokenError::File { line: 1 }));
        assert_eq!(parse(GOOD).unwrap().scheme, Scheme::RsaPkcs1);
        assert_eq!(parse(&format!("{GOOD}scheme = \"rsa-pss\"\n")).unwrap().scheme, Scheme::RsaPss);
    }
}
