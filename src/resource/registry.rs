//! The resources of a context: adding, looking up, deleting (docs/spec/resource.md, sections 2.4 and 2.5).

use super::link::Link;
use super::object::{Kind, Resource};
use super::observe;
use crate::abi::coap_resource_t;
use crate::base::keep::{self, Keepable, Kept};
use crate::base::log::LOG_WARNING;
use crate::exchange::Context;
use crate::log;
use core::cell::Cell;
use core::hash::BuildHasher;
use core::ptr::NonNull;
use hashbrown::HashTable;
use std::hash::RandomState;

/// Where a resource is in the table of its context.
#[derive(Default)]
pub struct Place {
    hash: Cell<u64>,
    is_indexed: Cell<bool>,
    sequence: Cell<u64>,
    previous: Cell<Option<NonNull<Resource>>>,
    next: Cell<Option<NonNull<Resource>>>,
}

impl Place {
    /// Counts up over the resources of a table in the order of adding.
    pub(super) fn sequence(&self) -> u64 {
        self.sequence.get()
    }
}

/// The ordinary resources of a context: an index by path, and a list in order of adding.
///
/// The list needs no memory of its own, so adding never fails: a resource that the index has no room for is found by
/// walking the list.
#[derive(Default)]
pub struct Resources {
    index: HashTable<NonNull<Resource>>,
    /// Resources in the list that are not in the index.
    unindexed: usize,
    /// Paths may be chosen by peers, so their hash has a secret key (R19).
    secret: RandomState,
    first: Option<NonNull<Resource>>,
    last: Option<NonNull<Resource>>,
    last_sequence: u64,
}

impl Resources {
    /// The resources, in order of adding.
    pub fn iter(&self) -> impl Iterator<Item = &Resource> {
        // SAFETY: resources in the list are live, and none leaves it while it is borrowed.
        let follow = |resource: Option<NonNull<Resource>>| resource.map(|resource| unsafe { resource.as_ref() });
        core::iter::successors(follow(self.first), move |resource| follow(resource.place.next.get()))
    }

    fn find(&self, path: &[u8]) -> Option<Kept<Resource>> {
        // SAFETY: resources in the index are live, and none leaves it while it is borrowed.
        let has_path = |resource: &NonNull<Resource>| unsafe { resource.as_ref() }.path() == path;
        let found = match self.index.find(self.secret.hash_one(path), has_path) {
            Some(resource) => *resource,
            None if self.unindexed == 0 => return None,
            None => self.iter().find(|resource| resource.path() == path).map(NonNull::from)?,
        };
        // SAFETY: as above.
        Some(unsafe { Kept::new(found) })
    }

    /// # Safety
    /// The resource is live, in no table, and taken out before it ends.
    unsafe fn append(&mut self, resource: NonNull<Resource>) {
        // SAFETY: live by the caller's word.
        let place = unsafe { &resource.as_ref().place };
        self.last_sequence += 1;
        place.sequence.set(self.last_sequence);
        place.previous.set(self.last);
        place.next.set(None);
        match self.last {
            // SAFETY: resources in the list are live.
            Some(last) => unsafe { last.as_ref() }.place.next.set(Some(resource)),
            None => self.first = Some(resource),
        }
        self.last = Some(resource);

        // SAFETY: live by the caller's word.
        place.hash.set(self.secret.hash_one(unsafe { resource.as_ref() }.path()));
        // SAFETY: resources in the index are live.
        let hash = |resource: &NonNull<Resource>| unsafe { resource.as_ref() }.place.hash.get();
        place.is_indexed.set(self.index.try_reserve(1, hash).is_ok());
        if place.is_indexed.get() {
            self.index.insert_unique(place.hash.get(), resource, hash);
        } else {
            self.unindexed += 1;
        }
    }

    /// # Safety
    /// The resource is in this table.
    unsafe fn remove(&mut self, resource: NonNull<Resource>) {
        // SAFETY: resources in the table are live.
        let place = unsafe { &resource.as_ref().place };
        let (previous, next) = (place.previous.take(), place.next.take());
        match previous {
            // SAFETY: resources in the list are live.
            Some(previous) => unsafe { previous.as_ref() }.place.next.set(next),
            None => self.first = next,
        }
        match next {
            // SAFETY: resources in the list are live.
            Some(next) => unsafe { next.as_ref() }.place.previous.set(previous),
            None => self.last = previous,
        }
        if !place.is_indexed.take() {
            self.unindexed -= 1;
        } else if let Ok(entry) = self.index.find_entry(place.hash.get(), |other| *other == resource) {
            entry.remove();
        }
    }
}

/// Changes the table of a context, and shows C whether it has any resources.
fn change(context: &Context, step: impl FnOnce(&mut Resources)) {
    let mut resources = context.resources.borrow_mut();
    step(&mut resources);
    context.c.resources.set(resources.first.map_or(core::ptr::null_mut(), NonNull::as_ptr).cast());
}

