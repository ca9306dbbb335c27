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

#[test]
fn the_scope_of_a_list_is_told_by_kind_or_not_at_all() {
    let scope = |fields: &[Vec<u8>]| {
        let value = der::sequence(&fields.iter().map(Vec::as_slice).collect::<Vec<_>>());
        crl(&CrlRecipe::new(1).with(oids::ISSUING_DISTRIBUTION_POINT, true, &value)).scope().clone()
    };
    let flag = |number, value| der::context_primitive(number, &[value]);
    assert_eq!(*crl(&CrlRecipe::new(1)).scope(), DistributionScope::Whole);
    let kinds = |only_user, only_ca| DistributionScope::Kinds { only_user, only_ca };
    assert_eq!(scope(&[]), kinds(false, false));
    assert_eq!(scope(&[flag(1, 0xff)]), kinds(true, false));
    assert_eq!(scope(&[flag(2, 0xff)]), kinds(false, true));
    assert_eq!(scope(&[flag(4, 0)]), kinds(false, false));
    for part in [flag(4, 0xff), flag(5, 0xff), flag(1, 1), der::context_primitive(3, &[6, 0x40]), der::context(0, &[])]
    {
        assert_eq!(scope(std::slice::from_ref(&part)), DistributionScope::Partial, "{part:02x?}");
    }
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
