//! A node of nothing but the centres of a test PKI; shared with the tests of fetching, which ask them over a socket.

use std::path::Path;
use std::sync::Arc;

use qoltanba::policy::Policy;
use qoltanba::service::devkit::DevkitCentre;
use qoltanba::service::{ClockWatch, Node, VerifyAccess};
use qoltanba::time::Clock;

/// A node that serves the centres of a folder.
pub(crate) fn node(folder: &Path, clock: Clock) -> Node {
    let policy = Policy::named("kz").unwrap();
    let centre = DevkitCentre::open(folder, &policy, &ClockWatch::believing(clock)).unwrap();
    Node {
        verifier: None,
        policy,
        office: None,
        online: None,
        clock,
        verify_access: VerifyAccess::Open,
        time_stamper: None,
        third_party: None,
        time_sources: Vec::new(),
        centre: Some(Arc::new(centre)),
    }
}
