//! Functions of `coap2/resource.h`.

use super::door::door;
use super::subscribe::coap_resource_notify_observers;
use crate::abi::*;
use crate::base::log::LOG_WARNING;
use crate::base::memory;
use crate::exchange::Context;
use crate::log;
use crate::message::raw;
use crate::resource::{self, Attribute, Printed, Resource};
use core::cell::Cell;
use core::ffi::{c_char, c_int, c_uchar, c_void};
use core::mem::MaybeUninit;
use core::ptr::{null_mut, NonNull};

/// The bytes of a string from C; `None` for null, or for a length without bytes.
///
/// # Safety
/// `string` is null or a live string, and neither it nor its bytes change while the result is used.
unsafe fn text<'a>(string: *const coap_str_const_t) -> Option<&'a [u8]> {
    // SAFETY: handed on to the caller.
    unsafe {
        let string = string.as_ref()?;
        memory::bytes(string.s, string.length)
    }
}

/// Makes a resource. It serves nothing until it is given a handler (coap_register_handler) and added to a context
/// (coap_add_resource).
///
/// The path is compared byte by byte with the path of requests, percent-encoded as coap_get_uri_path() gives it:
/// without a leading '/', case matters, nothing is normalised.
///
/// @param uri_path  The path; NULL or empty for the root resource. It is copied, or, with
///                  COAP_RESOURCE_FLAGS_RELEASE_URI, taken over and freed (coap_delete_str_const) with the resource.
/// @param flags     COAP_RESOURCE_FLAGS_* values, or'ed.
///
/// @return The resource. NULL without memory; then uri_path is yours still. It ends with coap_delete_resource(), or
///         with the context that it was added to.
#[no_mangle]
pub unsafe extern "C" fn coap_resource_init(uri_path: *mut coap_str_const_t, flags: c_int) -> *mut coap_resource_t {
    door(null_mut(), || {
        // SAFETY: the caller passes null or a live string, on the heap if it hands it over.
        let resource = unsafe { Resource::new(NonNull::new(uri_path), flags) }?;
        Some(resource.as_ptr())
    })
}

/// Makes the resource that serves requests for paths that no other resource has.
///
/// A context has at most one; adding another one deletes the first. Its path reads "- Unknown -". It never appears in
/// .well-known/core and cannot be observed.
///
/// @param put_handler  Serves PUT; may be NULL. Register handlers of other methods with coap_register_handler().
///
/// @return The resource, to be passed to coap_add_resource(); NULL without memory.
#[no_mangle]
pub extern "C" fn coap_resource_unknown_init(put_handler: coap_method_handler_t) -> *mut coap_resource_t {
    door(null_mut(), || Some(Resource::unknown(put_handler)?.as_ptr()))
}

/// Makes the resource that serves requests with Proxy-Uri or Proxy-Scheme.
///
/// A context has at most one; adding another one deletes the first. Its path reads "- Proxy URI -". It never appears in
/// .well-known/core and cannot be observed.
///
/// @param handler          Serves all methods; may be NULL.
/// @param host_name_count  Number of names in host_name_list, at least 1.
/// @param host_name_list   Names and addresses of this server itself: requests for one of these are served by the
///                         ordinary resources. They are copied.
///
/// @return The resource, to be passed to coap_add_resource(). NULL without memory, without names, or if one of them is
///         NULL.
#[no_mangle]
pub unsafe extern "C" fn coap_resource_proxy_uri_init(
    handler: coap_method_handler_t,
    host_name_count: usize,
    host_name_list: *mut *const c_char,
) -> *mut coap_resource_t {
    door(null_mut(), || {
        // SAFETY: the caller passes as many strings as it counts.
        let resource = unsafe { Resource::proxy(handler, host_name_count, host_name_list) }?;
        Some(resource.as_ptr())
    })
}

