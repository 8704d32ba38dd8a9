//! Addresses, sessions and endpoints as text (docs/spec/debug.md, section 7).

use super::address::Peer;
use super::bounded::Bounded;
use crate::abi::*;
use core::cell::UnsafeCell;
use core::ffi::{c_char, c_int};
use core::fmt::{self, Write};
use core::net::{Ipv4Addr, Ipv6Addr};

/// Least buffer for an IPv4 address, whatever its text.
const MIN_V4: usize = 17;
/// Least buffer for an IPv6 address, whatever its text.
const MIN_V6: usize = 49;
/// Room for any address as text, with its NUL.
pub const TEXT_SIZE: usize = 64;
/// What stands for an address of another family.
const UNKNOWN: &str = "(unknown address type)";
/// Room for any session string; the longest has 119 characters.
const SESSION_TEXT: usize = 160;

/// An address that prints as the log shows it: `1.2.3.4:5683`, `[::1]:5683`.
impl fmt::Display for coap_address_t {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.peer() {
            Some(Peer::V4(address, port)) => write!(f, "{}:{port}", Ipv4Addr::from(address)),
            Some(Peer::V6(address, port, _)) => write!(f, "[{}]:{port}", V6(address.into())),
            None => f.write_str(UNKNOWN),
        }
    }
}

/// An IPv6 address that prints as `inet_ntop` has it: the standard library shows `::1.2.3.4` in hex.
struct V6(Ipv6Addr);

impl fmt::Display for V6 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.segments() {
            [0, 0, 0, 0, 0, 0, high, low] if high != 0 => {
                write!(f, "::{}", Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)))
            }
            _ => write!(f, "{}", self.0),
        }
    }
}

/// `coap_print_addr`: writes an address as a C string. Returns its length, 0 (and an empty string) where `buffer` is
/// smaller than the family's minimum.
pub fn print(address: &coap_address_t, buffer: &mut [u8]) -> usize {
    let minimum = match address.peer() {
        Some(Peer::V4(..)) => MIN_V4,
        Some(Peer::V6(..)) => MIN_V6,
        None => 1,
    };
    let fits = buffer.len() >= minimum;
    let mut text = Bounded::new(buffer);
    if fits {
        let _ = write!(text, "{address}");
    }
    text.terminate()
}

/// `coap_session_str`: the addresses, interface and protocol of a session as a C string, valid until the next call on
/// this thread.
pub fn session(addresses: &coap_addr_tuple_t, ifindex: c_int, proto: coap_proto_t) -> *const c_char {
    thread_local! {
        static TEXT: UnsafeCell<[u8; SESSION_TEXT]> = const { UnsafeCell::new([0; SESSION_TEXT]) };
    }
    TEXT.with(|text| {
        // SAFETY: the buffer belongs to this thread, and nothing below calls anything that comes back here.
        let mut out = Bounded::new(unsafe { &mut *text.get() });
        let _ = write!(out, "{} <-> {}", addresses.local, addresses.remote);
        if ifindex > 0 {
            let _ = write!(out, " (if{ifindex})");
        }
        out.push(match proto {
            COAP_PROTO_UDP => b" UDP ",
            COAP_PROTO_DTLS => b" DTLS",
            COAP_PROTO_TCP => b" TCP ",
            COAP_PROTO_TLS => b" TLS ",
            _ => b" NONE",
        });
        out.terminate();
        text.get().cast_const().cast()
    })
}

