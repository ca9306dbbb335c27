//! Name constraints (RFC 5280 §4.2.1.10, §6.1.3 (b), (c)).

use super::*;
use crate::limits::NAME_CONSTRAINT_CHECKS_MAX;

fn dns(text: &str) -> Vec<u8> {
    der::context_primitive(2, text.as_bytes())
}

fn mail(text: &str) -> Vec<u8> {
    der::context_primitive(1, text.as_bytes())
}

fn uri(text: &str) -> Vec<u8> {
    der::context_primitive(6, text.as_bytes())
}

fn ip(octets: &[u8]) -> Vec<u8> {
    der::context_primitive(7, octets)
}

fn directory(common_name: &str) -> Vec<u8> {
    der::context(4, pki::name(common_name).raw())
}

fn other(value: &[u8]) -> Vec<u8> {
    let inner = [der::oid(oids::SMTP_UTF8_MAILBOX), der::context(0, value)].concat();
    der::context(0, &inner)
}

fn list(names: &[Vec<u8>]) -> Vec<u8> {
    der::sequence(&names.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

fn subtrees(number: u8, bases: &[Vec<u8>]) -> Vec<u8> {
    if bases.is_empty() {
        return Vec::new();
    }
    der::context(number, &bases.iter().flat_map(|base| der::sequence(&[base])).collect::<Vec<u8>>())
}

fn constraints(permitted: &[Vec<u8>], excluded: &[Vec<u8>]) -> Vec<u8> {
    der::sequence(&[&subtrees(0, permitted), &subtrees(1, excluded)])
}

fn named(recipe: Recipe, names: &[Vec<u8>]) -> Recipe {
    recipe.with(oids::SUBJECT_ALT_NAME, false, list(names))
}

/// The answer about a leaf with these names below a centre with these constraints.
fn told(permitted: &[Vec<u8>], excluded: &[Vec<u8>], names: &[Vec<u8>]) -> Answer {
    let centre = Recipe::ca("centre").with(oids::NAME_CONSTRAINTS, true, constraints(permitted, excluded));
    asked(&Three::of(&Recipe::ca("root"), &centre, &named(Recipe::leaf("leaf"), names)))
}

fn permits(base: Vec<u8>, name: Vec<u8>) -> bool {
    let told = told(&[base], &[], &[name]);
    assert!(told.is_ok() || told == one(Defect::NameNotPermitted), "{told:?}");
    told.is_ok()
}

fn excludes(base: Vec<u8>, name: Vec<u8>) -> bool {
    let told = told(&[], &[base], &[name]);
    assert!(told.is_ok() || told == one(Defect::NameNotPermitted), "{told:?}");
    told.is_err()
}

#[test]
fn a_host_lies_below_itself_and_whatever_its_labels_end_with() {
    for (name, inside) in [
        ("example.com", true),
        ("WWW.Example.COM", true),
        ("a.b.example.com", true),
        ("badexample.com", false),
        ("com", false),
        ("example.com.evil", false),
    ] {
        assert_eq!(permits(dns("example.com"), dns(name)), inside, "{name}");
        assert_eq!(excludes(dns("example.com"), dns(name)), inside, "{name}");
    }
}

#[test]
fn a_wildcard_is_let_through_where_all_that_it_stands_for_is() {
    assert!(permits(dns("example.com"), dns("*.example.com")));
    assert!(!permits(dns("www.example.com"), dns("*.example.com")));
    assert!(excludes(dns("www.example.com"), dns("*.example.com")));
    assert!(!excludes(dns("a.www.example.com"), dns("*.example.com")));
    assert!(!excludes(dns("example.org"), dns("*.example.com")));
}

#[test]
fn a_leading_dot_means_what_lies_below() {
    // docs/divergences.md D-11
    assert!(permits(dns(".example.com"), dns("www.example.com")));
    assert!(!permits(dns(".example.com"), dns("example.com")));
    assert!(!excludes(dns(".example.com"), dns("example.com")));
    assert!(permits(dns(".example.com"), dns("*.example.com")));
    let strict = PathRules { profile: Profile::Rfc5280, ..PathRules::default() };
    let centre = Recipe::ca("centre").with(oids::NAME_CONSTRAINTS, true, constraints(&[dns(".example.com")], &[]));
    let three = Three::of(&Recipe::ca("root"), &centre, &Recipe::leaf("leaf"));
    let defects = answer(three.world().ask_by(&three.leaf, &strict)).unwrap_err();
    assert!(defects.contains(&Defect::OutOfProfile(ProfileFault::NameConstraints)), "{defects:?}");
}

#[test]
fn a_name_that_is_none_lies_in_nothing_permitted_and_in_everything_excluded() {
    for name in [dns("a..example.com"), dns("*.*.example.com"), dns("www.example.com\0"), dns("192.0.2.1")] {
        assert!(!permits(dns("example.com"), name.clone()));
        assert!(excludes(dns("example.org"), name));
    }
    assert!(!permits(mail("example.com"), mail("nobody")));
    assert!(!permits(uri("example.com"), uri("mailto:somebody@example.com")));
    assert!(!permits(ip(&[192, 0, 2, 0, 255, 255, 255, 0]), ip(&[192, 0, 2])));
}

#[test]
fn an_empty_host_excludes_every_host_and_permits_none() {
    assert!(excludes(dns(""), dns("example.com")));
    let told = told(&[dns("")], &[], &[dns("example.com")]);
    assert_eq!(told, one(Defect::UnreadableExtension(oids::NAME_CONSTRAINTS)));
}

#[test]
fn mailboxes_lie_below_a_mailbox_a_host_or_a_domain() {
    assert!(permits(mail("somebody@example.com"), mail("somebody@EXAMPLE.com")));
    assert!(!permits(mail("somebody@example.com"), mail("Somebody@example.com")));
    assert!(permits(mail("example.com"), mail("anybody@example.com")));
    assert!(!permits(mail("example.com"), mail("anybody@mail.example.com")));
    assert!(permits(mail(".example.com"), mail("anybody@mail.example.com")));
    assert!(!permits(mail(".example.com"), mail("anybody@example.com")));
}

#[test]
fn a_mailbox_beyond_ascii_is_held_to_constraints_on_mailboxes() {
    // RFC 9598 §6
    let value = |text: &str| other(&der::utf8_string(text));
    assert!(excludes(mail("example.com"), value("қол@example.com")));
    assert!(!excludes(mail("example.org"), value("қол@example.com")));
    assert!(excludes(mail("somebody@example.com"), value("қол@example.com")));
    assert!(excludes(mail("example.org"), value("қол@мысал.қаз")));
}

#[test]
fn uris_are_held_to_their_host() {
    assert!(permits(uri("example.com"), uri("https://user@example.com:8443/path?a#b")));
    assert!(!permits(uri("example.com"), uri("https://www.example.com/")));
    assert!(permits(uri(".example.com"), uri("https://www.example.com/")));
    assert!(!permits(uri(".example.com"), uri("https://example.com/")));
    assert!(excludes(uri("example.com"), uri("https://192.0.2.1/")), "an address has no host name");
}

#[test]
fn addresses_are_compared_under_the_mask() {
    let base = || ip(&[192, 0, 2, 0, 255, 255, 255, 0]);
    assert!(permits(base(), ip(&[192, 0, 2, 77])));
    assert!(!permits(base(), ip(&[192, 0, 3, 77])));
    let (mut six, mut mask) = ([0; 16], [0; 16]);
    (six[0], six[1], mask[0], mask[1]) = (0x20, 0x01, 0xff, 0xff);
    let prefix = || ip(&[six, mask].concat());
    assert!(permits(prefix(), ip(&six)));
    assert!(!permits(prefix(), ip(&[0xff; 16])));
    assert!(!permits(base(), ip(&six)), "the other family lies outside");
    let mapped = ip(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 77]);
    assert!(excludes(base(), mapped.clone()) && !permits(base(), mapped), "an IPv4 address in the clothes of IPv6");
}

#[test]
fn constraints_that_say_what_nobody_can_apply_end_the_path() {
    let unreadable = one(Defect::UnreadableExtension(oids::NAME_CONSTRAINTS));
    for base in [
        ip(&[192, 0, 2, 0, 255, 0, 255, 0]),
        ip(&[192, 0, 2, 0]),
        dns("*.example.com"),
        dns("exa_mple.com"),
        mail("a@b@example.com"),
        uri("https://example.com"),
        der::context(5, &der::context(1, &der::utf8_string("party"))),
    ] {
        assert_eq!(told(std::slice::from_ref(&base), &[], &[]).unwrap_err().len(), 1);
        assert_eq!(told(std::slice::from_ref(&base), &[], &[dns("example.com")]), unreadable, "{base:?}");
        assert_eq!(told(&[], &[base], &[dns("example.com")]), unreadable);
    }
    // minimum and maximum, and a list without an entry.
    let with = |value: Vec<u8>| {
        let centre = Recipe::ca("centre").with(oids::NAME_CONSTRAINTS, true, value);
        asked(&Three::of(&Recipe::ca("root"), &centre, &Recipe::leaf("leaf")))
    };
    let bounded = der::sequence(&[&dns("example.com"), &der::context_primitive(1, &[5])]);
    assert_eq!(with(der::sequence(&[&der::context(0, &bounded)])), unreadable);
    assert_eq!(with(der::sequence(&[&der::context(0, &[])])), unreadable);
}

#[test]
fn a_form_that_nobody_looks_into_is_refused_where_both_sides_have_it() {
    let registered = |last| der::context_primitive(8, &[0x2a, 0x03, last]);
    assert!(!permits(registered(4), registered(4)));
    assert!(excludes(registered(4), registered(5)));
    assert!(permits(registered(4), dns("example.com")));
    let unknown = || der::context(0, &[der::oid(oids::COMMON_NAME), der::context(0, &der::null())].concat());
    assert!(excludes(unknown(), unknown()));
    assert!(!excludes(unknown(), dns("example.com")));
}

#[test]
fn a_subject_counts_as_a_directory_name() {
    // The names of these certificates are CN=…, C=KZ.
    assert!(permits(directory("leaf"), dns("example.com")));
    assert!(!permits(directory("other"), dns("example.com")));
    assert!(excludes(directory("LEAF"), dns("example.com")), "case does not matter");
    assert!(!permits(directory("leaf"), directory("other")));
}

#[test]
fn excluded_goes_before_permitted_and_every_name_counts() {
    let (inside, outside) = (dns("www.example.com"), dns("bad.example.com"));
    let permitted = [dns("example.com")];
    assert_eq!(told(&permitted, &[dns("bad.example.com")], std::slice::from_ref(&inside)), Ok(3));
    assert_eq!(told(&permitted, &[dns("bad.example.com")], &[inside.clone(), outside]), one(Defect::NameNotPermitted));
    assert_eq!(told(&permitted, &[], &[inside, dns("example.org")]), one(Defect::NameNotPermitted));
    assert_eq!(told(&permitted, &[], &[mail("a@example.org")]), Ok(3), "another form is not limited");
}

#[test]
fn what_one_authority_limits_the_next_cannot_widen() {
    let limited = |base: &str| constraints(&[dns(base)], &[]);
    let anchor = Recipe::ca("root").with(oids::NAME_CONSTRAINTS, true, limited("example.com"));
    let centre = |base| Recipe::ca("centre").with(oids::NAME_CONSTRAINTS, true, limited(base));
    let leaf = |name| named(Recipe::leaf("leaf"), &[dns(name)]);
    assert_eq!(asked(&Three::of(&anchor, &centre("www.example.com"), &leaf("www.example.com"))), Ok(3));
    assert_eq!(
        asked(&Three::of(&anchor, &centre("www.example.com"), &leaf("example.com"))),
        one(Defect::NameNotPermitted)
    );
    // RFC 5937: an anchor's own constraints count.
    assert_eq!(asked(&Three::of(&anchor, &centre("example.org"), &leaf("example.org"))), one(Defect::NameNotPermitted));
}

#[test]
fn a_self_issued_authority_is_exempt_and_a_self_issued_target_is_not() {
    let limited = constraints(&[directory("centre")], &[]);
    let one_root = root(&Recipe::ca("root"), "root");
    let old = one_root
        .issue(&Recipe::ca("centre").with(oids::NAME_CONSTRAINTS, true, constraints(&[directory("leaf")], &[])), "old");
    let new = old.issue(&Recipe::ca("centre").serial(8), "new");
    let leaf = new.issue(&Recipe::leaf("leaf"), "leaf");
    let rules = PathRules { revocation: RevocationRule::NotChecked, ..PathRules::default() };
    let world = World::trusting(&[&one_root]).with(&old).with(&new);
    assert_eq!(answer(world.ask_by(&leaf, &rules)), Ok(4));
    assert_eq!(answer(world.ask_by(&new, &rules)), one(Defect::NameNotPermitted));
    let inside = one_root.issue(&Recipe::ca("centre").with(oids::NAME_CONSTRAINTS, true, limited), "old");
    assert_eq!(answer(World::trusting(&[&one_root]).with(&inside).ask_by(&new, &rules)), Ok(3));
}

#[test]
fn a_common_name_that_looks_like_a_host_is_held_to_constraints_unless_the_peer_is_named() {
    let centre = Recipe::ca("centre").with(oids::NAME_CONSTRAINTS, true, constraints(&[dns("example.com")], &[]));
    let three = Three::of(&Recipe::ca("root"), &centre, &Recipe::leaf("bad.org"));
    assert_eq!(asked(&three), one(Defect::NameNotPermitted));
    assert_eq!(asked(&Three::of(&Recipe::ca("root"), &centre, &Recipe::leaf("www.example.com"))), Ok(3));
    assert_eq!(asked(&Three::of(&Recipe::ca("root"), &centre, &Recipe::leaf("Somebody"))), Ok(3));
    let with_host = named(Recipe::leaf("bad.org"), &[dns("www.example.com")]);
    let three = Three::of(&Recipe::ca("root"), &centre, &with_host);
    assert_eq!(asked(&three), Ok(3));
    let expecting = |name: &str| {
        let expected_name = Some(ExpectedName::Dns(name.to_owned()));
        answer(three.world().ask_by(&three.leaf, &PathRules { expected_name, ..PathRules::default() }))
    };
    assert_eq!(expecting("www.example.com"), Ok(3));
    assert_eq!(expecting("bad.org"), one(Defect::NameMismatch));
}

#[test]
fn constraints_in_a_certificate_that_is_no_authoritys_end_the_path() {
    let leaf = Recipe::leaf("leaf").with(oids::NAME_CONSTRAINTS, true, constraints(&[dns("example.com")], &[]));
    let three = Three::of(&Recipe::ca("root"), &Recipe::ca("centre"), &leaf);
    assert_eq!(asked(&three), one(Defect::OutOfProfile(ProfileFault::NameConstraints)));
}

#[test]
fn the_question_may_bring_constraints_of_its_own() {
    // RFC 5280 §6.1.1 (h), (i)
    let leaf = named(Recipe::leaf("leaf"), &[dns("www.example.com")]);
    let three = Three::of(&Recipe::ca("root"), &Recipe::ca("centre"), &leaf);
    let under = |permitted: &str, excluded: &str| {
        let host = |text: &str| vec![crate::x509::GeneralName::Dns(text.to_owned())];
        let initial_names = crate::x509::NameConstraints { permitted: host(permitted), excluded: host(excluded) };
        answer(three.world().ask_by(&three.leaf, &PathRules { initial_names, ..PathRules::default() }))
    };
    assert_eq!(under("example.com", "example.org"), Ok(3));
    assert_eq!(under("example.org", "example.net"), one(Defect::NameNotPermitted));
    assert_eq!(under("example.com", "www.example.com"), one(Defect::NameNotPermitted));
}

#[test]
fn many_names_against_many_subtrees_end_at_the_bound_which_is_named() {
    let hosts = |n: usize| (0..n).map(|i| dns(&format!("h{i}.example.com"))).collect::<Vec<_>>();
    let side = NAME_CONSTRAINT_CHECKS_MAX.value.isqrt();
    assert_eq!(told(&[], &hosts(side), &hosts(side)), one(Defect::TooManyNames));
    let within = told(&[], &hosts(side / 2), &[dns("example.org")]);
    assert_eq!(within, Ok(3));
}

#[test]
fn a_directory_name_does_not_slip_out_of_a_subtree_by_another_spelling_or_by_being_no_text() {
    let spelt = |text: &str| directory(text);
    let bad = directory("Казначейский комитет");
    assert!(told(&[], std::slice::from_ref(&bad), &[spelt("Другой комитет")]).is_ok());
    for text in [
        "Казначейский комитет",
        "КАЗНАЧЕЙСКИЙ  комитет",
        "Казначеи\u{306}скии\u{306} комитет",
        "Казна\u{ad}чейский комитет",
    ] {
        assert_eq!(told(&[], std::slice::from_ref(&bad), &[spelt(text)]), one(Defect::NameNotPermitted), "{text}");
    }
    let silent = |oid| {
        let pair = der::sequence(&[&der::oid(oid), &der::octet_string(b"x")]);
        der::context(4, &der::sequence(&[&der::tlv(der::tag::SET, &pair)]))
    };
    assert_eq!(told(&[], std::slice::from_ref(&bad), &[silent(oids::COMMON_NAME)]), one(Defect::NameNotPermitted));
    assert!(told(&[], &[bad], &[silent(oids::USER_ID)]).is_ok());
}
