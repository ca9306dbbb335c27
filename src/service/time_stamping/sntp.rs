//! Time sources asked over SNTP (RFC 4330, RFC 5905). They can only make the authority refuse: no time is ever taken from
//! them, so whoever forges their answers can hinder stamping, not falsify it.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use tokio::net::UdpSocket;

use super::ClockWatch;
use crate::crypto::{Entropy, SystemEntropy};
use crate::limits::{TIME_SOURCE_ANSWER_SECONDS_MAX, TIME_STAMP_DRIFT_MILLIS_MAX};
use crate::time::{Clock, Timestamp};

/// Why a source gave no time.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SntpError {
    /// The network.
    #[error("the time source cannot be asked: {0}")]
    Network(#[from] io::Error),
    /// No answer.
    #[error("the time source did not answer within {} {}", TIME_SOURCE_ANSWER_SECONDS_MAX.value, TIME_SOURCE_ANSWER_SECONDS_MAX.unit)]
    Late,
    /// An answer that is none: other length or mode, not to our question, not synchronised.
    #[error("the time source gave no usable answer")]
    NoTime,
    /// The answer took so long that it says too little.
    #[error("the time source's answer took too long to say anything")]
    TooFar,
    /// No randomness for the question.
    #[error("the operating system gave no randomness")]
    Entropy,
}

/// Octets of a question, and the least of an answer.
const PACKET: usize = 48;
/// Seconds from 1900 to 1970.
const EPOCH_OFFSET: i64 = 2_208_988_800;
/// No leap-second warning, version 4, mode 3 (client).
const CLIENT: u8 = 0x23;

/// Asks one source, `host:port`. *Gives* by how many milliseconds its time is ahead of ours.
pub async fn ask_time(source: &str, clock: Clock) -> Result<i64, SntpError> {
    let asking = async {
        let mut addresses = tokio::net::lookup_host(source).await?;
        let address = addresses.next().ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        let own: IpAddr = if address.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
        let socket = UdpSocket::bind((own, 0)).await?;
        socket.connect(address).await?;
        let mut cookie = [0; 8];
        SystemEntropy.fill(&mut cookie).map_err(|_| SntpError::Entropy)?;
        let sent = clock.now();
        socket.send(&question(cookie)).await?;
        let mut answer = [0; 512];
        let length = socket.recv(&mut answer).await?;
        let received = clock.now();
        offset(answer.get(..length).unwrap_or_default(), cookie, (sent, received))
    };
    let patience = Duration::from_secs(u64::try_from(TIME_SOURCE_ANSWER_SECONDS_MAX.value).unwrap_or(u64::MAX));
    tokio::time::timeout(patience, asking).await.unwrap_or(Err(SntpError::Late))
}

/// Asks the sources again and again, and tells the watch the middle one of their answers. Never ends.
pub async fn follow_time_sources(sources: Vec<String>, watch: ClockWatch, pause: Duration) {
    loop {
        let mut offsets = Vec::new();
        for source in &sources {
            match ask_time(source, Clock::Wall).await {
                Ok(offset) => offsets.push(offset),
                Err(error) => tracing::warn!(source, %error, "time source"),
            }
        }
        offsets.sort_unstable();
        // With fewer than half of them, one that lies could speak for all.
        let enough = offsets.len().saturating_mul(2) > sources.len();
        if let Some(middle) = offsets.get(offsets.len().div_euclid(2)).filter(|_| enough) {
            watch.compare(*middle);
            tracing::debug!(offset_millis = middle, "time sources answered");
        }
        tokio::time::sleep(pause).await;
    }
}

/// The transmit timestamp of a question may be any number (RFC 5905 §14 as used by RFC 8633); a random one is a cookie.
fn question(cookie: [u8; 8]) -> Vec<u8> {
    let mut packet = vec![0; PACKET.saturating_sub(cookie.len())];
    if let Some(first) = packet.first_mut() {
        *first = CLIENT;
    }
    packet.extend_from_slice(&cookie);
    packet
}

