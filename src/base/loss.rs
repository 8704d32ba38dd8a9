//! A simulated bad network: datagrams that are lost on purpose (docs/spec/debug.md, section 9).

#![forbid(unsafe_code)]

use super::{log::LOG_DEBUG, prng};
use crate::log;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The most items of a list.
const MAX_INTERVALS: usize = 9;
/// The largest number that is understood (D12).
const MAX_NUMBER: u64 = i32::MAX as u64;

/// What is lost: up to nine intervals of packet numbers, and a share of the rest.
struct Loss {
    intervals: [(u32, u32); MAX_INTERVALS],
    /// A packet is lost when a random 16-bit number is below this.
    threshold: u32,
    sent: u32,
}

/// What becomes of a packet.
#[derive(PartialEq, Eq, Debug)]
enum Fate {
    Sent,
    Lost,
    /// Lost if a random 16-bit number is below this.
    Draw(u32),
}

/// Interval that no packet number is in.
const NEVER: (u32, u32) = (1, 0);

static LOSS: Mutex<Loss> = Mutex::new(Loss::new());

fn loss() -> MutexGuard<'static, Loss> {
    LOSS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// `coap_debug_set_packet_loss`: takes a percentage or a list of packet numbers. Returns whether it was understood; if
/// not, nothing changes (D11).
pub fn set(spec: &[u8]) -> bool {
    let percent = match parse(spec) {
        None => return false,
        Some(Spec::Percentage(percent)) => {
            let mut loss = loss();
            loss.threshold = percent * 65536 / 100;
            loss.sent = 0;
            percent
        }
        Some(Spec::List(intervals)) => {
            let mut loss = loss();
            loss.intervals = intervals;
            loss.sent = 0;
            return true;
        }
    };
    log!(LOG_DEBUG, "packet loss level set to {percent}%");
    true
}

/// `coap_debug_send_packet`: counts a packet and tells whether it is to be sent. May call the application's random
/// number generator.
pub fn send_packet() -> bool {
    // The lock is let go before the generator or the log may call the application.
    let (number, fate) = loss().next();
    let lost = match fate {
        Fate::Sent => false,
        Fate::Lost => true,
        Fate::Draw(threshold) => {
            let mut random = [0; 2];
            prng::fill(&mut random);
            u32::from(u16::from_ne_bytes(random)) < threshold
        }
    };
    if lost {
        log!(LOG_DEBUG, "Packet {number} dropped");
    }
    !lost
}

impl Loss {
    const fn new() -> Self {
        Loss { intervals: [NEVER; MAX_INTERVALS], threshold: 0, sent: 0 }
    }

    fn next(&mut self) -> (u32, Fate) {
        self.sent = self.sent.wrapping_add(1);
        let number = self.sent;
        let fate = if self.intervals.iter().any(|&(first, last)| (first..=last).contains(&number)) {
            Fate::Lost
        } else if self.threshold > 0 {
            Fate::Draw(self.threshold)
        } else {
            Fate::Sent
        };
        (number, fate)
    }
}

#[derive(PartialEq, Eq, Debug)]
enum Spec {
    /// 0 to 100.
    Percentage(u32),
    List([(u32, u32); MAX_INTERVALS]),
}

fn parse(spec: &[u8]) -> Option<Spec> {
    let (first, rest) = number(spec)?;
    if rest.first() == Some(&b'%') {
        return Some(Spec::Percentage(first.min(100)));
    }
    let mut intervals = [NEVER; MAX_INTERVALS];
    let mut rest = spec;
    for interval in &mut intervals {
        let (first, behind) = position(rest)?;
        *interval = (first, first);
        rest = behind;
        if let Some(behind) = rest.strip_prefix(b"-") {
            (interval.1, rest) = position(behind)?;
        }
        match rest.split_first() {
            None => return Some(Spec::List(intervals)),
            Some((b',', behind)) => rest = behind,
            Some(_) => return None,
        }
    }
    None
}

/// A packet number: they count from 1.
fn position(text: &[u8]) -> Option<(u32, &[u8])> {
    number(text).filter(|&(value, _)| value > 0)
}

