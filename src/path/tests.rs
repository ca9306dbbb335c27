pub(crate) mod pki;

use super::*;
use crate::codec::der;
use crate::limits::PATH_EDGES_MAX;
use crate::x509::{RevocationReason, oids};
use pki::{
    CRL_SIGN, CrlRecipe, Entity, KEY_CERT_SIGN, Recipe, World, day, encode_extension, invalid_since, reason, root,
    subject_key_identifier,
};

/// A root, an issuing centre below it and an end entity below that one, with a fresh CRL of each authority.
struct Three {
    root: Entity,
    centre: Entity,
    leaf: Entity,
}

impl Three {
    fn new() -> Self {
        Self::of(&Recipe::ca("root"), &Recipe::ca("centre"), &Recipe::leaf("leaf"))
    }

    fn of(root_recipe: &Recipe, centre: &Recipe, leaf: &Recipe) -> Self {
        let root = root(root_recipe, "root");
        let centre = root.issue(centre, "centre");
        let leaf = centre.issue(leaf, "leaf");
        Self { root, centre, leaf }
    }

    /// Everything but a CRL of the centre.
    fn bare(&self) -> World {
        World::trusting(&[&self.root]).with(&self.centre).with_crl(self.root.crl(&CrlRecipe::new(1)))
    }

    fn world(&self) -> World {
        self.bare().with_crl(self.centre.crl(&CrlRecipe::new(1)))
    }

    /// The answer where the centre's only CRL is this one.
    fn under(&self, crl: &CrlRecipe) -> Answer {
        answer(self.bare().with_crl(self.centre.crl(crl)).ask(&self.leaf))
    }
}

/// The proof's length, or the defects told.
type Answer = Result<usize, Vec<Defect>>;

fn answer(result: Result<ValidatedPath, Rejection>) -> Answer {
    result
        .map(|proof| proof.certificates().len())
        .map_err(|rejection| rejection.defects.iter().map(|d| d.defect).collect())
}

fn asked(three: &Three) -> Answer {
    answer(three.world().ask(&three.leaf))
}

fn one(defect: Defect) -> Answer {
    Err(vec![defect])
}

fn unknown(why: RevocationUnknown) -> Answer {
    one(Defect::RevocationUnknown(why))
}

fn revoked(since: crate::time::Timestamp, reason: Option<RevocationReason>) -> Answer {
    one(Defect::Revoked { since, reason: reason.map(RevocationReasonRank) })
}

mod answering;
mod answers;
mod building;
mod defects;
mod holding;
mod names;
mod policies;
mod profiles;
mod remembering;
mod revoking;
mod rules;
mod scopes;
mod weighing;
