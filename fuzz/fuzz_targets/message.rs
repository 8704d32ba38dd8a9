//! Any bytes as a message (X1): parse, look at all of it, show it, record it, encode it again, change it.
#![no_main]

use coap2::abi::*;
use coap2::capi::{coap_debug::*, option::*, pdu::*, uri::*};
use coap2::message::pdu::OwnedPdu;
use core::ptr::{null, null_mut};
use libcoap_2_fuzz::silent_log;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    silent_log();
    let &[choice, ref message @ ..] = data else { return };
    let proto = choice % 6;
    let pdu = OwnedPdu::new(0, 0, 0, if choice & 0x80 == 0 { 0 } else { 300 }).unwrap();
    let mut valid = false;
    // Twice into the same message: what is left of the first must not show (M12).
    for _ in 0..1 + usize::from(choice & 0x40 != 0) {
        // SAFETY: as many bytes as the slice has, and a message.
        valid = unsafe { coap_pdu_parse(proto, message.as_ptr(), message.len(), pdu.as_ptr()) } == 1;
    }
    look(&pdu);
    if valid {
        encode_again(proto, message, &pdu);
    }
    record(&pdu);
    if choice & 0x20 != 0 {
        overwrite(&pdu, message);
        look(&pdu);
        record(&pdu);
    }
    for (at, &byte) in message.iter().take(8).enumerate() {
        change(&pdu, byte, at);
        look(&pdu);
    }
    pdu.encode_header(proto);
    look(&pdu);
    drop(pdu.duplicate(1, 0, &[], None));
});

/// Writes the public fields as a hostile application might. It keeps the one promise that has to be believed: that
/// `used_size` and `alloc_size` bytes are there.
fn overwrite(pdu: &OwnedPdu, with: &[u8]) {
    let mut bytes = with.iter().rev().copied().chain(core::iter::repeat(0));
    let mut next = || bytes.next().unwrap_or(0);
    pdu.r#type.set(next());
    pdu.code.set(next());
    pdu.token_length.set(next() % 32);
    pdu.hdr_size.set(next() % 9);
    pdu.max_hdr_size.set(next());
    pdu.max_opt.set(u16::from(next()) << (next() % 9));
    pdu.used_size.set(pdu.used_size.get().saturating_sub(next().into()));
    pdu.alloc_size.set(pdu.alloc_size.get().saturating_sub(next().into()));
    pdu.max_size.set(usize::from(next()) * 8);
    let data = match next() % 4 {
        0 => return,
        1 => null_mut(),
        2 => usize::MAX as *mut u8,
        _ => pdu.token.get().wrapping_add(next().into()).wrapping_sub(4),
    };
    pdu.data.set(data);
}

/// Every way to look at a message.
fn look(pdu: &OwnedPdu) {
    let pdu = pdu.as_ptr();
    // SAFETY: a live message, whose options are walked over before it changes.
    unsafe {
        let mut iterator = core::mem::zeroed::<coap_opt_iterator_t>();
        coap_option_iterator_init(pdu, &mut iterator, null());
        let mut count = 0;
        loop {
            let option = coap_option_next(&mut iterator);
            if option.is_null() {
                break;
            }
            let (value, length) = (coap_opt_value(option), coap_opt_length(option) as usize);
            assert_eq!(coap_opt_size(option), value.offset_from(option) as usize + length);
            let sum = core::slice::from_raw_parts(value, length).iter().fold(0u32, |a, &b| a.wrapping_add(b.into()));
            core::hint::black_box(sum);
            count += 1;
        }
        assert_eq!(count, (*pdu).options().count());
        let first = coap_check_option(pdu, COAP_OPTION_URI_PATH, &mut iterator);
        assert_eq!(first.is_null(), (*pdu).option(COAP_OPTION_URI_PATH).is_none());
        let (mut length, mut bytes, mut offset, mut total) = (0, null(), 0, 0);
        if coap_get_data_large(pdu, &mut length, &mut bytes, &mut offset, &mut total) == 1 {
            core::hint::black_box(core::slice::from_raw_parts(bytes, length).to_vec());
        } else {
            assert!(length == 0 && bytes.is_null());
        }
        for text in [coap_get_uri_path(pdu), coap_get_query(pdu)] {
            if let Some(text) = text.as_ref() {
                assert_eq!(text.s.add(text.length).read(), 0);
            }
            libc::free(text.cast());
        }
        coap_show_pdu(7, pdu);
        core::hint::black_box((*pdu).wire().to_vec());
    }
}

/// A message that was taken is the same one when it is encoded again, but for what the header says of its own length.
fn encode_again(proto: coap_proto_t, message: &[u8], pdu: &OwnedPdu) {
    let before = pdu.wire().to_vec();
    assert_eq!(before, message);
    let size = pdu.encode_header(proto);
    assert!(size > 0);
    assert!(pdu.wire()[size..].ends_with(&before[before.len() - (pdu.wire().len() - size)..]));
    let other = OwnedPdu::new(0, 0, 0, 0).unwrap();
    let wire = pdu.wire().to_vec();
    assert!(other.parse(proto, &wire));
    assert_eq!(other.wire(), wire);
    assert!(other.options().eq(pdu.options()) && other.payload() == pdu.payload());
}

/// A recorded message gives what the original gives (C10, X38).
fn record(pdu: &OwnedPdu) {
    let Some(copy) = pdu.record() else { return };
    assert_eq!(copy.token_bytes(), pdu.token_bytes());
    assert!(copy.options().eq(pdu.options()));
    assert_eq!(copy.data_large().map(|data| data.bytes), pdu.data_large().map(|data| data.bytes));
    look(&copy);
    // SAFETY: a message of one's own.
    assert!(unsafe { coap_get_data(copy.as_ptr(), null_mut(), null_mut()) } >= 0);
}

/// One change, which the bytes choose; on messages that could not be parsed, too.
fn change(pdu: &OwnedPdu, choice: u8, at: usize) {
    let number = u16::from(choice >> 3) + 16 * at as u16;
    let value = [choice; 300];
    let value = &value[..usize::from(choice) + at];
    match choice & 7 {
        0 => drop(pdu.add_option(number, value)),
        1 => drop(pdu.insert_option(number, value)),
        2 => drop(pdu.update_option(number, value)),
        3 => drop(pdu.remove_option(number)),
        4 => drop(pdu.update_token(&value[..value.len() % 10])),
        5 => drop(pdu.add_data(value)),
        6 => drop(pdu.resize(usize::from(choice) * 3)),
        _ => drop(pdu.add_token(&value[..value.len() % 10])),
    }
}
