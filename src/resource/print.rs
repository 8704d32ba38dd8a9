//! Links printed into a buffer of the application's (docs/spec/resource.md, sections 5.1 and 5.2).

use super::filter::Filter;
use super::link::Window;
use super::Resource;
use crate::abi::*;
use crate::exchange::Context;

/// What printing into a buffer gives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Printed {
    /// Number of bytes written, and `COAP_PRINT_STATUS_*` bits.
    pub status: coap_print_status_t,
    /// Length of the whole text.
    pub total: usize,
    /// Bytes of the text that were skipped.
    pub skipped: usize,
}

impl Printed {
    /// For a text of `total` bytes, of which `offset` were to be skipped, and a buffer of `room` bytes.
    fn new(offset: usize, room: usize, total: usize) -> Self {
        let skipped = if room == 0 { 0 } else { offset.min(total) };
        let rest = total - skipped;
        let written = room.min(rest);
        let status = match coap_print_status_t::try_from(written) {
            Ok(count) if count & COAP_PRINT_STATUS_MASK == 0 => {
                count | if written < rest { COAP_PRINT_STATUS_TRUNC } else { 0 }
            }
            _ => COAP_PRINT_STATUS_ERROR,
        };
        Printed { status, total, skipped }
    }
}

/// Prints into `room` bytes at `buffer`, without a NUL, what `text` sends through the window that opens at `offset`.
///
/// # Safety
/// `room` bytes at `buffer` may be written (initialised or not).
unsafe fn print(
    buffer: *mut u8,
    room: usize,
    offset: usize,
    text: impl FnOnce(&mut Window<&mut dyn FnMut(&[u8])>),
) -> Option<Printed> {
    if buffer.is_null() && room > 0 {
        return None;
    }
    let mut written = 0;
    let mut write = |piece: &[u8]| {
        // SAFETY: a window lets no more than `room` bytes pass. The application's buffer may even be one of the
        // strings printed, hence no `copy_nonoverlapping`.
        unsafe { buffer.add(written).copy_from(piece.as_ptr(), piece.len()) };
        written += piece.len();
    };
    let mut window = Window::new(offset, room, &mut write as &mut dyn FnMut(&[u8]));
    text(&mut window);
    Some(Printed::new(offset, room, window.total()))
}

/// `coap_print_link`: prints one link; `None` for a null `buffer` with room.
///
/// # Safety
/// `room` bytes at `buffer` may be written (initialised or not).
pub unsafe fn print_link(resource: &Resource, buffer: *mut u8, room: usize, offset: usize) -> Option<Printed> {
    // SAFETY: handed on to the caller.
    unsafe { print(buffer, room, offset, |window| window.link(resource)) }
}

/// `coap_print_wellknown`: prints the links of all ordinary resources that pass the filter; `None` for a null `buffer`
/// with room.
///
/// # Safety
/// `room` bytes at `buffer` may be written (initialised or not).
pub unsafe fn print_document(
    context: &Context,
    buffer: *mut u8,
    room: usize,
    offset: usize,
    filter: &[u8],
) -> Option<Printed> {
    // SAFETY: handed on to the caller.
    unsafe { print(buffer, room, offset, |window| document(context, filter, window)) }
}

/// Sends the document through a window. Calls no application code.
pub(super) fn document<S: FnMut(&[u8])>(context: &Context, filter: &[u8], window: &mut Window<S>) {
    let filter = Filter::new(filter);
    window.document(context.resources.borrow().iter().filter(|resource| filter.matches(*resource)));
}

#[cfg(test)]
mod tests {
    use super::super::link::fixture::*;
    use super::*;

    fn printed(links: &[Sample], room: usize, offset: usize) -> (Printed, String) {
        let mut buffer = vec![b'#'; room];
        // SAFETY: the buffer has this length.
        let printed = unsafe { print(buffer.as_mut_ptr(), room, offset, |window| window.document(links.iter())) };
        let printed = printed.unwrap();
        let end = buffer.iter().position(|&byte| byte == b'#').unwrap_or(room);
        assert!(buffer[end..].iter().all(|&byte| byte == b'#'));
        (printed, String::from_utf8(buffer[..end].to_vec()).unwrap())
    }

