//! Two administrators: another key and another person.

use super::*;

fn add_administrator(administrator: Administrator) -> Change {
    Change::AddAdministrator { administrator }
}

#[test]
fn nobody_approves_what_he_proposed() {
    let mut bench = Bench::new();
    let proposal = bench.propose("aigul", 20, vec![add("xa")]).unwrap();
    assert_eq!(bench.approve("aigul", 20, proposal), Err(RegistryError::OwnProposal { id: id("aigul") }));
    assert!(bench.approve("bolat", 20, proposal).is_ok());
}

#[test]
fn one_person_or_one_key_is_one_administrator() {
    let same_person = Administrator { person: "PERSON of aigul ".into(), ..administrator("bolat") };
    let same_key = Administrator { certificate: encoded(&someone("aigul")), ..administrator("bolat") };
    for second in [same_person, same_key] {
        let begun = Bench::with(vec![administrator("aigul"), second.clone()]).map(|_| ());
        assert_eq!(begun, Err(RegistryError::Administrators(ChangeError::SamePerson { id: id("bolat") })));
        // Nor can such a one be added later.
        let mut bench = Bench::new();
        let second = Administrator { id: id("galym"), ..second };
        let error = bench.propose("bolat", 20, vec![add_administrator(second)]).unwrap_err();
        assert!(matches!(error, RegistryError::Change { cause: ChangeError::SamePerson { .. }, .. }), "{error:?}");
    }
    assert!(Bench::with(vec![administrator("aigul"), administrator("bolat")]).is_ok());
}

#[test]
fn a_registry_has_two_administrators_at_least() {
    let alone = Bench::with(vec![administrator("aigul")]).map(|_| ());
    assert_eq!(alone, Err(RegistryError::Administrators(ChangeError::TooFewAdministrators)));
    let mut bench = Bench::new();
    let error = bench.propose("aigul", 20, vec![Change::RemoveAdministrator { id: id("bolat") }]).unwrap_err();
    assert_eq!(error, RegistryError::Change { number: 1, cause: ChangeError::TooFewAdministrators });
    let exchange = vec![add_administrator(administrator("galym")), Change::RemoveAdministrator { id: id("aigul") }];
    bench.change(20, exchange);
    let left: Vec<&str> = bench.registry.state().administrators().map(|one| one.id.as_str()).collect();
    assert_eq!(left, ["bolat", "galym"]);
}

#[test]
fn who_was_removed_signs_nothing_and_his_proposals_lapse() {
    let mut bench = Bench::new();
    bench.change(20, vec![add_administrator(administrator("galym"))]);
    let lapsing = bench.propose("galym", 21, vec![add("xa")]).unwrap();
    let standing = bench.propose("aigul", 21, vec![add("xb")]).unwrap();
    bench.change(22, vec![Change::RemoveAdministrator { id: id("galym") }]);
    let gone = || RegistryError::NotAnAdministrator { id: id("galym") };
    assert_eq!(bench.propose("galym", 23, vec![add("xc")]), Err(gone()));
    assert_eq!(bench.approve("galym", 23, standing), Err(gone()));
    assert_eq!(bench.approve("bolat", 23, lapsing), Err(RegistryError::ProposerGone { id: id("galym") }));
    assert!(bench.approve("bolat", 23, standing).is_ok());
}

#[test]
fn an_entry_is_signed_by_whom_it_names() {
    let mut bench = Bench::new();
    let step =
        Step::Proposal { act: Act { reference: "order 1".into(), url: None, reason: None }, changes: vec![add("xa")] };
    let content = bench.draft("bolat", 20, step);
    let by_another = bench.registry.push(&signed(&content, "aigul")).map(|_| ());
    assert_eq!(by_another, Err(RegistryError::Statement(StatementError::Signer)));
    // An impostor under the same name and number, with a key of his own.
    let impostor = root().issue(&Recipe::leaf("bolat").serial(pki_serial("bolat")), "impostor");
    let signer = Signer::new(&impostor.key, &impostor.certificate).unwrap();
    let forged = sign(&content.encode(), Packaging::Attached, &signer).unwrap();
    let told = bench.registry.push(&forged).map(|_| ());
    assert_eq!(told, Err(RegistryError::Statement(StatementError::Signature)));
    assert!(bench.registry.push(&signed(&content, "bolat")).is_ok());
}

fn pki_serial(name: &str) -> u8 {
    *someone(name).certificate.serial().last().unwrap()
}

#[test]
fn a_genesis_is_signed_by_the_keeper() {
    let bench = Bench::new();
    let genesis = bench.log.first().unwrap();
    let other = Registry::begin(genesis, &someone("bolat").certificate).map(|_| ());
    assert_eq!(other, Err(RegistryError::Statement(StatementError::Signer)));
    assert!(Registry::begin(genesis, &someone("aigul").certificate).is_ok());
}

#[test]
fn a_certificate_that_has_ended_signs_no_entries() {
    let mut bench = Bench::new();
    assert_eq!(
        bench.propose("aigul", 366, vec![add("xa")]),
        Err(RegistryError::CertificateNotValid { id: id("aigul") })
    );
    assert!(bench.propose("aigul", 365, vec![add("xa")]).is_ok());
}
