//! The resource (docs/spec/resource.md, sections 2 and 3).

use super::attribute::{Attribute, Attributes};
use super::link::{Attr, Link};
use super::observe::Observers;
use super::registry::Place;
use super::text::Text;
use crate::abi::*;
use crate::base::keep::{Keep, Keepable, Kept};
use crate::base::log::LOG_ERR;
use crate::base::memory;
use crate::exchange::Context;
use crate::log;
use crate::message::code;
use core::cell::Cell;
use core::ffi::{c_int, c_uint, c_void, CStr};
use core::ptr::NonNull;
use core::sync::atomic::{AtomicU64, Ordering};

/// Methods that a handler can be registered for: 1 (GET) to 7 (iPATCH).
const METHODS: usize = 7;

static NEXT_ID: AtomicU64 = AtomicU64::new(1);

/// What a resource is for.
pub enum Kind {
    /// Found by its path.
    Ordinary,
    /// Serves requests for paths that no resource has.
    Unknown,
    /// Serves requests that are to be forwarded, unless they name one of these hosts.
    Proxy(Vec<Vec<u8>>),
}

/// A resource: what is behind a `coap_resource_t`.
pub struct Resource {
    keep: Keep,
    /// Identity: counts up from 1 over all resources of the process, never used again (R24).
    pub id: u64,
    kind: Kind,
    /// The path as the application sees it.
    path: Text,
    /// The bytes of the path when the resource was made. The application's descriptor may be gone by now (section
    /// 2.4), and may change; look-up and links go by these.
    key: Vec<u8>,
    handlers: [Cell<coap_method_handler_t>; METHODS],
    /// `COAP_RESOURCE_FLAGS_*`.
    flags: Cell<c_int>,
    observable: Cell<bool>,
    user_data: Cell<*mut c_void>,
    attributes: Attributes,
    /// The context that owns the resource; null before it is added and after it has ended.
    context: Cell<*mut coap_context_t>,
    /// Where it is in that context's table.
    pub(super) place: Place,
    /// Who observes it.
    pub(super) observers: Observers,
}

// SAFETY: resources are made by `memory::new` only.
unsafe impl Keepable for Resource {
    fn keep(&self) -> &Keep {
        &self.keep
    }
}

impl Resource {
    fn allocate(kind: Kind, path: Text, flags: c_int) -> Option<Kept<Resource>> {
        let key = memory::to_vec(path.bytes().unwrap_or_default())?;
        let resource = memory::new(Resource {
            keep: Keep::default(),
            id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
            kind,
            path,
            key,
            handlers: Default::default(),
            flags: Cell::new(flags),
            observable: Cell::new(false),
            user_data: Cell::new(core::ptr::null_mut()),
            attributes: Attributes::default(),
            context: Cell::new(core::ptr::null_mut()),
            place: Place::default(),
            observers: Observers::default(),
        })?;
        // SAFETY: just made.
        Some(unsafe { Kept::new(resource) })
    }

    /// `coap_resource_init`; `None` without memory, and then an adopted path is the caller's still.
    ///
    /// # Safety
    /// `path` is a live string; if `flags` has `COAP_RESOURCE_FLAGS_RELEASE_URI`, its bytes stay as long as the
    /// resource, and it is a block of the C allocator that nobody else frees.
    pub unsafe fn new(path: Option<NonNull<coap_str_const_t>>, flags: c_int) -> Option<Kept<Resource>> {
        let path = match path {
            // SAFETY: handed on to the caller.
            Some(path) => unsafe { Text::new(path, flags & COAP_RESOURCE_FLAGS_RELEASE_URI != 0) }?,
            None => Text::copy_of(b"")?,
        };
        let resource = Resource::allocate(Kind::Ordinary, path, flags)?;
        resource.path.keep();
        Some(resource)
    }

    /// `coap_resource_unknown_init`.
    pub fn unknown(put_handler: coap_method_handler_t) -> Option<Kept<Resource>> {
        let resource = Resource::allocate(Kind::Unknown, Text::copy_of(b"- Unknown -")?, 0)?;
        resource.register_handler(code::PUT.into(), put_handler);
        Some(resource)
    }