/// Reads a number as `strtol` does, and gives what is behind it. `None` without digits, below 0 or above the maximum.
fn number(text: &[u8]) -> Option<(u32, &[u8])> {
    let start = text.iter().position(|byte| !matches!(byte, b' ' | b'\t'..=b'\r'))?;
    let text = &text[start..];
    let negative = text.first() == Some(&b'-');
    let digits = if negative { &text[1..] } else { text.strip_prefix(b"+").unwrap_or(text) };
    let length = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if length == 0 {
        return None;
    }
    let (digits, rest) = digits.split_at(length);
    let value = digits.iter().fold(0u64, |value, digit| value.saturating_mul(10).saturating_add((digit - b'0').into()));
    if value > MAX_NUMBER || (negative && value > 0) {
        return None;
    }
    Some((value as u32, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_and_rejects() {
        for good in [
            "0%",
            "1%",
            "50%",
            "101%",
            "1000%",
            "50%xyz",
            "1",
            " 5",
            "+5",
            "5,6",
            "5, 6",
            "5-7",
            "5-7,9",
            "7-5",
            "1-3,2-4,10-20",
            "2147483647",
            "1,2,3,4,5,6,7,8,9",
            "-0%",
        ] {
            assert!(parse(good.as_bytes()).is_some(), "{good}");
        }
        for bad in [
            "",
            "abc",
            "-1",
            "-1%",
            "1.5%",
            "5 %",
            "0",
            "0,5",
            "5,0",
            "5,",
            "5 ",
            "5\n",
            "5 ,6",
            "1;2",
            "0x10",
            "5-",
            "5--7",
            "5-7-9",
            "5-10%",
            "5,6%",
            "1,2,3,4,5,6,7,8,9,10",
            "2147483648",
            "99999999999999999999",
            "4294967297", // D12
            "99999999999999999999%",
        ] {
            assert_eq!(parse(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn reads_what_it_says() {
        assert_eq!(parse(b"250%"), Some(Spec::Percentage(100)));
        let mut intervals = [NEVER; MAX_INTERVALS];
        intervals[..3].copy_from_slice(&[(5, 7), (9, 9), (4, 2)]);
        assert_eq!(parse(b"5-7, 9,4-2"), Some(Spec::List(intervals)));
    }

    #[test]
    fn loses_the_listed_ones() {
        let Some(Spec::List(intervals)) = parse(b"2,4-5,9-8") else { panic!() };
        let mut loss = Loss { intervals, ..Loss::new() };
        let lost: Vec<u32> =
            (0..10).map(|_| loss.next()).filter(|(_, fate)| *fate == Fate::Lost).map(|(n, _)| n).collect();
        assert_eq!(lost, [2, 4, 5]);
    }

    #[test]
    fn draws_for_the_others() {
        let Some(Spec::List(intervals)) = parse(b"1") else { panic!() };
        let mut loss = Loss { intervals, threshold: 655, sent: 0 };
        assert_eq!(loss.next(), (1, Fate::Lost), "no number is drawn");
        assert_eq!(loss.next(), (2, Fate::Draw(655)));
        loss.sent = u32::MAX;
        assert_eq!(loss.next(), (0, Fate::Draw(655)), "D13");
    }

    // One test, because the state is global.
    #[test]
    fn percentage_and_list_add_up() {
        assert!(send_packet());
        for (spec, threshold) in [("1%", 655), ("33%", 21626), ("50%", 32768), ("99%", 64880), ("100%", 65536)] {
            assert!(set(spec.as_bytes()));
            assert_eq!(loss().threshold, threshold, "{spec}");
        }
        assert!(!send_packet() && !send_packet());
        assert!(set(b"2"));
        assert_eq!(loss().threshold, 65536, "a list keeps the percentage");
        assert!(set(b"0%"));
        assert!(send_packet() && !send_packet() && send_packet(), "a percentage keeps the list");
        assert!(!set(b"7,x"));
        assert_eq!((loss().sent, loss().intervals[0]), (3, (2, 2)), "D11");
        assert!(set(b"2147483647"));
        assert!(send_packet() && send_packet());
    }
}
