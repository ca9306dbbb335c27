//! CRLs: entries by serial number, reasons, scope.

use super::*;

fn crl(recipe: &CrlRecipe) -> Crl {
    recipe.sign(&pki::name("root"), &pki::key("root"))
}

fn entry(extensions: &[Vec<u8>]) -> RevokedEntry {
    crl(&CrlRecipe::new(1).revoke(7, day(5), extensions)).entry(&[7]).unwrap().clone()
}

#[test]
fn a_list_says_who_when_and_whom() {
    let crl = crl(&CrlRecipe::new(300).revoke(7, day(5), &[]).revoke(200, day(6), &[]));
    assert_eq!((crl.issuer(), crl.this_update(), crl.next_update()), (&pki::name("root"), day(90), Some(day(120))));
    assert_eq!((crl.entry_count(), crl.crl_number(), crl.is_delta()), (2, Some(&[1, 44][..]), false));
    assert_eq!(crl.entry(&[7]).unwrap().revocation_date, day(5));
    // 200 is written with a sign octet.
    assert!(crl.entry(&[0, 200]).is_some());
    assert!(crl.entry(&[200]).is_none() && crl.entry(&[8]).is_none());
}

#[test]
fn reasons_are_read_by_code_and_the_unused_one_is_not_understood() {
    for code in 0..=12 {
        let entry = entry(&[reason(code)]);
        assert_eq!(entry.reason, RevocationReason::from_code(code));
        assert_eq!(entry.unknown_critical_extension, matches!(code, 7 | 11 | 12), "{code}");
    }
    assert_eq!(entry(&[]).reason, None);
    assert!(!entry(&[]).unknown_critical_extension);
}

#[test]
fn an_invalidity_date_is_read_and_other_entry_extensions_count_where_critical() {
    assert_eq!(entry(&[invalid_since(day(3))]).invalidity_date, Some(day(3)));
    let nobodys = |critical| encode_extension(ObjectIdentifier::new_unwrap("1.2.3.4"), critical, &der::null());
    assert!(entry(&[nobodys(true)]).unknown_critical_extension);
    assert!(!entry(&[nobodys(false)]).unknown_critical_extension);
}

#[test]
fn a_serial_number_that_stands_twice_hides_nothing_in_either_order() {
    let twice = |one: (i64, Vec<Vec<u8>>), two: (i64, Vec<Vec<u8>>)| {
        let recipe = |a: &(i64, Vec<Vec<u8>>), b: &(i64, Vec<Vec<u8>>)| {
            CrlRecipe::new(1).revoke(7, day(a.0), &a.1).revoke(7, day(b.0), &b.1)
        };
        let (forth, back) = (crl(&recipe(&one, &two)), crl(&recipe(&two, &one)));
        assert_eq!(forth.entry(&[7]), back.entry(&[7]));
        forth.entry(&[7]).unwrap().clone()
    };
    assert_eq!(twice((5, vec![]), (6, vec![])).revocation_date, day(5));
    // A hold and a removal never stand before a revocation, nor a dated one before a compromise.
    let graver = twice((5, vec![reason(6)]), (6, vec![reason(4)]));
    assert_eq!((graver.revocation_date, graver.reason), (day(5), Some(RevocationReason::Superseded)));
    let graver = twice((5, vec![reason(8)]), (6, vec![reason(6)]));
    assert_eq!(graver.reason, Some(RevocationReason::CertificateHold));
    let graver = twice((5, vec![reason(4)]), (6, vec![reason(1)]));
    assert_eq!(graver.reason, Some(RevocationReason::KeyCompromise));
    let same_day = twice((5, vec![reason(1), invalid_since(day(3))]), (5, vec![reason(1), invalid_since(day(2))]));
    assert_eq!(same_day.invalidity_date, Some(day(2)));
    let undated = twice((5, vec![reason(1)]), (5, vec![reason(1), invalid_since(day(2))]));
    assert_eq!((undated.reason, undated.invalidity_date), (Some(RevocationReason::KeyCompromise), None));
    let nobodys = encode_extension(ObjectIdentifier::new_unwrap("1.2.3.4"), true, &der::null());
    assert!(twice((5, vec![]), (6, vec![nobodys])).unknown_critical_extension);
}

fn scope(fields: &[Vec<u8>]) -> ExtensionValue<IssuingDistributionPoint> {
    let value = der::sequence(&fields.iter().map(Vec::as_slice).collect::<Vec<_>>());
    crl(&CrlRecipe::new(1).with(oids::ISSUING_DISTRIBUTION_POINT, true, &value)).issuing_distribution_point().clone()
}

