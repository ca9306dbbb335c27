//! The centres of the test PKI at work over HTTP: OCSP, revocation lists, certificates, time stamps; revoked at run time;
//! asked by OpenSSL where it is at hand.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests fail as loudly as the tests")]

#[path = "devkit_ca/asking.rs"]
mod asking;
#[path = "devkit_ca/centre_node.rs"]
mod centre_node;
#[path = "devkit_ca/command.rs"]
mod command;
#[path = "devkit_ca/openssl.rs"]
mod openssl;
#[path = "devkit_ca/publishing.rs"]
mod publishing;
#[path = "devkit_ca/revoking.rs"]
mod revoking;
#[path = "devkit_ca/site.rs"]
mod site;
#[path = "devkit_ca/stamping.rs"]
mod stamping;
