//! The OpenAPI document: what stands around the routes.

use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Components, OpenApi as Document};
use utoipa::{Modify, OpenApi};

/// Title, tags and the way to show a key; the routes add themselves.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "qoltanba",
        description = "Issues and checks documents certified with an electronic digital signature. \
            Every error is a problem document (RFC 9457) with a stable `code`.",
    ),
    tags(
        (name = "verify", description = "Check signed documents"),
        (name = "signatures", description = "Sign in two steps, where the key is on another machine"),
        (name = "permits", description = "Issue permits, conclusions and licences, and follow their lives"),
        (name = "time stamps", description = "Stamp times, on a node that is a time-stamping authority"),
        (name = "receipts", description = "Have documents validated by a trusted third party, on a node that is one"),
        (name = "trust", description = "Whom we trust: the registry of two administrators, and its snapshots"),
        (name = "administration", description = "API keys and the trust snapshot"),
        (name = "operations", description = "For those who run a node"),
    ),
    modifiers(&KeyScheme),
)]
pub(super) struct Frame;

struct KeyScheme;

impl Modify for KeyScheme {
    fn modify(&self, document: &mut Document) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("An API key: `<key id>.<secret>`"))
            .build();
        document
            .components
            .get_or_insert_with(Components::new)
            .add_security_scheme("key", SecurityScheme::Http(scheme));
    }
}
