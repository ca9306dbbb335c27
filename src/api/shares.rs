//! Places that are shared: how many there are, how many one client may take, how many all without a key together.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

use super::error::ApiError;
use crate::limits::Limit;

/// Whose share it is: a key's, or an address's where no key was sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Client {
    /// By the id of its key, which was checked.
    Key(String),
    /// By its address; none where the node is not asked over a network.
    Address(Option<IpAddr>),
}

impl Client {
    /// Whoever has one address of a network of IPv6 has all of its last 64 bits.
    pub(super) fn at(address: Option<IpAddr>) -> Self {
        Self::Address(address.map(|address| match address.to_canonical() {
            IpAddr::V6(six) => {
                let [a, b, c, d, ..] = six.segments();
                IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
            }
            four @ IpAddr::V4(_) => four,
        }))
    }
}

/// How places are shared.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sharing {
    /// Places.
    pub(super) places: &'static Limit,
    /// Of one client.
    pub(super) each: &'static Limit,
    /// Of all without a key together; the rest is kept for keys.
    pub(super) keyless: &'static Limit,
}

/// The places.
#[derive(Debug)]
pub(super) struct Shares {
    sharing: Sharing,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    keyless: usize,
    /// Only of those who have any.
    by: HashMap<Client, usize>,
}

/// A place that is taken until this value is dropped.
#[derive(Debug)]
pub(super) struct Share {
    shares: Arc<Shares>,
    client: Client,
}

impl Shares {
    pub(super) fn new(sharing: Sharing) -> Arc<Self> {
        Arc::new(Self { sharing, taken: Mutex::default() })
    }

    /// Takes a place for a client.
    ///
    /// *Errors*: `ShareTaken` where the client has its share already, `Overloaded` where no place is left.
    pub(super) fn take(self: &Arc<Self>, client: Client) -> Result<Share, ApiError> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let own = taken.by.get(&client).copied().unwrap_or(0);
        let keyless = matches!(client, Client::Address(_));
        if own >= self.sharing.each.value {
            return Err(ApiError::ShareTaken);
        }
        if taken.all >= self.sharing.places.value || (keyless && taken.keyless >= self.sharing.keyless.value) {
            return Err(ApiError::Overloaded);
        }
        taken.all = taken.all.saturating_add(1);
        taken.keyless = taken.keyless.saturating_add(usize::from(keyless));
        taken.by.insert(client.clone(), own.saturating_add(1));
        Ok(Share { shares: Arc::clone(self), client })
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut taken = self.shares.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.all = taken.all.saturating_sub(1);
        let keyless = matches!(self.client, Client::Address(_));
        taken.keyless = taken.keyless.saturating_sub(usize::from(keyless));
        if let Some(own) = taken.by.get_mut(&self.client) {
            *own = own.saturating_sub(1);
            if *own == 0 {
                taken.by.remove(&self.client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static PLACES: Limit = Limit { name: "PLACES", value: 5, unit: "places" };
    static EACH: Limit = Limit { name: "EACH", value: 2, unit: "places" };
    static KEYLESS: Limit = Limit { name: "KEYLESS", value: 3, unit: "places" };

    fn shares() -> Arc<Shares> {
        Shares::new(Sharing { places: &PLACES, each: &EACH, keyless: &KEYLESS })
    }

    fn at(address: &str) -> Client {
        Client::at(Some(address.parse().unwrap()))
    }

    #[test]
    fn a_client_has_its_share_and_no_more_until_it_gives_back() {
        let shares = shares();
        let key = || Client::Key("a".into());
        let first = shares.take(key()).unwrap();
        let _second = shares.take(key()).unwrap();
        assert!(matches!(shares.take(key()), Err(ApiError::ShareTaken)));
        let _other = shares.take(Client::Key("b".into())).unwrap();
        drop(first);
        let _again = shares.take(key()).unwrap();
    }

    #[test]
    fn who_has_no_key_leaves_places_for_those_who_have() {
        let shares = shares();
        let taken: Vec<_> = ["10.0.0.1", "10.0.0.2", "10.0.0.3"].iter().map(|a| shares.take(at(a)).unwrap()).collect();
        assert!(matches!(shares.take(at("10.0.0.4")), Err(ApiError::Overloaded)));
        let _one = shares.take(Client::Key("a".into())).unwrap();
        let _two = shares.take(Client::Key("b".into())).unwrap();
        assert!(matches!(shares.take(Client::Key("c".into())), Err(ApiError::Overloaded)));
        drop(taken);
        let _four = shares.take(at("10.0.0.4")).unwrap();
        assert_eq!(shares.taken.lock().unwrap().by.len(), 3, "who has nothing is forgotten");
    }

    #[test]
    fn a_network_of_ipv6_is_one_client_and_a_mapped_address_is_that_of_ipv4() {
        assert_eq!(at("2001:db8::1"), at("2001:db8::ffff:2"));
        assert_ne!(at("2001:db8::1"), at("2001:db8:0:1::1"));
        assert_eq!(at("::ffff:10.0.0.1"), at("10.0.0.1"));
        assert_ne!(at("10.0.0.1"), at("10.0.0.2"));
    }
}
