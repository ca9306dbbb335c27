//! The roles that a certificate's extended key usage gives its holder (facts/kz-pki.md §2.4).

use serde::{Deserialize, Serialize, Serializer};

/// What the holder of a certificate is to the organisation named in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
#[expect(missing_docs, reason = "the table below says each in three languages")]
pub enum Role {
    Individual,
    IndividualSystem,
    Organisation,
    FirstHead,
    RightToSign,
    RightToSignFinancial,
    Hr,
    Employee,
    OrganisationSystem,
    CivilServant,
    Notary,
    TreasuryClient,
    CaPrivileges,
    CaAdministrator,
    CaManager,
    CaOperator,
    Identification,
    IdentifiedInPerson,
    IdentifiedRemotely,
    IdentifiedByDigitalId,
    PresidentialArchive,
    CentralArchive,
    DepartmentalArchive,
}

struct Row {
    role: Role,
    code: &'static str,
    /// The National CA's OID first, then those of other accredited CAs.
    oids: &'static [&'static str],
    kk: &'static str,
    ru: &'static str,
    en: &'static str,
}

impl Role {
    /// The role that an extended key usage OID stands for, or `None` where the OID names none that we know.
    pub fn from_oid(oid: &str) -> Option<Self> {
        TABLE.iter().find(|row| row.oids.contains(&oid)).map(|row| row.role)
    }

    /// The role of this code (`first-head`).
    pub fn from_code(code: &str) -> Option<Self> {
        TABLE.iter().find(|row| row.code == code).map(|row| row.role)
    }

    /// Every role.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|row| row.role)
    }

    /// The stable code, as told in verdicts.
    pub fn code(self) -> &'static str {
        self.row().map_or("unknown", |row| row.code)
    }

    /// The OIDs that stand for this role, that of the National CA first.
    pub fn oids(self) -> &'static [&'static str] {
        self.row().map_or(&[], |row| row.oids)
    }

    /// What a person reads: Kazakh, Russian, English.
    pub fn label(self) -> [&'static str; 3] {
        self.row().map_or([""; 3], |row| [row.kk, row.ru, row.en])
    }

    fn row(self) -> Option<&'static Row> {
        TABLE.iter().find(|row| row.role == self)
    }
}

