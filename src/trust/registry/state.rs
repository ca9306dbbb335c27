//! What the registry says at one time of knowledge: who is trusted, and who administers.

use std::collections::BTreeMap;

use super::change::{Change, Effect, read};
use super::entry::Administrator;
use super::error::{ChangeError, RegistryError};
use crate::trust::party::PartyId;
use crate::trust::snapshot::TrustSnapshot;
use crate::x509::{Certificate, kz_profile};

/// What is in force by what is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// Whom we trust. Version and date are those of the edition it began with.
    pub snapshot: TrustSnapshot,
    /// Who administers, by name.
    administrators: BTreeMap<PartyId, Administrator>,
}

impl State {
    /// What a log begins with. Parties of the first schema get their names here.
    pub(super) fn of_genesis(
        administrators: &[Administrator],
        snapshot: &TrustSnapshot,
    ) -> Result<Self, RegistryError> {
        snapshot.check()?;
        let mut state = Self { snapshot: snapshot.clone(), administrators: BTreeMap::new() };
        TrustSnapshot::SCHEMA.clone_into(&mut state.snapshot.schema);
        for centre in &mut state.snapshot.foreign {
            if centre.party.is_none() {
                centre.party = Some(PartyId::of_certificate(&read(&centre.certificate)?));
            }
        }
        state.snapshot.check_shape()?;
        for administrator in administrators {
            state.add_administrator(administrator)?;
        }
        if state.administrators.len() < ADMINISTRATORS_MIN {
            return Err(ChangeError::TooFewAdministrators.into());
        }
        Ok(state)
    }

    /// Makes changes, all of them or none.
    pub(super) fn after(&self, changes: &[Change], effect: Effect) -> Result<Self, RegistryError> {
        let mut state = self.clone();
        for (index, change) in changes.iter().enumerate() {
            let number = index.saturating_add(1);
            change.apply(&mut state, effect).map_err(|cause| RegistryError::Change { number, cause })?;
        }
        Ok(state)
    }

    /// Who administers.
    pub fn administrators(&self) -> impl Iterator<Item = &Administrator> {
        self.administrators.values()
    }

    /// The administrator of this name.
    pub fn administrator(&self, id: &PartyId) -> Option<&Administrator> {
        self.administrators.get(id)
    }

    /// Whether a party of any kind has this name.
    pub(super) fn knows(&self, party: &PartyId) -> bool {
        let snapshot = &self.snapshot;
        snapshot.foreign.iter().any(|one| one.party.as_ref() == Some(party))
            || snapshot.foreign_ttps.iter().any(|one| one.party == *party)
            || snapshot.domestic_ttps.iter().any(|one| one.party == *party)
            || snapshot.treaties.iter().any(|one| one.party == *party)
    }

    pub(super) fn add_administrator(&mut self, new: &Administrator) -> Result<(), ChangeError> {
        let certificate = new.certificate()?;
        if self.administrators.contains_key(&new.id) {
            return Err(ChangeError::Known { party: new.id.to_string() });
        }
        if kz_profile::iin(&certificate).is_some_and(|iin| iin != new.person) || new.person.trim().is_empty() {
            return Err(ChangeError::OtherPerson { id: new.id.clone() });
        }
        if self.administrators.values().any(|other| other.is_same_as(new)) {
            return Err(ChangeError::SamePerson { id: new.id.clone() });
        }
        self.administrators.insert(new.id.clone(), new.clone());
        Ok(())
    }

    pub(super) fn remove_administrator(&mut self, id: &PartyId) -> Result<(), ChangeError> {
        if self.administrators.remove(id).is_none() {
            return Err(ChangeError::Unknown { party: id.to_string() });
        }
        if self.administrators.len() < ADMINISTRATORS_MIN { Err(ChangeError::TooFewAdministrators) } else { Ok(()) }
    }
}

/// One proposes, another approves.
const ADMINISTRATORS_MIN: usize = 2;

impl Administrator {
    /// The certificate that entries are signed under.
    pub fn certificate(&self) -> Result<Certificate, ChangeError> {
        read(&self.certificate)
    }

    /// Whether both are one: the same person, or the same key.
    pub(super) fn is_same_as(&self, other: &Self) -> bool {
        let key = |one: &Self| one.certificate().ok().map(|certificate| certificate.spki_der().to_vec());
        let person = |one: &Self| one.person.trim().to_lowercase();
        person(self) == person(other) || key(self).is_none() || key(self) == key(other)
    }
}
