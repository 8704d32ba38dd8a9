//! The time in front of a log line (docs/spec/debug.md, section 3.2).

use super::bounded::Bounded;
use super::wall_clock;
use core::fmt::Write;
use core::mem::MaybeUninit;

extern "C" {
    fn tzset();
}

/// Writes the local time as `Nov 22 09:54:22.973 `; nothing if it cannot be told (D7, D8).
pub fn write_now(out: &mut Bounded<'_>) {
    let now = wall_clock::since_epoch();
    if let Ok(seconds) = now.as_secs().try_into() {
        write(out, seconds, now.subsec_nanos().into());
    }
}

fn write(out: &mut Bounded<'_>, mut seconds: libc::time_t, nanoseconds: libc::c_long) {
    let mut milliseconds = (nanoseconds + 500_000) / 1_000_000;
    if milliseconds >= 1000 {
        milliseconds = 0;
        seconds = seconds.saturating_add(1);
    }
    // `localtime_r` need not look at `TZ` by itself.
    // SAFETY: no obligations beyond those of any reader of the environment.
    unsafe { tzset() };
    let mut local = MaybeUninit::<libc::tm>::uninit();
    // SAFETY: `seconds` is readable, `local` writable.
    if unsafe { libc::localtime_r(&seconds, local.as_mut_ptr()) }.is_null() {
        return;
    }
    let mut text = [0u8; 64];
    // SAFETY: `text` is writable for its length, the format is a C string, and `localtime_r` filled `local`.
    let length =
        unsafe { libc::strftime(text.as_mut_ptr().cast(), text.len(), c"%b %d %H:%M:%S".as_ptr(), local.as_ptr()) };
    if length > 0 {
        out.push(&text[..length]);
        let _ = write!(out, ".{milliseconds:03} ");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(seconds: libc::time_t, nanoseconds: libc::c_long) -> String {
        let mut storage = [0; 64];
        let mut out = Bounded::new(&mut storage);
        write(&mut out, seconds, nanoseconds);
        String::from_utf8(out.bytes().to_vec()).unwrap()
    }

    #[test]
    fn has_the_form() {
        let text = text(1_700_000_000, 973_400_000);
        assert_eq!(text.len(), "Nov 22 09:54:22.973 ".len());
        assert!(text.ends_with(".973 "), "{text}");
    }

    #[test]
    fn rounds_to_the_nearest_millisecond() {
        assert!(text(0, 499_999).ends_with(":00.000 "));
        assert!(text(0, 500_000).ends_with(":00.001 "));
        assert!(text(0, 999_500_000).ends_with(":01.000 "));
    }

    #[test]
    fn an_impossible_time_is_left_out() {
        assert_eq!(text(libc::time_t::MAX, 0), "", "D7");
    }
}