/// Adds a resource to a context, which owns it from now on.
///
/// An ordinary resource with the same path, or the former unknown or proxy resource, is deleted first. Adding a
/// resource again changes nothing; one that belongs to another context is left there.
///
/// @param context   The context.
/// @param resource  The resource. Nothing happens if either is NULL.
#[no_mangle]
pub unsafe extern "C" fn coap_add_resource(context: *mut coap_context_t, resource: *mut coap_resource_t) {
    door((), || {
        // SAFETY: the caller passes null or live objects.
        let (context, resource) = unsafe { (Context::from_ptr(context)?, Resource::from_ptr(resource)?) };
        resource::add(&context, &resource);
        Some(())
    })
}

/// Deletes a resource and all that belongs to it, from inside its own handler too.
///
/// The function set by coap_resource_release_userdata_handler() is called with its user data, if it has any.
///
/// @param context   The context. The resource is deleted from the context that it was added to, should that be another
///                  one.
/// @param resource  The resource. One that was never added is just freed.
///
/// @return 1, or 0 if context or resource is NULL.
#[no_mangle]
pub unsafe extern "C" fn coap_delete_resource(context: *mut coap_context_t, resource: *mut coap_resource_t) -> c_int {
    door(0, || {
        // SAFETY: the caller passes null or live objects.
        let (_context, resource) = unsafe { (Context::from_ptr(context)?, Resource::from_ptr(resource)?) };
        resource::delete(&resource);
        Some(1)
    })
}

/// Finds an ordinary resource by its path.
///
/// @param context   The context.
/// @param uri_path  The path, without a leading '/'; length 0 for the root resource.
///
/// @return The resource with exactly this path, or NULL.
#[no_mangle]
pub unsafe extern "C" fn coap_get_resource_from_uri_path(
    context: *mut coap_context_t,
    uri_path: *mut coap_str_const_t,
) -> *mut coap_resource_t {
    door(null_mut(), || {
        // SAFETY: the caller passes null or live objects.
        let (context, path) = unsafe { (Context::from_ptr(context)?, text(uri_path)?) };
        Some(resource::find(&context, path)?.as_ptr())
    })
}

/// The path of a resource.
///
/// @param resource  The resource.
///
/// @return The string that was taken over, or else the library's copy; it ends with the resource. NULL for NULL.
#[no_mangle]
pub unsafe extern "C" fn coap_resource_get_uri_path(resource: *mut coap_resource_t) -> *mut coap_str_const_t {
    door(null_mut(), || {
        // SAFETY: the caller passes null or a live resource.
        let resource = unsafe { Resource::from_ptr(resource) }?;
        Some(resource.uri_path())
    })
}

/// Chooses how observers of a resource are notified.
///
/// @param resource  The resource; NULL is ignored.
/// @param mode      COAP_RESOURCE_FLAGS_NOTIFY_CON for confirmable notifications only,
///                  COAP_RESOURCE_FLAGS_NOTIFY_NON for non-confirmable ones with a confirmable one in between.
///                  COAP_RESOURCE_FLAGS_NOTIFY_NON_ALWAYS has no effect here, only in coap_resource_init().
#[no_mangle]
pub unsafe extern "C" fn coap_resource_set_mode(resource: *mut coap_resource_t, mode: c_int) {
    door((), || {
        // SAFETY: the caller passes null or a live resource.
        unsafe { Resource::from_ptr(resource) }?.set_mode(mode);
        Some(())
    })
}

/// Attaches a pointer of the application's to a resource.
///
/// @param resource  The resource; NULL is ignored.
/// @param data      The pointer. The one before is just overwritten.
#[no_mangle]
pub unsafe extern "C" fn coap_resource_set_userdata(resource: *mut coap_resource_t, data: *mut c_void) {
    door((), || {
        // SAFETY: the caller passes null or a live resource.
        unsafe { Resource::from_ptr(resource) }?.set_user_data(data);
        Some(())
    })
}

