//! NameConstraints (RFC 5280 §4.2.1.10): read here, applied in `path`.

use super::extension::{Extension, ExtensionValue, whole};
use super::{GeneralName, oids};
use crate::codec::der::{Reader, Tlv, tag};
use crate::codec::{Malformed, MalformedKind};

/// Which names may stand below an authority, and which may not.
///
/// ASN.1: `SEQUENCE { permittedSubtrees [0] GeneralSubtrees OPTIONAL, excludedSubtrees [1] GeneralSubtrees OPTIONAL }`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NameConstraints {
    /// Of each form that stands here, names must lie within one of these.
    pub permitted: Vec<GeneralName>,
    /// No name may lie within one of these.
    pub excluded: Vec<GeneralName>,
}

pub(super) fn name_constraints(all: &[Extension]) -> ExtensionValue<NameConstraints> {
    whole(all, oids::NAME_CONSTRAINTS, |mut outer| {
        let mut reader = outer.sequence()?;
        outer.finish()?;
        let mut list = |number: u8| -> Result<Vec<GeneralName>, Malformed> {
            let found = reader.optional(tag::CONTEXT_CONSTRUCTED | number)?;
            found.map_or_else(|| Ok(Vec::new()), |subtrees| subtrees_of(&subtrees))
        };
        let constraints = NameConstraints { permitted: list(0)?, excluded: list(1)? };
        reader.finish()?;
        // "Conforming CAs MUST NOT issue certificates where name constraints is an empty sequence."
        if constraints == NameConstraints::default() {
            return Err(reader.malformed(MalformedKind::Value));
        }
        Ok(constraints)
    })
}

/// ASN.1: `GeneralSubtree ::= SEQUENCE { base GeneralName, minimum [0] INTEGER DEFAULT 0, maximum [1] INTEGER OPTIONAL }`
fn subtrees_of(list: &Tlv<'_>) -> Result<Vec<GeneralName>, Malformed> {
    let mut reader: Reader<'_> = list.reader();
    let mut bases = Vec::new();
    while !reader.is_empty() {
        let mut subtree = reader.sequence()?;
        bases.push(GeneralName::parse(&subtree.any()?)?);
        // "minimum MUST be zero, and maximum MUST be absent": a default is not written in DER, and whatever else stands
        // here asks for a rule that nobody implements.
        subtree.finish()?;
    }
    // SIZE (1..MAX)
    if bases.is_empty() { Err(list.malformed(MalformedKind::Value)) } else { Ok(bases) }
}