    /// Section 5.3, partial output of the full fixture.
    #[test]
    fn documents() {
        for (room, offset, status, text) in [
            (4096, 0, 0xdd, DOCUMENT),
            (0, 0, 0x4000_0000, ""),
            (0, 1, 0x4000_0000, ""),
            (0, 4_294_967_295, 0x4000_0000, ""),
            (1, 2, 0x4000_0001, ">"),
            (10, 5, 0x4000_000a, "itle=\"Gene"),
            (50, 20, 0x4000_0032, "nfo\";ct=0,</time>;if=\"clock\";rt=\"ticks clock\";ct=0"),
            (50, 10000, 0, ""),
        ] {
            let (result, seen) = printed(&SAMPLES, room, offset);
            assert_eq!((result.status, result.total, seen.as_str()), (status, 221, text));
        }
        let empty = Printed { status: 0, total: 0, skipped: 0 };
        assert_eq!(printed(&[], 10, 3), (empty, String::new()));
        assert_eq!(printed(&[], 0, 3), (empty, String::new()));
    }

    /// Section 5.1: the `time` resource; the last column is the offset after.
    #[test]
    fn links() {
        let time = &SAMPLES[1..2];
        let whole = "</time>;if=\"clock\";rt=\"ticks clock\";ct=0;obs";
        for (room, offset, status, after, text) in [
            (0, 15, 0x4000_0000, 15, ""),
            (5, 0, 0x4000_0005, 0, "</tim"),
            (10, 15, 0x4000_000a, 0, "ck\";rt=\"ti"),
            (10, 30, 0x4000_000a, 0, "lock\";ct=0"),
            (15, 30, 0xe, 0, "lock\";ct=0;obs"),
            (40, 0, 0x4000_0028, 0, &whole[..40]),
            (45, 0, 0x2c, 0, whole),
            (5, 45, 0, 1, ""),
            (60, 60, 0, 16, ""),
        ] {
            let (result, seen) = printed(time, room, offset);
            assert_eq!((result.status, result.total, offset - result.skipped), (status, 44, after));
            assert_eq!(seen, text);
        }
    }

    /// Section 5.5.
    #[test]
    fn what_the_unit_tests_rely_on() {
        let root = [Sample::new("", false, &[("ct", Some("0")), ("title", Some("\"some attribute\""))])];
        for offset in 0..=40 {
            let (result, _) = printed(&root, 40, offset);
            assert_eq!((result.status as usize, result.total), (31_usize.saturating_sub(offset), 31));
        }
        let abcd = [Sample::new("abcd", true, &[("if", Some("\"one\""))])];
        for offset in 0..=20 {
            let (result, _) = printed(&abcd, 10, offset);
            let status = if offset < 10 { COAP_PRINT_STATUS_TRUNC | 10 } else { 20 - offset as u32 };
            assert_eq!((result.status, offset - result.skipped), (status, 0));
        }
    }

    #[test]
    fn borders_of_the_status() {
        let most = 0x0fff_ffff;
        assert_eq!(Printed::new(0, most, most).status, 0x0fff_ffff);
        assert_eq!(Printed::new(0, most, most + 1).status, 0x4fff_ffff);
        assert_eq!(Printed::new(0, most + 1, most + 1).status, COAP_PRINT_STATUS_ERROR);
        assert_eq!(Printed::new(1, usize::MAX, usize::MAX).status, COAP_PRINT_STATUS_ERROR);
        // SAFETY: nothing is written to a null buffer.
        unsafe {
            let null = core::ptr::null_mut();
            assert_eq!(print(null, 1, 0, |window| window.document(SAMPLES.iter())), None);
            let measured = print(null, 0, 0, |window| window.document(SAMPLES.iter()));
            assert_eq!(measured.unwrap().total, 221);
        }
    }
}