/// The pointer set by coap_resource_set_userdata().
///
/// @param resource  The resource.
///
/// @return The pointer; NULL if none was set, or for NULL.
#[no_mangle]
pub unsafe extern "C" fn coap_resource_get_userdata(resource: *mut coap_resource_t) -> *mut c_void {
    door(null_mut(), || {
        // SAFETY: the caller passes null or a live resource.
        let resource = unsafe { Resource::from_ptr(resource) }?;
        Some(resource.user_data())
    })
}

/// Sets the function that releases the user data of the resources of a context.
///
/// It is called once for each resource that is deleted, replaced, or ends with the context, if its user data is not
/// NULL.
///
/// @param context   The context; NULL is ignored.
/// @param callback  The function, or NULL for none.
#[no_mangle]
pub unsafe extern "C" fn coap_resource_release_userdata_handler(
    context: *mut coap_context_t,
    callback: coap_resource_release_userdata_handler_t,
) {
    door((), || {
        // SAFETY: the caller passes null or a live context.
        unsafe { Context::from_ptr(context) }?.c.release_userdata.set(callback);
        Some(())
    })
}

/// The older name of coap_resource_notify_observers().
///
/// @param r      The resource.
/// @param query  NULL to notify all observers; else only those whose request had this query.
///
/// @return 1 if there are such observers, else 0.
#[no_mangle]
pub unsafe extern "C" fn coap_resource_set_dirty(r: *mut coap_resource_t, query: *const coap_string_t) -> c_int {
    // SAFETY: the same contract.
    unsafe { coap_resource_notify_observers(r, query) }
}

/// Registers the function that serves requests of one method.
///
/// @param resource  The resource; NULL is ignored.
/// @param method    COAP_REQUEST_GET and so on; any other value is logged and ignored.
/// @param handler   The function; NULL to serve this method no more.
#[no_mangle]
pub unsafe extern "C" fn coap_register_handler(
    resource: *mut coap_resource_t,
    method: MaybeUninit<coap_request_t>,
    handler: coap_method_handler_t,
) {
    door((), || {
        // SAFETY: the caller passes null or a live resource.
        let resource = unsafe { Resource::from_ptr(resource) }?;
        if !resource.register_handler(raw(method), handler) {
            log!(LOG_WARNING, "coap_register_handler: there is no method {}", raw(method));
        }
        Some(())
    })
}

/// Adds an attribute to a resource, shown in .well-known/core.
///
/// Nothing is quoted or checked: write the double quotes that link-format (RFC 6690) wants into the value. A second
/// attribute of the same name hides the first from coap_find_attr() and from filters; both are shown.
///
/// @param resource  The resource.
/// @param name      The name. It is copied, or, with COAP_ATTR_FLAGS_RELEASE_NAME, taken over and freed
///                  (coap_delete_str_const) with the resource.
/// @param value     The value; NULL for an attribute without value. It is copied, or, with
///                  COAP_ATTR_FLAGS_RELEASE_VALUE, taken over like a name.
/// @param flags     COAP_ATTR_FLAGS_* values, or'ed.
///
/// @return The attribute; it ends with the resource. NULL without memory, or if resource or name is NULL; then name and
///         value are yours still.
#[no_mangle]
pub unsafe extern "C" fn coap_add_attr(
    resource: *mut coap_resource_t,
    name: *mut coap_str_const_t,
    value: *mut coap_str_const_t,
    flags: c_int,
) -> *mut coap_attr_t {
    door(null_mut(), || {
        // SAFETY: the caller passes null or a live resource.
        let resource = unsafe { Resource::from_ptr(resource) }?;
        // SAFETY: the caller passes null or live strings, on the heap if it hands them over.
        let attribute = unsafe { resource.attributes().add(NonNull::new(name)?, NonNull::new(value), flags) }?;
        Some(attribute.as_ptr())
    })
}

