//! Types and constants of `coap2/resource.h`.

use super::*;

/// Result of printing links: the number of bytes written and `COAP_PRINT_STATUS_*` bits.
pub type coap_print_status_t = c_uint;
/// Serves a request, or builds a notification for an observer.
///
/// The response has its type, message id and token already; the handler sets code, adds options and then the payload. A
/// handler that leaves the code 0 has a confirmable request acknowledged only, and sends its response later.
///
/// @param context   The context.
/// @param resource  The resource.
/// @param session   The session of the request.
/// @param request   The request; NULL for a notification.
/// @param token     The token of the request.
/// @param query     The query of the request, its options joined by '&', or NULL. It ends with the call.
/// @param response  The response. The library sends it when the handler has returned.
pub type coap_method_handler_t = Option<
    unsafe extern "C" fn(
        context: *mut coap_context_t,
        resource: *mut coap_resource_t,
        session: *mut coap_session_t,
        request: *mut coap_pdu_t,
        token: *mut coap_binary_t,
        query: *mut coap_string_t,
        response: *mut coap_pdu_t,
    ),
>;
/// Releases the user data of a resource that ends.
///
/// @param user_data  What coap_resource_set_userdata() was given; never NULL.
pub type coap_resource_release_userdata_handler_t = Option<unsafe extern "C" fn(user_data: *mut c_void)>;

/// The library takes over the name and frees it with the attribute.
pub const COAP_ATTR_FLAGS_RELEASE_NAME: c_int = 1;

/// The library takes over the value and frees it with the attribute.
pub const COAP_ATTR_FLAGS_RELEASE_VALUE: c_int = 2;

/// There was more than the buffer could hold.
pub const COAP_PRINT_STATUS_TRUNC: coap_print_status_t = 1073741824;

/// Something has failed.
pub const COAP_PRINT_STATUS_ERROR: coap_print_status_t = 2147483648;

/// The bits of a coap_print_status_t that are not part of the number of bytes.
pub const COAP_PRINT_STATUS_MASK: coap_print_status_t = 4026531840;

/// Seconds between looks at resources, for programs that look at them regularly.
pub const COAP_RESOURCE_CHECK_TIME: c_int = 2;

/// Notifications are non-confirmable, but for every sixth one.
pub const COAP_RESOURCE_FLAGS_NOTIFY_NON: c_int = 0;

/// Notifications are confirmable.
pub const COAP_RESOURCE_FLAGS_NOTIFY_CON: c_int = 2;

/// Notifications are non-confirmable, all of them.
pub const COAP_RESOURCE_FLAGS_NOTIFY_NON_ALWAYS: c_int = 4;

/// The library takes over the path and frees it with the resource.
pub const COAP_RESOURCE_FLAGS_RELEASE_URI: c_int = 1;