/// The ordinary resource with exactly this path.
pub fn find(context: &Context, path: &[u8]) -> Option<Kept<Resource>> {
    context.resources.borrow().find(path)
}

/// The resource that serves paths that no resource has.
pub fn unknown(context: &Context) -> Option<Kept<Resource>> {
    special(&context.c.unknown_resource)
}

/// The resource that forwards requests.
pub fn proxy(context: &Context) -> Option<Kept<Resource>> {
    special(&context.c.proxy_uri_resource)
}

/// While such a resource is being deleted the field still shows it, but it serves nothing any more.
fn special(field: &Cell<*mut coap_resource_t>) -> Option<Kept<Resource>> {
    // SAFETY: the library put the pointer there, and takes it back before the resource's memory goes.
    unsafe { Resource::from_ptr(field.get()) }.filter(|resource| !resource.is_gone())
}

/// The field of the context that shows an unknown or proxy resource.
fn special_field<'c>(context: &'c Context, resource: &Resource) -> Option<&'c Cell<*mut coap_resource_t>> {
    match resource.kind() {
        Kind::Ordinary => None,
        Kind::Unknown => Some(&context.c.unknown_resource),
        Kind::Proxy(_) => Some(&context.c.proxy_uri_resource),
    }
}

/// `coap_add_resource`: the context takes the resource over; another one in its place is deleted first.
pub fn add(context: &Context, resource: &Kept<Resource>) {
    // Deleting calls the application, which may do anything, also to the two at hand; hence all is looked at again.
    loop {
        if resource.is_gone() || context.is_gone() {
            return;
        }
        if let Some(owner) = resource.context() {
            if owner.as_ptr() != context.as_ptr() {
                log!(LOG_WARNING, "coap_add_resource: the resource belongs to another context");
            }
            return;
        }
        let field = special_field(context, resource);
        let rival = match field {
            Some(field) => special(field),
            None => find(context, resource.path()),
        };
        match (rival, field) {
            (Some(rival), None) => {
                log!(LOG_WARNING, "coap_add_resource: a resource with the same path is replaced");
                delete(&rival);
            }
            (Some(rival), Some(_)) => delete(&rival),
            (None, Some(field)) => {
                field.set(resource.as_ptr());
                break;
            }
            (None, None) => {
                // SAFETY: live, in no table (it has no context), and `delete` takes it out.
                change(context, |resources| unsafe { resources.append(resource.as_non_null()) });
                break;
            }
        }
    }
    resource.set_context(context.as_ptr());
}

/// `coap_delete_resource`: ends a resource, added or not (R12), in whichever context (R13). Nothing happens if it is
/// being deleted already.
pub fn delete(resource: &Kept<Resource>) {
    if resource.is_gone() {
        return;
    }
    let context = resource.context();
    if let (Some(context), Kind::Ordinary) = (&context, resource.kind()) {
        // SAFETY: an ordinary resource with a context is in its table.
        change(context, |resources| unsafe { resources.remove(resource.as_non_null()) });
    }
    // SAFETY: made by `memory::new`, not ended before, and out of the table. The field that still shows an unknown or
    // proxy resource is cleared below, while our caller's guard holds the memory.
    unsafe { keep::end(resource.as_non_null()) };
    let Some(context) = context else { return };

    observe::end_of_resource(&context, resource);
    let data = resource.user_data();
    if let (Some(release), false) = (context.c.release_userdata.get(), data.is_null()) {
        // SAFETY: the application registered this function for this pointer.
        unsafe { release(data) };
    }
    if let Some(field) = special_field(&context, resource) {
        if field.get() == resource.as_ptr() {
            field.set(core::ptr::null_mut());
        }
    }
    resource.set_context(core::ptr::null_mut());
}

