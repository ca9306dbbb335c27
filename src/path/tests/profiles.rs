//! Certificate profiles: every rule by a certificate that breaks it alone.

use super::*;
use crate::crypto::SigningKey;

/// A key's identifier as extensions of its owner and of what it signs.
fn identified(recipe: Recipe, own: &SigningKey, issuer: &SigningKey) -> Recipe {
    let own = subject_key_identifier(own);
    let id = subject_key_identifier(issuer);
    let octets = der::Reader::single(&id, der::Encoding::Der, "test").unwrap().content.to_vec();
    recipe.with(oids::SUBJECT_KEY_IDENTIFIER, false, own).with(
        oids::AUTHORITY_KEY_IDENTIFIER,
        false,
        der::sequence(&[&der::context_primitive(0, &octets)]),
    )
}

fn good_root() -> Recipe {
    identified(Recipe::ca("root"), &pki::key("root"), &pki::key("root"))
}

fn good_centre() -> Recipe {
    identified(Recipe::ca("centre"), &pki::key("centre"), &pki::key("root"))
}

fn good_leaf() -> Recipe {
    identified(Recipe::leaf("leaf"), &pki::key("leaf"), &pki::key("centre"))
}

fn alternative(names: &[&[u8]]) -> Vec<u8> {
    der::sequence(names)
}

fn dns(text: &str) -> Vec<u8> {
    der::context_primitive(2, text.as_bytes())
}

fn told(profile: Profile, root_recipe: &Recipe, centre: &Recipe, leaf: &Recipe) -> Answer {
    let three = Three::of(root_recipe, centre, leaf);
    answer(three.world().ask_by(&three.leaf, &PathRules { profile, ..PathRules::default() }))
}

fn broken(fault: ProfileFault) -> Answer {
    one(Defect::OutOfProfile(fault))
}

/// Breaks the profile of RFC 5280 with one certificate, which §6.1 alone lets pass.
fn breaks(root_recipe: &Recipe, centre: &Recipe, leaf: &Recipe, fault: ProfileFault) {
    assert_eq!(told(Profile::Rfc5280, root_recipe, centre, leaf), broken(fault));
    assert_eq!(told(Profile::PathAlone, root_recipe, centre, leaf), Ok(3), "{fault:?}");
}

#[test]
fn a_path_in_order_keeps_the_profile() {
    assert_eq!(told(Profile::Rfc5280, &good_root(), &good_centre(), &good_leaf()), Ok(3));
}

#[test]
fn a_crl_has_its_number() {
    // RFC 5280 §5.2.3
    let three = Three::of(&good_root(), &good_centre(), &good_leaf());
    let told = |crl: &CrlRecipe, profile| {
        let world = three.bare().with_crl(three.centre.crl(crl));
        answer(world.ask_by(&three.leaf, &PathRules { profile, ..PathRules::default() }))
    };
    let bare = CrlRecipe::new(1).without(oids::CRL_NUMBER);
    assert_eq!(told(&bare, Profile::Rfc5280), broken(ProfileFault::CrlNumber));
    assert_eq!(told(&bare, Profile::PathAlone), Ok(3));
    assert_eq!(told(&CrlRecipe::new(1), Profile::Rfc5280), Ok(3));
}

#[test]
fn key_identifiers_are_there_and_not_critical() {
    use ProfileFault as F;
    let (anchor, centre, leaf) = (good_root(), good_centre(), good_leaf());
    breaks(&anchor, &centre, &leaf.clone().without(oids::AUTHORITY_KEY_IDENTIFIER), F::AuthorityKeyIdentifier);
    breaks(&anchor, &centre.clone().without(oids::AUTHORITY_KEY_IDENTIFIER), &leaf, F::AuthorityKeyIdentifier);
    breaks(&anchor, &centre.clone().without(oids::SUBJECT_KEY_IDENTIFIER), &leaf, F::SubjectKeyIdentifier);
    breaks(&anchor.clone().without(oids::SUBJECT_KEY_IDENTIFIER), &centre, &leaf, F::SubjectKeyIdentifier);
    let critical = leaf.clone().with(oids::SUBJECT_KEY_IDENTIFIER, true, subject_key_identifier(&pki::key("leaf")));
    breaks(&anchor, &centre, &critical, F::SubjectKeyIdentifier);
    // A root needs none to name itself by; a target needs none of its own.
    let plain = leaf.without(oids::SUBJECT_KEY_IDENTIFIER);
    assert_eq!(told(Profile::Rfc5280, &anchor.without(oids::AUTHORITY_KEY_IDENTIFIER), &centre, &plain), Ok(3));
}

