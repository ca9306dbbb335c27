//! Signatures stamped by an authority over HTTP: an answer that is not the one to our question never enters a message.

use qoltanba::cms::{SignedData, TimeStampFailure, TimeStampRequest, encode_granted, encode_refused};
use qoltanba::fetch::Kind;
use qoltanba::service::{Online, StampError};
use qoltanba::signing::{TokenRefusal, TokenRequest, issue_token};
use qoltanba::time::Clock;

use crate::server::{Act, Request, Upstream, ok};
use crate::settling::{options, pki, signed_by};
use crate::{now, url};

const POLICY: const_oid::ObjectIdentifier = const_oid::ObjectIdentifier::new_unwrap("1.2.398.3.3.2.6.4");
const OTHER: const_oid::ObjectIdentifier = const_oid::ObjectIdentifier::new_unwrap("1.2.398.3.3.2.6.2");

/// The kit's own authority, with one thing wrong where the path says so.
fn authority(request: &Request) -> Act {
    assert!(request.head.starts_with("POST ") && request.head.contains("application/timestamp-query"));
    let mut asked = TimeStampRequest::parse(&request.body).unwrap();
    assert!(asked.cert_req && asked.nonce.as_ref().is_some_and(|nonce| nonce.len() >= 8));
    match request.path.as_str() {
        "/refuses" => return ok(&encode_refused(TimeStampFailure::UnacceptedPolicy, "no")),
        "/garbage" => return ok(b"busy"),
        "/hangs" => return Act::Hang(Vec::new()),
        "/other-imprint" => asked.message_imprint.hashed_message[0] ^= 1,
        "/other-nonce" => asked.nonce = Some(vec![1]),
        "/no-nonce" => asked.nonce = None,
        _ => {}
    }
    let token_request = TokenRequest {
        imprint: asked.message_imprint,
        policy: if request.path == "/other-policy" { OTHER } else { POLICY },
        serial: vec![7],
        gen_time: if request.path == "/tomorrow" { now().plus_seconds(86_400) } else { now() },
        nonce: asked.nonce,
        accuracy: None,
        cert_req: asked.cert_req,
    };
    let mut token = issue_token(&token_request, &pki().time_stamp_authority("tsa-gost").unwrap()).unwrap();
    if request.path == "/broken-signature" {
        let last = token.len() - 1;
        token[last] ^= 1;
    }
    ok(&encode_granted(&token))
}

#[tokio::test]
async fn a_stamp_is_attached_only_where_it_answers_the_question_and_holds() {
    let upstream = Upstream::start(authority).await;
    let routes = vec![upstream.route("tsa.test")];
    let online =
        Online::open(qoltanba::service::OnlineOptions { routes, ..options(&upstream) }, Clock::Fixed(now())).unwrap();
    let message = signed_by("officer-head");
    let stamp =
        async |path: &str| online.stamp(&url(&format!("http://tsa.test{path}")), (&message, 0), Some(POLICY)).await;
    let stamped = stamp("/good").await.unwrap();
    assert_eq!(SignedData::parse(&stamped).unwrap().signer_infos[0].signature_time_stamps().count(), 1);
    for (path, expected) in [
        ("/other-imprint", TokenRefusal::OtherImprint),
        ("/other-nonce", TokenRefusal::OtherNonce),
        ("/no-nonce", TokenRefusal::OtherNonce),
        ("/other-policy", TokenRefusal::OtherPolicy { policy: OTHER }),
        ("/broken-signature", TokenRefusal::Unsound),
        ("/tomorrow", TokenRefusal::Unsound),
        ("/garbage", TokenRefusal::Malformed),
        ("/refuses", TokenRefusal::Refused { status: 2, failure: Some(TimeStampFailure::UnacceptedPolicy) }),
    ] {
        let told = stamp(path).await;
        assert!(matches!(&told, Err(StampError::Token(refusal)) if *refusal == expected), "{path}: {told:?}");
    }
    let late = stamp("/hangs").await;
    assert!(matches!(&late, Err(StampError::Upstream { error, .. }) if error.code() == "ANSWER_LATE"), "{late:?}");
    assert!(online.upstream_rows().iter().any(|row| row.kind == Kind::TimeStamp && row.success_percent > 0));
    assert!(matches!(
        online.stamp(&url("http://tsa.test/good"), (&message, 1), None).await,
        Err(StampError::Signing(_))
    ));
}