/// Finds an attribute of a resource by its name.
///
/// @param resource  The resource.
/// @param name      The name.
///
/// @return The attribute of exactly this name that was added last. NULL if there is none, or if an argument is NULL.
#[no_mangle]
pub unsafe extern "C" fn coap_find_attr(
    resource: *mut coap_resource_t,
    name: *mut coap_str_const_t,
) -> *mut coap_attr_t {
    door(null_mut(), || {
        // SAFETY: the caller passes null or live objects.
        let (resource, name) = unsafe { (Resource::from_ptr(resource)?, text(name)?) };
        Some(resource.attributes().find(name)?.as_ptr())
    })
}

/// The value of an attribute.
///
/// @param attribute  The attribute.
///
/// @return The string that was taken over, or else the library's copy; it ends with the resource. What is written into
///         it is shown from then on. NULL for an attribute without value, or for NULL.
#[no_mangle]
pub unsafe extern "C" fn coap_attr_get_value(attribute: *mut coap_attr_t) -> *mut coap_str_const_t {
    door(null_mut(), || {
        // SAFETY: the caller passes null or an attribute of a live resource.
        let attribute = unsafe { Attribute::from_ptr(attribute) }?;
        Some(attribute.value_ptr())
    })
}

/// Prints the link of a resource in link-format (RFC 6690), or a part of it. No NUL is written.
///
/// @param resource  The resource.
/// @param buf       The buffer; may be NULL if *len is 0.
/// @param len       In: the size of buf in bytes. Out: the length of the whole link.
/// @param offset    In: the number of leading bytes of the link to skip. Out: what remains of that number after
///                  skipping; unchanged if *len was 0.
///
/// @return The number of bytes written, with COAP_PRINT_STATUS_TRUNC if the link did not end within buf. Only
///         COAP_PRINT_STATUS_ERROR if a pointer is NULL or the number does not fit beside the status bits.
#[no_mangle]
pub unsafe extern "C" fn coap_print_link(
    resource: *const coap_resource_t,
    buf: *mut c_uchar,
    len: *mut usize,
    offset: *mut usize,
) -> coap_print_status_t {
    door(COAP_PRINT_STATUS_ERROR, || {
        // SAFETY: the caller passes null or live objects. Cells, as both numbers may be the same one.
        let (resource, len, offset) = unsafe {
            (Resource::from_ptr(resource)?, len.cast::<Cell<usize>>().as_ref()?, offset.cast::<Cell<usize>>().as_ref()?)
        };
        // SAFETY: the caller passes a buffer of this size.
        let Printed { status, total, skipped } =
            unsafe { resource::print_link(&resource, buf, len.get(), offset.get()) }?;
        offset.set(offset.get().saturating_sub(skipped));
        len.set(total);
        Some(status)
    })
}

/// Prints the links of all resources of a context in link-format (RFC 6690), joined by commas, or a part of that.
///
/// @param context       The context.
/// @param buf           The buffer; may be NULL if *buflen is 0.
/// @param buflen        In: the size of buf in bytes. Out: the length of the whole text.
/// @param offset        The number of leading bytes of the text to skip.
/// @param query_filter  An encoded Uri-Query option that says which resources are wanted; NULL for all.
///
/// @return As coap_print_link().
///
/// cbindgen:ignore
#[no_mangle]
pub unsafe extern "C" fn coap_print_wellknown(
    context: *mut coap_context_t,
    buf: *mut c_uchar,
    buflen: *mut usize,
    offset: usize,
    query_filter: *const coap_opt_t,
) -> coap_print_status_t {
    door(COAP_PRINT_STATUS_ERROR, || {
        // SAFETY: the caller passes null or live objects.
        let (context, length) = unsafe { (Context::from_ptr(context)?, buflen.cast::<Cell<usize>>().as_ref()?) };
        // SAFETY: the caller passes null or an option in a message.
        let filter = unsafe { raw::value(query_filter) }.unwrap_or_default();
        // SAFETY: the caller passes a buffer of this size.
        let Printed { status, total, .. } =
            unsafe { resource::print_document(&context, buf, length.get(), offset, filter) }?;
        length.set(total);
        Some(status)
    })
}