#[test]
fn basic_constraints_of_an_authority_are_critical() {
    let value = der::sequence(&[&der::boolean(true)]);
    let lax = good_centre().with(oids::BASIC_CONSTRAINTS, false, value.clone());
    breaks(&good_root(), &lax, &good_leaf(), ProfileFault::BasicConstraints);
    let lax = good_root().with(oids::BASIC_CONSTRAINTS, false, value);
    breaks(&lax, &good_centre(), &good_leaf(), ProfileFault::BasicConstraints);
}

#[test]
fn a_key_that_is_no_authoritys_signs_no_certificates() {
    let leaf = good_leaf().key_usage(KEY_CERT_SIGN);
    breaks(&good_root(), &good_centre(), &leaf, ProfileFault::KeyUsageOfNoAuthority);
}

#[test]
fn serial_numbers_are_positive_and_short() {
    breaks(&good_root(), &good_centre(), &good_leaf().serial(0), ProfileFault::SerialNumber);
    assert_eq!(told(Profile::Rfc5280, &good_root().serial(0), &good_centre(), &good_leaf()), Ok(3), "a root");
}

#[test]
fn limits_of_policies_and_names_are_critical() {
    let skip = der::sequence(&[&der::context_primitive(0, &[5])]);
    for (oid, value, fault) in [
        (oids::POLICY_CONSTRAINTS, skip, ProfileFault::PolicyExtension),
        (oids::INHIBIT_ANY_POLICY, der::integer_u64(5), ProfileFault::PolicyExtension),
        (
            oids::NAME_CONSTRAINTS,
            der::sequence(&[&der::context(1, &der::sequence(&[&dns("example.org")]))]),
            ProfileFault::NameConstraints,
        ),
    ] {
        breaks(&good_root(), &good_centre().with(oid, false, value.clone()), &good_leaf(), fault);
        assert_eq!(told(Profile::Rfc5280, &good_root(), &good_centre().with(oid, true, value), &good_leaf()), Ok(3));
    }
}

#[test]
fn alternative_names_are_what_their_form_demands() {
    let with = |name: Vec<u8>| good_leaf().with(oids::SUBJECT_ALT_NAME, false, alternative(&[&name]));
    for name in [dns("foo_bar.example.com"), dns("8.8.8.8"), dns(" "), der::context_primitive(7, &[1, 2, 3])] {
        breaks(&good_root(), &good_centre(), &with(name), ProfileFault::SubjectAltName);
    }
    assert_eq!(told(Profile::Rfc5280, &good_root(), &good_centre(), &with(dns("example.com"))), Ok(3));
}

#[test]
fn information_access_reads_and_is_not_critical() {
    let access = |value: Vec<u8>| good_leaf().with(oids::AUTHORITY_INFO_ACCESS, false, value);
    breaks(&good_root(), &good_centre(), &access(der::octet_string(b"no list")), ProfileFault::Information);
    let uri = der::context_primitive(6, b"http://ca.example/ca.cer");
    let good = der::sequence(&[&der::sequence(&[&der::oid(oids::OCSP_BASIC), &uri])]);
    assert_eq!(told(Profile::Rfc5280, &good_root(), &good_centre(), &access(good.clone())), Ok(3));
    // §6.1.4 (o): nothing of it is processed here, so a critical one is not understood.
    let critical = good_leaf().with(oids::AUTHORITY_INFO_ACCESS, true, good);
    let unknown = one(Defect::UnknownCriticalExtension(oids::AUTHORITY_INFO_ACCESS));
    assert_eq!(told(Profile::PathAlone, &good_root(), &good_centre(), &critical), unknown);
}

/// A TLS server's leaf; its key is on Curve25519, which the profile does not allow.
fn server(names: &[&[u8]], common_name: &str) -> Recipe {
    let purposes = der::sequence(&[&der::oid(oids::SERVER_AUTH)]);
    identified(Recipe::leaf(common_name), &pki::key("leaf"), &pki::key("centre"))
        .with(oids::EXTENDED_KEY_USAGE, false, purposes)
        .with(oids::SUBJECT_ALT_NAME, false, alternative(names))
}

