//! Lists of options that wait to be put into a message (docs/spec/message.md, section 4).
//!
//! A node is one block of the C allocator: the public struct, and its value right behind it.

use crate::abi::*;
use crate::base::memory;
use core::ptr::{null_mut, NonNull};

/// `coap_new_optlist`: a node with a copy of `value`; `None` without memory (M20).
pub fn new(number: u16, value: &[u8]) -> Option<NonNull<coap_optlist_t>> {
    let size = size_of::<coap_optlist_t>().checked_add(value.len()).filter(|&size| size <= isize::MAX as usize)?;
    let node = memory::malloc(size)?.cast::<coap_optlist_t>();
    let data = node.as_ptr().wrapping_add(1).cast::<u8>();
    let content = coap_optlist_t {
        next: null_mut::<coap_optlist_t>().into(),
        number: number.into(),
        length: value.len().into(),
        data: data.into(),
    };
    // SAFETY: the block is fresh and has room for both, and `malloc` aligns to 16.
    unsafe {
        node.write(content);
        data.copy_from_nonoverlapping(value.as_ptr(), value.len());
    }
    Some(node)
}

/// The nodes of a list, each looked up when its turn comes.
///
/// # Safety
/// `head` is null or the first node of a list, which stays as it is during the walk.
unsafe fn nodes<'a>(head: *mut coap_optlist_t) -> impl Iterator<Item = &'a coap_optlist_t> {
    let mut next = head;
    core::iter::from_fn(move || {
        // SAFETY: a node of the caller's list, or null.
        let node = unsafe { next.as_ref() }?;
        next = node.next.get();
        Some(node)
    })
}

/// `coap_insert_optlist`: puts `node` at the end of a list; gives the new head.
///
/// # Safety
/// `head` is null or the first node of a list; `node` is live, and in no list.
pub unsafe fn append(head: *mut coap_optlist_t, node: &coap_optlist_t) -> *mut coap_optlist_t {
    node.next.set(null_mut());
    let node = (node as *const coap_optlist_t).cast_mut();
    // SAFETY: handed on to the caller.
    match unsafe { nodes(head) }.last() {
        Some(last) => {
            last.next.set(node);
            head
        }
        None => node,
    }
}

/// `coap_delete_optlist`: frees a list.
///
/// # Safety
/// `head` is null or the first node of a list that nobody uses any more.
pub unsafe fn delete(head: *mut coap_optlist_t) {
    let mut next = head;
    while let Some(node) = NonNull::new(next) {
        // SAFETY: a node made by `new`, seen for the last time.
        unsafe {
            next = node.as_ref().next.get();
            memory::free(node.as_ptr());
        }
    }
}

/// `coap_add_optlist_pdu`: sorts the list whose first node is noted at `head`, notes the new first node, and adds all
/// options to `pdu`; those that don't fit are left out. False if the list is empty.
///
/// # Safety
/// `head` is readable and writable, and holds the first node of a list, or null.
pub unsafe fn add_to(pdu: &coap_pdu_t, head: NonNull<*mut coap_optlist_t>) -> bool {
    // SAFETY: handed on to the caller.
    unsafe {
        let first = sort(head.read());
        head.write(first);
        for node in nodes(first) {
            pdu.add_option_from(node.number.get(), node.data.get(), node.length.get());
        }
        !first.is_null()
    }
}

/// Sorts a list by number, equal ones in the order in which they stand: merge sort without recursion or memory. `runs`
/// holds sorted lists, the one at `i` of 2^i nodes or null, later nodes at smaller `i`.
///
/// # Safety
/// `head` is null or the first node of a list.
unsafe fn sort(head: *mut coap_optlist_t) -> *mut coap_optlist_t {
    let mut runs = [null_mut::<coap_optlist_t>(); usize::BITS as usize];
    let mut next = head;
    // SAFETY: a node of the caller's list, or null; each is in one run at a time, and so are those that `merge` gets.
    unsafe {
        while let Some(node) = next.as_ref() {
            let mut run = next;
            next = node.next.replace(null_mut());
            for slot in &mut runs {
                if slot.is_null() {
                    *slot = run;
                    break;
                }
                run = merge(core::mem::replace(slot, null_mut()), run);
            }
        }
        runs.into_iter().fold(null_mut(), |later, earlier| merge(earlier, later))
    }
}

/// Merges two sorted lists; of equal numbers those in `a` come first.
///
/// # Safety
/// `a` and `b` are null or first nodes of lists.
unsafe fn merge(mut a: *mut coap_optlist_t, mut b: *mut coap_optlist_t) -> *mut coap_optlist_t {
    let head = core::cell::Cell::new(null_mut());
    let mut tail = &head;
    // SAFETY: nodes of the caller's lists, or null.
    while let (Some(first), Some(second)) = unsafe { (a.as_ref(), b.as_ref()) } {
        let (node, list) = if first.number.get() <= second.number.get() { (first, &mut a) } else { (second, &mut b) };
        tail.set(*list);
        *list = node.next.get();
        tail = &node.next;
    }
    tail.set(if a.is_null() { b } else { a });
    head.get()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The numbers and values of a list; the head stays valid.
    fn contents(head: *mut coap_optlist_t) -> Vec<(u16, u8)> {
        // SAFETY: a list of one-byte values, made here.
        unsafe { nodes(head) }.map(|node| (node.number.get(), unsafe { *node.data.get() })).collect()
    }

    fn list(numbers: &[u16]) -> *mut coap_optlist_t {
        let mut head = null_mut();
        for (i, &number) in numbers.iter().enumerate() {
            let node = new(number, &[i as u8]).unwrap();
            // SAFETY: a list and a node made here.
            head = unsafe { append(head, node.as_ref()) };
        }
        head
    }

    /// Section 4: by number, equal numbers in the order of insertion.
    #[test]
    fn sorting_is_stable() {
        for length in 0..40u16 {
            for salt in 0..8u16 {
                let numbers: Vec<u16> = (0..length).map(|i| i.wrapping_mul(salt * 7 + 3) % 11).collect();
                let mut model: Vec<(u16, u8)> = numbers.iter().zip(0..).map(|(&number, i)| (number, i)).collect();
                let head = list(&numbers);
                assert_eq!(contents(head), model);
                // SAFETY: a list made here.
                let head = unsafe { sort(head) };
                model.sort_by_key(|&(number, _)| number);
                assert_eq!(contents(head), model);
                // SAFETY: not used any more.
                unsafe { delete(head) };
            }
        }
    }

    #[test]
    fn options_that_do_not_fit_are_skipped() {
        let pdu = crate::message::pdu::OwnedPdu::new(0, 0, 0, 6).unwrap();
        let mut head = list(&[11, 5, 11]);
        // SAFETY: lists and nodes made here; the value is long enough.
        unsafe {
            head = append(head, new(3, b"far too long").unwrap().as_ref());
            assert!(add_to(&pdu, NonNull::from(&mut head)));
            assert_eq!(pdu.wire(), [0x51, 1, 0x61, 0, 0x01, 2]);
            assert_eq!((*head).number.get(), 3);
            delete(head);
            assert!(!add_to(&pdu, NonNull::from(&mut null_mut())));
        }
        assert_eq!(
            new(1, &[]).map(|node| {
                // SAFETY: a node made here, used for the last time.
                unsafe {
                    let inside = core::ptr::eq(node.as_ref().data.get(), node.as_ptr().wrapping_add(1).cast());
                    delete(node.as_ptr());
                    inside
                }
            }),
            Some(true)
        );
    }
}
