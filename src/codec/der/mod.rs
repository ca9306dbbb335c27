//! DER and BER: a reader that never copies and never loses its place, and a writer that nests.

mod read;
mod write;

pub use read::{Encoding, Reader, Tlv};
pub use write::{
    bit_string, boolean, context, context_primitive, enumerated, generalized_time, ia5_string, integer, integer_u64,
    null, octet_string, oid, printable_string, sequence, set_of, tlv, utc_time, utf8_string,
};

/// Identifier octets of the universal types we meet.
pub mod tag {
    #![expect(missing_docs, reason = "the names are X.690's")]
    pub const BOOLEAN: u8 = 0x01;
    pub const INTEGER: u8 = 0x02;
    pub const BIT_STRING: u8 = 0x03;
    pub const OCTET_STRING: u8 = 0x04;
    pub const NULL: u8 = 0x05;
    pub const OID: u8 = 0x06;
    pub const ENUMERATED: u8 = 0x0a;
    pub const UTF8_STRING: u8 = 0x0c;
    pub const PRINTABLE_STRING: u8 = 0x13;
    pub const IA5_STRING: u8 = 0x16;
    pub const UTC_TIME: u8 = 0x17;
    pub const GENERALIZED_TIME: u8 = 0x18;
    pub const BMP_STRING: u8 = 0x1e;
    pub const SEQUENCE: u8 = 0x30;
    pub const SET: u8 = 0x31;
    /// Set in the identifier octet of every constructed value.
    pub const CONSTRUCTED: u8 = 0x20;
    /// Context-specific class, primitive; add the tag number.
    pub const CONTEXT: u8 = 0x80;
    /// Context-specific class, constructed; add the tag number.
    pub const CONTEXT_CONSTRUCTED: u8 = 0xa0;
}

#[cfg(test)]
mod tests;