/// What the webpki profile says of a leaf, but for the keys of these tests.
fn served(leaf: &Recipe) -> Vec<ProfileFault> {
    let defects = told(Profile::Webpki, &good_root(), &good_centre(), leaf).unwrap_err();
    let fault = |d: &Defect| if let Defect::OutOfProfile(fault) = d { *fault } else { panic!("{d:?}") };
    let all: Vec<ProfileFault> = defects.iter().map(fault).collect();
    assert!(all.contains(&ProfileFault::PublicKey));
    all.into_iter().filter(|fault| *fault != ProfileFault::PublicKey).collect()
}

#[test]
fn a_server_has_its_names_and_its_purpose_in_order() {
    use ProfileFault as F;
    assert_eq!(served(&server(&[&dns("example.com")], "example.com")), []);
    assert_eq!(served(&server(&[&dns("example.com")], "Example.com")), [F::CommonName]);
    assert_eq!(served(&server(&[&der::context_primitive(7, &[192, 0, 2, 1])], "192.0.2.1")), []);
    assert_eq!(served(&server(&[&der::context_primitive(7, &[192, 0, 2, 1])], "192.0.2.01")), [F::CommonName]);
    let good = server(&[&dns("example.com")], "example.com");
    assert_eq!(served(&good.clone().without(oids::SUBJECT_ALT_NAME)), [F::NoAltName, F::CommonName]);
    assert_eq!(served(&good.clone().without(oids::EXTENDED_KEY_USAGE)), [F::Purpose]);
    let critical = der::sequence(&[&der::oid(oids::SERVER_AUTH)]);
    assert_eq!(served(&good.clone().with(oids::EXTENDED_KEY_USAGE, true, critical)), [F::Purpose]);
    let any = der::sequence(&[&der::oid(oids::SERVER_AUTH), &der::oid(oids::ANY_EXTENDED_KEY_USAGE)]);
    assert_eq!(served(&good.with(oids::EXTENDED_KEY_USAGE, false, any)), [F::Purpose]);
}

#[test]
fn a_wildcard_stands_below_a_registered_name() {
    for (pattern, sound) in [("*.example.com", true), ("*.com", false), ("*.co.uk", false), ("*.example.co.uk", true)] {
        let faults = served(&server(&[&dns(pattern)], pattern));
        assert_eq!(!faults.contains(&ProfileFault::Wildcard), sound, "{pattern}");
    }
}

#[test]
fn the_expected_name_is_looked_for_in_alternative_names_alone() {
    // RFC 9525 §6
    let carries = |name: Vec<u8>, expected: ExpectedName| {
        let leaf = Recipe::leaf("www.example.com").with(oids::SUBJECT_ALT_NAME, false, alternative(&[&name]));
        let three = Three::of(&Recipe::ca("root"), &Recipe::ca("centre"), &leaf);
        let rules = PathRules { expected_name: Some(expected), ..PathRules::default() };
        let told = answer(three.world().ask_by(&three.leaf, &rules));
        assert!(told.is_ok() || told == one(Defect::NameMismatch), "{told:?}");
        told.is_ok()
    };
    let host = |text: &str| ExpectedName::Dns(text.to_owned());
    assert!(carries(dns("www.example.com"), host("WWW.example.com")));
    assert!(!carries(dns("example.com"), host("www.example.com")), "the common name does not count");
    assert!(carries(dns("*.example.com"), host("www.example.com")));
    assert!(!carries(dns("*.example.com"), host("a.www.example.com")));
    assert!(!carries(dns("*.example.com"), host("example.com")));
    assert!(!carries(dns("w*.example.com"), host("www.example.com")));
    let address = |octets: &[u8]| der::context_primitive(7, octets);
    assert!(carries(address(&[192, 0, 2, 1]), ExpectedName::Ip(vec![192, 0, 2, 1])));
    assert!(!carries(address(&[192, 0, 2, 2]), ExpectedName::Ip(vec![192, 0, 2, 1])));
    let mail = |text: &str| der::context_primitive(1, text.as_bytes());
    assert!(carries(mail("a@example.com"), ExpectedName::Rfc822("a@EXAMPLE.com".to_owned())));
    assert!(!carries(mail("b@example.com"), ExpectedName::Rfc822("a@example.com".to_owned())));
}
