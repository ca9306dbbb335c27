//! A trust snapshot fetched from where its keeper publishes it.

use super::Online;
use crate::fetch::{Evidence, FetchError, Key, Kind, Known, Refusal, Url, Validators, Wish};
use crate::time::Timestamp;

impl Online {
    /// Fetches a snapshot as published, not judged; `None` where it is still the one held.
    ///
    /// *Takes* name and octets of the one held: the name is the entity tag that our own nodes serve it under.
    /// *Errors*: `Refusal`.
    pub async fn trust_snapshot(&self, url: &Url, held: Option<(String, &[u8])>) -> Result<Option<Vec<u8>>, Refusal> {
        if let Some((name, octets)) = held {
            let key = Key { kind: Kind::TrustSnapshot, url: url.clone(), question: None };
            let validators = Validators { etag: Some(format!("\"{name}\"")), last_modified: None };
            // Long ago, so that it is asked about again.
            let long_ago = Timestamp::from_unix_millis(0);
            let known = Known { validators, seen_at: long_ago, checked_at: long_ago, vouched: None };
            self.fetcher.restore(key, known, octets);
        }
        let fetched = self.fetcher.fetch(&Wish::get(Kind::TrustSnapshot, url.clone())).await?;
        self.save(Vec::new()).await;
        match (&fetched.kept.evidence, fetched.octets) {
            (Evidence::TrustSnapshot(octets), Some(_)) => Ok(Some(octets.clone())),
            (Evidence::TrustSnapshot(_), None) => Ok(None),
            _ => {
                let error = FetchError::Unreadable { kind: Kind::TrustSnapshot };
                Err(Refusal { url: url.clone(), error, retry_at: None })
            }
        }
    }
}