/// Deletes all resources of a context that ends: the ordinary ones in order of adding, the unknown and the proxy one.
pub fn delete_all(context: &Context) {
    // Each one is fetched anew: the application's callback may add and delete others.
    let first = || {
        let first = context.resources.borrow().first?;
        // SAFETY: resources in the list are live.
        Some(unsafe { Kept::new(first) })
    };
    while let Some(resource) = first().or_else(|| unknown(context)).or_else(|| proxy(context)) {
        delete(&resource);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::coap_str_const_t;

    fn resource(path: &str) -> Kept<Resource> {
        let path = coap_str_const_t { length: path.len(), s: path.as_ptr() };
        // SAFETY: a live string, which is copied.
        unsafe { Resource::new(Some(NonNull::from(&path)), 0) }.unwrap()
    }

    fn paths(resources: &Resources) -> Vec<&str> {
        resources.iter().map(|resource| core::str::from_utf8(resource.path()).unwrap()).collect()
    }

    /// Look-up and order while resources come and go; `first` and `last` follow.
    #[test]
    fn index_and_order() {
        let mut resources = Resources::default();
        let made: Vec<_> = (0..600).map(|number| resource(&format!("{number:04}"))).collect();
        for resource in &made {
            assert!(resources.find(resource.path()).is_none());
            // SAFETY: live, in no table, removed below.
            unsafe { resources.append(resource.as_non_null()) };
        }
        assert_eq!(paths(&resources).len(), 600);
        assert!(paths(&resources).is_sorted());
        // First, last, and every third.
        for index in (0..600).filter(|index| index % 3 == 0 || *index == 599) {
            // SAFETY: in the table.
            unsafe { resources.remove(made[index].as_non_null()) };
            assert!(resources.find(made[index].path()).is_none());
        }
        assert!(paths(&resources).is_sorted());
        for (index, resource) in made.iter().enumerate() {
            let found = resources.find(resource.path());
            assert_eq!(found.is_some(), index % 3 != 0 && index != 599);
            if let Some(found) = found {
                assert_eq!(found.as_ptr(), resource.as_ptr());
                // SAFETY: in the table.
                unsafe { resources.remove(resource.as_non_null()) };
            }
        }
        assert!(resources.first.is_none() && resources.last.is_none() && resources.index.is_empty());
        made.iter().for_each(delete);
    }

    /// X41: a resource that the index has no room for is found all the same, and leaves without a trace.
    #[test]
    fn without_index() {
        let mut resources = Resources::default();
        let (indexed, other) = (resource("a"), resource("b"));
        // SAFETY: live, in no table, removed below.
        unsafe {
            resources.append(indexed.as_non_null());
            resources.append(other.as_non_null());
        }
        // As if there had been no memory for the second one.
        resources.index.retain(|resource| *resource == indexed.as_non_null());
        other.place.is_indexed.set(false);
        resources.unindexed = 1;

        assert_eq!(resources.find(b"b").unwrap().as_ptr(), other.as_ptr());
        assert_eq!(resources.find(b"a").unwrap().as_ptr(), indexed.as_ptr());
        assert!(resources.find(b"c").is_none());
        // SAFETY: in the table.
        unsafe {
            resources.remove(other.as_non_null());
            resources.remove(indexed.as_non_null());
        }
        assert_eq!((resources.unindexed, resources.index.len()), (0, 0));
        delete(&indexed);
        delete(&other);
    }

    /// R19: the same paths lie elsewhere in each table, so nobody can choose paths that lie together.
    #[test]
    fn hashes_are_secret() {
        let (one, other) = (Resources::default(), Resources::default());
        assert_ne!(one.secret.hash_one(b"path".as_slice()), other.secret.hash_one(b"path".as_slice()));
    }

    /// R12: deleting what was never added; twice does no more than once. R24: no identity comes again.
    #[test]
    fn never_added() {
        let (one, two) = (resource("x"), resource("x"));
        assert!(one.id < two.id);
        delete(&one);
        delete(&one);
        assert!(one.is_gone() && !two.is_gone());
        delete(&two);
    }

    #[test]
    fn kinds_and_handlers() {
        unsafe extern "C" fn handler(
            _: *mut crate::abi::coap_context_t,
            _: *mut coap_resource_t,
            _: *mut crate::abi::coap_session_t,
            _: *mut crate::abi::coap_pdu_t,
            _: *mut crate::abi::coap_binary_t,
            _: *mut crate::abi::coap_string_t,
            _: *mut crate::abi::coap_pdu_t,
        ) {
        }
        let ordinary = resource("x");
        assert!((0..=8).all(|method| ordinary.handler(method).is_none()));
        // R16, X37: methods that do not exist.
        assert!([0, 8, 255, u32::MAX].iter().all(|method| !ordinary.register_handler(*method, Some(handler))));
        assert!(ordinary.register_handler(7, Some(handler)) && ordinary.handler(7).is_some());
        assert!(ordinary.register_handler(7, None) && ordinary.handler(7).is_none());

        let unknown = Resource::unknown(Some(handler)).unwrap();
        let registered: Vec<_> = (0..=8).filter(|method| unknown.handler(*method).is_some()).collect();
        assert_eq!(registered, [3]);

        let names = [c"one".as_ptr(), c"".as_ptr(), core::ptr::null()];
        // SAFETY: as many pointers as counted, to strings or null.
        let make = |count| unsafe { Resource::proxy(Some(handler), count, names.as_ptr()) };
        let proxy = make(2).unwrap();
        assert!((1..=7).all(|method| proxy.handler(method).is_some()));
        assert!(proxy.is_proxy_name(b"one") && !proxy.is_proxy_name(b"two") && !unknown.is_proxy_name(b"one"));
        // R17.
        assert!(make(0).is_none() && make(3).is_none());
        // SAFETY: null is fine.
        assert!(unsafe { Resource::proxy(None, 1, core::ptr::null()) }.is_none());
        [ordinary, unknown, proxy].iter().for_each(delete);
    }

    #[test]
    fn mode_changes_one_bit() {
        let resource = resource("x");
        resource.set_mode(-1);
        assert_eq!(resource.flags(), 2);
        resource.set_mode(4);
        assert_eq!(resource.flags(), 0);
        delete(&resource);
    }
}