#[test]
fn the_scope_of_a_list_is_read_field_by_field() {
    let flag = |number, value| der::context_primitive(number, &[value]);
    assert_eq!(*crl(&CrlRecipe::new(1)).issuing_distribution_point(), ExtensionValue::Absent);
    let read = |fields: &[Vec<u8>]| scope(fields).present().cloned().unwrap();
    let empty = read(&[]);
    assert!(!(empty.only_user || empty.only_ca || empty.only_attribute || empty.indirect) && empty.name.is_none());
    assert!(read(&[flag(1, 0xff)]).only_user && read(&[flag(2, 0xff)]).only_ca);
    assert!(read(&[flag(4, 0xff)]).indirect && read(&[flag(5, 0xff)]).only_attribute);
    assert!(!read(&[flag(4, 0)]).indirect);
    for broken in [flag(1, 1), flag(6, 0xff), der::context(0, &[]), der::context_primitive(3, &[8, 0])] {
        assert_eq!(scope(std::slice::from_ref(&broken)), ExtensionValue::Unreadable, "{broken:02x?}");
    }
    assert_eq!(scope(&[flag(2, 0xff), flag(1, 0xff)]), ExtensionValue::Unreadable, "out of order");
}

#[test]
fn reasons_are_bits_from_one_to_eight() {
    let reasons = |content: &[u8]| scope(&[der::context_primitive(3, content)]).present().unwrap().only_some_reasons;
    let (key_compromise, aa_compromise) = (reasons(&[6, 0x40]).unwrap(), reasons(&[7, 0, 0x80]).unwrap());
    assert_eq!(key_compromise.and(aa_compromise), ReasonFlags::NONE);
    assert_eq!(reasons(&[7, 0x7f, 0x80]), Some(ReasonFlags::ALL));
    assert_eq!(reasons(&[0, 0x3f]).unwrap().or(key_compromise).or(aa_compromise), ReasonFlags::ALL);
    // Bit 0 is unused and counts for nothing.
    assert_eq!(reasons(&[7, 0x80]), Some(ReasonFlags::NONE));
}

#[test]
fn an_entry_stands_under_the_issuer_named_last() {
    // RFC 5280 §5.3.3
    let named = |name: &str| {
        let directory = der::context(4, pki::name(name).raw());
        encode_extension(oids::CERTIFICATE_ISSUER, true, &der::sequence(&[&directory]))
    };
    let recipe = CrlRecipe::new(1)
        .revoke(1, day(1), &[])
        .revoke(2, day(2), &[named("other")])
        .revoke(3, day(3), &[])
        .revoke(4, day(4), &[named("ROOT")]);
    let indirect = der::sequence(&[&der::context_primitive(4, &[0xff])]);
    let list = crl(&recipe.clone().with(oids::ISSUING_DISTRIBUTION_POINT, true, &indirect));
    let (own, other) = (pki::name("root"), pki::name("other"));
    let told = |issuer: &Name, serial: u8| list.entry_of(issuer, &[serial]).map(|e| e.revocation_date);
    assert_eq!([1, 2, 3, 4].map(|s| told(&own, s)), [Some(day(1)), None, None, Some(day(4))]);
    assert_eq!([1, 2, 3, 4].map(|s| told(&other, s)), [None, Some(day(2)), Some(day(3)), None]);
    assert!(!list.has_unusable_part());
    assert!(crl(&recipe).has_unusable_part(), "without indirectCRL");
}

#[test]
fn what_cannot_be_used_is_told() {
    let unusable = |recipe: &CrlRecipe| crl(recipe).has_unusable_part();
    assert!(!unusable(&CrlRecipe::new(1)));
    assert!(!unusable(&CrlRecipe::delta(2, 1)));
    let nobodys = ObjectIdentifier::new_unwrap("1.2.3.4");
    assert!(unusable(&CrlRecipe::new(1).with(nobodys, true, &der::null())));
    assert!(!unusable(&CrlRecipe::new(1).with(nobodys, false, &der::null())));
    assert!(unusable(&CrlRecipe::new(1).with(oids::DELTA_CRL_INDICATOR, true, &der::null())));
    let other_issuer = encode_extension(oids::CERTIFICATE_ISSUER, true, &der::sequence(&[]));
    assert!(unusable(&CrlRecipe::new(1).revoke(7, day(5), &[other_issuer])));
    assert!(crl(&CrlRecipe::delta(2, 1)).is_delta());
}

#[test]
fn a_list_that_is_none_is_refused() {
    let good = crl(&CrlRecipe::new(1).revoke(7, day(5), &[reason(1)]));
    assert!(Crl::parse(&[good.der(), &[0]].concat()).is_err());
    assert!(Crl::parse(good.der().get(..good.der().len() - 1).unwrap()).is_err());
    assert!(Crl::parse(pki::root(&Recipe::ca("root"), "root").certificate.der()).is_err());
    let mut version = good.der().to_vec();
    let at = version.windows(3).position(|w| w == [2, 1, 1]).unwrap();
    *version.get_mut(at + 2).unwrap() = 2;
    assert_eq!(Crl::parse(&version).unwrap_err().kind, MalformedKind::Version);
}