/// RFC 4330 §5: the offset is half the sum of both ways' differences.
fn offset(answer: &[u8], cookie: [u8; 8], (sent, received): (Timestamp, Timestamp)) -> Result<i64, SntpError> {
    const SERVER: u8 = 4;
    const NOT_SYNCHRONISED: u8 = 3;
    let [flags, stratum, ..] = *answer else { return Err(SntpError::NoTime) };
    let sound = flags & 7 == SERVER && flags >> 6 != NOT_SYNCHRONISED && (1..=15).contains(&stratum);
    if !sound || answer.get(24..32) != Some(&cookie[..]) {
        return Err(SntpError::NoTime);
    }
    let came = answer.get(32..40).and_then(millis).ok_or(SntpError::NoTime)?;
    let went = answer.get(40..48).and_then(millis).ok_or(SntpError::NoTime)?;
    let (sent, received) = (sent.unix_millis(), received.unix_millis());
    let way = received.saturating_sub(sent).saturating_sub(went.saturating_sub(came));
    let bound = i64::try_from(TIME_STAMP_DRIFT_MILLIS_MAX.value).unwrap_or(i64::MAX);
    if !(0..=bound).contains(&way) {
        return Err(SntpError::TooFar);
    }
    Ok(came.saturating_sub(sent).saturating_add(went.saturating_sub(received)).div_euclid(2))
}

/// An NTP timestamp as milliseconds since 1970; `None` for the zero that stands for "unknown".
fn millis(octets: &[u8]) -> Option<i64> {
    let octets: [u8; 8] = octets.try_into().ok()?;
    let value = u64::from_be_bytes(octets);
    let (seconds, fraction) = (i64::try_from(value >> 32).ok()?, i64::try_from(value & 0xffff_ffff).ok()?);
    // RFC 4330 §3: from 2036 on the first bit is 0 again.
    let era = if value >> 63 == 0 { 1_i64 << 32 } else { 0 };
    let since_1970 = seconds.checked_add(era)?.checked_sub(EPOCH_OFFSET)?;
    (value != 0).then_some(since_1970.checked_mul(1_000)?.checked_add(fraction.checked_mul(1_000)? >> 32)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const COOKIE: [u8; 8] = *b"cookie!!";
    const SENT: Timestamp = Timestamp::from_unix_seconds(1_800_000_000);

    fn ntp(at: Timestamp) -> [u8; 8] {
        let seconds = u64::try_from(at.plus_seconds(EPOCH_OFFSET).unix_seconds()).unwrap();
        let fraction = u64::try_from(at.unix_millis().rem_euclid(1_000)).unwrap().saturating_mul(4_294_967);
        ((seconds << 32) | fraction).to_be_bytes()
    }

    fn answer(flags: u8, stratum: u8, times: (Timestamp, Timestamp)) -> Vec<u8> {
        let mut packet = vec![0; 24];
        packet[0] = flags;
        packet[1] = stratum;
        [packet, COOKIE.to_vec(), ntp(times.0).to_vec(), ntp(times.1).to_vec()].concat()
    }

    #[test]
    fn the_offset_is_told_whatever_the_way_costs() {
        let ahead = SENT.plus_seconds(5);
        let received = Timestamp::from_unix_millis(SENT.unix_millis() + 200);
        let there = Timestamp::from_unix_millis(ahead.unix_millis() + 100);
        let found = offset(&answer(0x24, 2, (there, there)), COOKIE, (SENT, received)).unwrap();
        assert!((4_999..=5_000).contains(&found), "{found}");
    }

    #[test]
    fn answers_to_another_question_or_without_a_time_are_refused() {
        let good = answer(0x24, 2, (SENT, SENT));
        assert!(offset(&good, COOKIE, (SENT, SENT)).is_ok());
        for wrong in [answer(0x23, 2, (SENT, SENT)), answer(0xe4, 2, (SENT, SENT)), answer(0x24, 0, (SENT, SENT))] {
            assert!(matches!(offset(&wrong, COOKIE, (SENT, SENT)), Err(SntpError::NoTime)));
        }
        assert!(offset(&good, [0; 8], (SENT, SENT)).is_err());
        assert!(offset(&good[..47], COOKIE, (SENT, SENT)).is_err());
        assert!(offset(&[], COOKIE, (SENT, SENT)).is_err());
        let late = SENT.plus_seconds(2);
        assert!(matches!(offset(&good, COOKIE, (SENT, late)), Err(SntpError::TooFar)));
    }

    #[tokio::test]
    async fn a_source_on_this_machine_is_asked_and_one_that_is_silent_is_left() {
        let server = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = server.local_addr().unwrap().to_string();
        let serving = tokio::spawn(async move {
            let mut asked = [0; 64];
            let (length, client) = server.recv_from(&mut asked).await.unwrap();
            assert_eq!(length, PACKET);
            let mut packet = answer(0x24, 1, (Clock::Wall.now(), Clock::Wall.now()));
            packet[24..32].copy_from_slice(&asked[40..48]);
            server.send_to(&packet, client).await.unwrap();
        });
        let offset = ask_time(&address, Clock::Wall).await.unwrap();
        assert!(offset.abs() < 1_000, "{offset}");
        serving.await.unwrap();
    }
}