/// `coap_endpoint_str`: the address and protocol of an endpoint as a C string, valid until the next call on this thread.
/// Streams print ` NONE`.
pub fn endpoint(bind_addr: &coap_address_t, proto: coap_proto_t) -> *const c_char {
    thread_local! {
        static TEXT: UnsafeCell<[u8; SESSION_TEXT]> = const { UnsafeCell::new([0; SESSION_TEXT]) };
    }
    TEXT.with(|text| {
        // SAFETY: as in `session`.
        let mut out = Bounded::new(unsafe { &mut *text.get() });
        let _ = write!(out, "{bind_addr}");
        out.push(match proto {
            COAP_PROTO_UDP => b" UDP",
            COAP_PROTO_DTLS => b" DTLS",
            _ => b" NONE",
        });
        out.terminate();
        text.get().cast_const().cast()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::ffi::{c_void, CStr};
    use libc::socklen_t;

    fn v4(address: [u8; 4], port: u16) -> coap_address_t {
        coap_address_t::from_peer(Peer::V4(address, port))
    }

    fn v6(address: &str, port: u16) -> coap_address_t {
        coap_address_t::from_peer(Peer::V6(address.parse::<Ipv6Addr>().unwrap().octets(), port, 3))
    }

    fn printed(address: &coap_address_t, length: usize) -> (String, usize) {
        let mut buffer = [b'#'; 64];
        let result = print(address, &mut buffer[..length]);
        assert!(buffer[length..].iter().all(|&b| b == b'#'), "D14");
        let text = CStr::from_bytes_until_nul(&buffer).map_or("", |text| text.to_str().unwrap());
        (text.into(), result)
    }

    #[test]
    fn addresses() {
        assert_eq!(printed(&v4([1, 2, 3, 4], 5683), 54), ("1.2.3.4:5683".into(), 12));
        for (address, text) in [
            ("2001:db8::1:0:0:1", "[2001:db8::1:0:0:1]:5683"),
            ("::", "[::]:5683"),
            ("::1", "[::1]:5683"),
            ("::ffff:192.168.1.1", "[::ffff:192.168.1.1]:5683"),
            ("::1.2.3.4", "[::1.2.3.4]:5683"),
            ("2001:db8:0:1:1:1:1:1", "[2001:db8:0:1:1:1:1:1]:5683"),
            ("fe80::1", "[fe80::1]:5683"),
        ] {
            assert_eq!(printed(&v6(address, 5683), 49), (text.into(), text.len()));
        }
        assert_eq!(printed(&coap_address_t::new(), 54), (UNKNOWN.into(), 22));
    }

    #[test]
    fn agrees_with_the_c_library() {
        extern "C" {
            fn inet_ntop(family: c_int, address: *const c_void, text: *mut c_char, size: socklen_t) -> *const c_char;
        }
        let mut seed = 1u64;
        for _ in 0..2000 {
            seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            // Mostly zero groups, that is where the forms differ.
            let group = |i: u32| if seed >> (i * 3 + 20) & 7 > 3 { (seed >> i) as u16 } else { 0 };
            let address = Ipv6Addr::from([0, 1, 2, 3, 4, 5, 6, 7].map(group));
            let mut text = [0 as c_char; 64];
            // SAFETY: the address has 16 bytes, the text 64, and the result ends in a NUL.
            let theirs = unsafe {
                inet_ntop(libc::AF_INET6, address.octets().as_ptr().cast(), text.as_mut_ptr(), 64);
                CStr::from_ptr(text.as_ptr())
            };
            assert_eq!(V6(address).to_string(), theirs.to_str().unwrap());
        }
    }

    #[test]
    fn short_buffers() {
        assert_eq!(printed(&v4([127, 0, 0, 1], 5683), 16), ("".into(), 0));
        assert_eq!(printed(&v4([255; 4], 65535), 17), ("255.255.255.255:".into(), 16));
        assert_eq!(printed(&v6("::1", 1), 48), ("".into(), 0));
        assert_eq!(printed(&coap_address_t::new(), 10), ("(unknown ".into(), 9), "D14");
        assert_eq!(printed(&coap_address_t::new(), 1), ("".into(), 0));
        assert_eq!(print(&v4([1; 4], 1), &mut []), 0, "D15");
    }

    fn c_text(text: *const c_char) -> String {
        // SAFETY: a C string in this thread's buffer.
        unsafe { CStr::from_ptr(text) }.to_str().unwrap().into()
    }

    #[test]
    fn sessions_and_endpoints() {
        let addresses = coap_addr_tuple_t { local: v4([127, 0, 0, 1], 46884), remote: v4([127, 0, 0, 1], 15683) };
        let text = session(&addresses, 0, COAP_PROTO_UDP);
        assert_eq!(c_text(text), "127.0.0.1:46884 <-> 127.0.0.1:15683 UDP ");
        assert_eq!(c_text(session(&addresses, 7, COAP_PROTO_DTLS)), "127.0.0.1:46884 <-> 127.0.0.1:15683 (if7) DTLS");
        let end = |proto| c_text(session(&addresses, 0, proto)).split_off(35);
        assert_eq!(
            [COAP_PROTO_TCP, COAP_PROTO_TLS, COAP_PROTO_NONE, 77].map(end),
            [" TCP ", " TLS ", " NONE", " NONE"]
        );
        let none = coap_addr_tuple_t { local: coap_address_t::new(), remote: v6("::", 0) };
        assert_eq!(c_text(session(&none, -1, 0)), "(unknown address type) <-> [::]:0 NONE");
        let long = v6("1111:2222:3333:4444:5555:6666:7777:8888", 65535);
        let longest = coap_addr_tuple_t { local: long, remote: long };
        assert!(c_text(session(&longest, c_int::MAX, COAP_PROTO_DTLS)).ends_with("]:65535 (if2147483647) DTLS"));

        let mine = endpoint(&addresses.remote, COAP_PROTO_UDP);
        assert_eq!(c_text(mine), "127.0.0.1:15683 UDP");
        session(&addresses, 0, COAP_PROTO_TCP);
        assert_eq!(c_text(mine), "127.0.0.1:15683 UDP", "D10: another buffer");
        std::thread::spawn(move || endpoint(&none.remote, COAP_PROTO_TCP) as usize).join().unwrap();
        assert_eq!(c_text(mine), "127.0.0.1:15683 UDP", "D10: another thread");
        assert_eq!(c_text(endpoint(&addresses.remote, COAP_PROTO_DTLS)), "127.0.0.1:15683 DTLS");
        assert_eq!(c_text(endpoint(&addresses.remote, COAP_PROTO_TCP)), "127.0.0.1:15683 NONE");
    }
}
