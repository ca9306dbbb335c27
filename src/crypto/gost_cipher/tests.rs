use super::*;

/// Octets in hexadecimal digits.
fn octets<const N: usize>(text: &str) -> [u8; N] {
    let digits =
        text.as_bytes().chunks(2).map(|two| u8::from_str_radix(std::str::from_utf8(two).unwrap(), 16).unwrap());
    digits.collect::<Vec<_>>().try_into().unwrap()
}

#[test]
fn the_key_changes_where_it_shall() {
    // OpenSSL with the GOST engine 3.0.1: zeros from before the change of the key to after it.
    let key = Zeroizing::new(octets("8899aabbccddeeff0011223344556677fedcba98765432100123456789abcdef"));
    let iv: [u8; 8] = octets("1234567890abcef0");
    let kuznyechik = |section| ctr_acpkm::<Kuznyechik>(&key, &iv, (section, &[0; 4112]));
    let expected: [u8; 32] = octets("40e1468b9e5e964cdb817223bcf2714fb0ec5b8e9e458d83452cd257d02cc417");
    assert_eq!(kuznyechik(4096)[4080..], expected);
    assert_eq!(kuznyechik(8192)[4080..4096], expected[..16]);
    assert_ne!(kuznyechik(8192)[4096..], expected[16..]);
    let magma = ctr_acpkm::<Magma>(&key, &iv[..4], (1024, &[0; 1032]));
    assert_eq!(magma[1016..], octets::<16>("7acf94d6decabb30c848c0880267bcbb"));
    let gost_89 = decrypt_cfb(SBox::Tc26Z, &key, octets("1234567890abcdef"), &[0; 1032]);
    assert_eq!(gost_89[1016..], octets::<16>("a198fdf974e597e96f50d4af13e0cc69"));
}

#[test]
fn a_mac_is_that_of_gost_r_34_13() {
    // GOST R 34.13-2015, A.1.6 and A.2.6: the first octets of the MAC over four whole blocks.
    let key = Zeroizing::new(octets("8899aabbccddeeff0011223344556677fedcba98765432100123456789abcdef"));
    let text: [u8; 64] = octets(
        "1122334455667700ffeeddccbbaa998800112233445566778899aabbcceeff0a112233445566778899aabbcceeff0a002233445566778899aabbcceeff0a0011",
    );
    assert_eq!(omac::<Kuznyechik>(&key, &text, 0x87)[..8], octets::<8>("336f4d296059fbe3"));
    let key = Zeroizing::new(octets("ffeeddccbbaa99887766554433221100f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"));
    let text: [u8; 32] = octets("92def06b3c130a59db54c704f8189d204a98fb2e67a8024c8912409b17b57e41");
    assert_eq!(omac::<Magma>(&key, &text, 0x1b)[..4], octets::<4>("154e7210"));
}