    /// `coap_resource_proxy_uri_init`; `None` without memory, without names, or if a name is null.
    ///
    /// # Safety
    /// `names` is null or points to `count` pointers, each null or to a string with a NUL at its end.
    pub unsafe fn proxy(
        handler: coap_method_handler_t,
        count: usize,
        names: *const *const core::ffi::c_char,
    ) -> Option<Kept<Resource>> {
        if count == 0 {
            log!(LOG_ERR, "coap_resource_proxy_uri_init: a proxy needs at least one host name of its own");
            return None;
        }
        if names.is_null() {
            return None;
        }
        let mut copies = Vec::new();
        copies.try_reserve_exact(count).ok()?;
        for index in 0..count {
            // SAFETY: the caller's word.
            let name = unsafe { *names.add(index) };
            if name.is_null() {
                return None;
            }
            // SAFETY: the caller's word.
            copies.push(memory::to_vec(unsafe { CStr::from_ptr(name) }.to_bytes())?);
        }
        let path = Text::copy_of(b"- Proxy URI -")?;
        let resource = Resource::allocate(Kind::Proxy(copies), path, 0)?;
        for registered in &resource.handlers {
            registered.set(handler);
        }
        Some(resource)
    }

    /// The resource behind a pointer from C; `None` for null.
    ///
    /// # Safety
    /// `resource` is null or was given to C by this library, and has not ended or is kept by a guard.
    pub unsafe fn from_ptr(resource: *const coap_resource_t) -> Option<Kept<Resource>> {
        let resource = NonNull::new(resource.cast_mut())?.cast::<Resource>();
        // SAFETY: live by the caller's word.
        Some(unsafe { Kept::new(resource) })
    }

    /// The resource as C knows it.
    pub fn as_ptr(&self) -> *mut coap_resource_t {
        (self as *const Resource).cast_mut().cast()
    }

    /// What the resource is for.
    pub fn kind(&self) -> &Kind {
        &self.kind
    }

    /// The path as the application sees it.
    pub fn uri_path(&self) -> *mut coap_str_const_t {
        self.path.as_ptr()
    }

    /// Whether `host` is a name of this server according to its proxy resource (docs/spec/exchange.md, section 6.1).
    pub fn is_proxy_name(&self, host: &[u8]) -> bool {
        matches!(&self.kind, Kind::Proxy(names) if names.iter().any(|name| name == host))
    }

    /// Registers the handler for a method, or none.
    ///
    /// Returns whether the method can have one (1 to 7).
    pub fn register_handler(&self, method: c_uint, handler: coap_method_handler_t) -> bool {
        let registered = (method as usize).checked_sub(1).and_then(|index| self.handlers.get(index));
        if let Some(registered) = registered {
            registered.set(handler);
        }
        registered.is_some()
    }

    /// The handler for requests with this method code.
    pub fn handler(&self, method: u8) -> coap_method_handler_t {
        self.handlers.get(usize::from(method).checked_sub(1)?)?.get()
    }

    /// `COAP_RESOURCE_FLAGS_*` in force.
    pub fn flags(&self) -> c_int {
        self.flags.get()
    }

    /// `coap_resource_set_mode`: of all flags, only `COAP_RESOURCE_FLAGS_NOTIFY_CON` follows `mode` (section 2.2).
    pub fn set_mode(&self, mode: c_int) {
        let con = COAP_RESOURCE_FLAGS_NOTIFY_CON;
        self.flags.set(self.flags.get() & !con | mode & con);
    }

    /// `coap_resource_set_get_observable`.
    pub fn set_observable(&self, observable: bool) {
        self.observable.set(observable);
    }

    /// The application's pointer.
    pub fn user_data(&self) -> *mut c_void {
        self.user_data.get()
    }

    /// Sets the application's pointer.
    pub fn set_user_data(&self, data: *mut c_void) {
        self.user_data.set(data);
    }

    /// The attributes.
    pub fn attributes(&self) -> &Attributes {
        &self.attributes
    }

    /// The context that owns the resource; `None` before it is added and after it has ended.
    pub fn context(&self) -> Option<Kept<Context>> {
        // SAFETY: the field is null again from the moment the resource, and so before the context, ends.
        unsafe { Context::from_ptr(self.context.get()) }
    }

    /// Counts up over the resources of a context in the order of adding.
    pub fn sequence(&self) -> u64 {
        self.place.sequence()
    }

    pub(super) fn set_context(&self, context: *mut coap_context_t) {
        self.context.set(context);
    }
}

impl Link for Resource {
    fn path(&self) -> &[u8] {
        &self.key
    }
    fn attributes(&self) -> impl Iterator<Item = Attr<'_>> {
        self.attributes.iter().map(Attribute::read)
    }
    fn is_observable(&self) -> bool {
        self.observable.get()
    }
}