impl Serialize for Role {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

const fn row(
    (role, code): (Role, &'static str),
    oids: &'static [&'static str],
    [kk, ru, en]: [&'static str; 3],
) -> Row {
    Row { role, code, oids, kk, ru, en }
}

#[rustfmt::skip]
static TABLE: &[Row] = &[
    row((Role::Individual, "individual"), &["1.2.398.3.3.4.1.1", "1.2.398.3.17.3.1"],
        ["жеке тұлға", "физическое лицо", "individual"]),
    row((Role::IndividualSystem, "individual-system"), &["1.2.398.3.3.4.1.1.1"],
        ["жеке тұлғаның цифрлық жүйесі", "цифровая система физического лица", "digital system of an individual"]),
    row((Role::Organisation, "organisation"), &["1.2.398.3.3.4.1.2", "1.2.398.3.17.3.2"],
        ["заңды тұлға", "юридическое лицо", "legal entity"]),
    row((Role::FirstHead, "first-head"), &["1.2.398.3.3.4.1.2.1", "1.2.398.3.17.3.3"],
        ["бірінші басшы", "первый руководитель", "first head"]),
    row((Role::RightToSign, "right-to-sign"), &["1.2.398.3.3.4.1.2.2", "1.2.398.3.17.3.4"],
        ["қол қою құқығы бар тұлға", "лицо с правом подписи", "person with the right to sign"]),
    row((Role::RightToSignFinancial, "right-to-sign-financial"), &["1.2.398.3.3.4.1.2.3", "1.2.398.3.17.3.5"],
        ["қаржы құжаттарына қол қою құқығы бар тұлға", "лицо с правом подписи финансовых документов",
         "person with the right to sign financial documents"]),
    row((Role::Hr, "hr"), &["1.2.398.3.3.4.1.2.4", "1.2.398.3.17.3.6"],
        ["кадр қызметінің қызметкері", "сотрудник отдела кадров", "human resources officer"]),
    row((Role::Employee, "employee"), &["1.2.398.3.3.4.1.2.5", "1.2.398.3.17.3.7"],
        ["ұйым қызметкері", "сотрудник организации", "employee"]),
    row((Role::OrganisationSystem, "organisation-system"), &["1.2.398.3.3.4.1.2.6"],
        ["заңды тұлғаның цифрлық жүйесі", "цифровая система юридического лица", "digital system of a legal entity"]),
    row((Role::CivilServant, "civil-servant"), &["1.2.398.3.2.3.4"],
        ["мемлекеттік қызметші", "государственный служащий", "civil servant"]),
    row((Role::Notary, "notary"), &["1.2.398.6.1.1.1.1"],
        ["нотариус", "нотариус", "notary"]),
    row((Role::TreasuryClient, "treasury-client"), &["1.2.398.5.19.1.2.2.1"],
        ["«Қазынашылық-Клиент» қатысушысы", "участник «Казначейство-Клиент»", "Treasury-Client participant"]),
    row((Role::CaPrivileges, "ca-privileges"), &["1.2.398.3.3.4.2"],
        ["ҰКО артықшылықтары", "привилегии НУЦ", "privileges within the National CA"]),
    row((Role::CaAdministrator, "ca-administrator"), &["1.2.398.3.3.4.2.1"],
        ["ҰКО әкімшісі", "администратор НУЦ", "administrator of the National CA"]),
    row((Role::CaManager, "ca-manager"), &["1.2.398.3.3.4.2.2"],
        ["ҰКО менеджері", "менеджер НУЦ", "manager of the National CA"]),
    row((Role::CaOperator, "ca-operator"), &["1.2.398.3.3.4.2.3"],
        ["ҰКО операторы", "оператор НУЦ", "operator of the National CA"]),
    row((Role::Identification, "identification"), &["1.2.398.3.3.4.3"],
        ["сәйкестендіру тәсілі", "способ идентификации", "kind of identification"]),
    row((Role::IdentifiedInPerson, "identified-in-person"), &["1.2.398.3.3.4.3.1"],
        ["ХҚКО-да жеке сәйкестендірілген", "идентифицирован лично в ЦОН", "identified in person"]),
    row((Role::IdentifiedRemotely, "identified-remotely"), &["1.2.398.3.3.4.3.2"],
        ["қашықтан сәйкестендірілген", "идентифицирован удалённо", "identified remotely"]),
    row((Role::IdentifiedByDigitalId, "identified-by-digital-id"), &["1.2.398.3.3.4.3.2.1"],
        ["Digital ID арқылы сәйкестендірілген", "идентифицирован через Digital ID", "identified through Digital ID"]),
    row((Role::PresidentialArchive, "presidential-archive"), &["1.2.398.3.2.3.1"],
        ["Президент архиві", "Архив Президента", "presidential archive"]),
    row((Role::CentralArchive, "central-archive"), &["1.2.398.3.2.3.2"],
        ["орталық мемлекеттік архив", "центральный государственный архив", "central state archive"]),
    row((Role::DepartmentalArchive, "departmental-archive"), &["1.2.398.3.2.3.3"],
        ["ведомстволық архив", "ведомственный архив", "departmental archive"]),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn oids_and_codes_name_one_role_each() {
        let oids: Vec<_> = TABLE.iter().flat_map(|row| row.oids).collect();
        assert_eq!(oids.iter().collect::<BTreeSet<_>>().len(), oids.len());
        for role in Role::all() {
            assert_eq!(Role::from_code(role.code()), Some(role));
            assert_eq!(serde_json::from_value::<Role>(role.code().into()).unwrap(), role);
            assert!(role.label().iter().all(|text| !text.is_empty()), "{role:?}");
            assert!(role.oids().iter().all(|oid| Role::from_oid(oid) == Some(role)));
        }
    }

    #[test]
    fn heads_are_heads_whichever_ca_says_so_and_neighbours_are_not() {
        assert_eq!(Role::from_oid("1.2.398.3.3.4.1.2.1"), Some(Role::FirstHead));
        assert_eq!(Role::from_oid("1.2.398.3.17.3.3"), Some(Role::FirstHead));
        assert_eq!(Role::from_oid("1.2.398.3.3.4.1.2"), Some(Role::Organisation));
        assert_eq!(Role::from_oid("1.2.398.3.3.4.1.2.7"), None);
        assert_eq!(Role::from_oid("1.3.6.1.5.5.7.3.4"), None);
    }
}
