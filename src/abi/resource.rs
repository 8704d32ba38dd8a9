//! Types and constants of `coap2/resource.h`.

use super::*;

/// Result of printing links: the number of bytes written and `COAP_PRINT_STATUS_*` bits.
pub type coap_print_status_t = c_uint;
/// Serves a request, or builds a notification (then `request` is `NULL`).
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
pub type coap_resource_release_userdata_handler_t = Option<unsafe extern "C" fn(user_data: *mut c_void)>;

/// TODO.
pub const COAP_ATTR_FLAGS_RELEASE_NAME: c_int = 1;

/// TODO.
pub const COAP_ATTR_FLAGS_RELEASE_VALUE: c_int = 2;

/// TODO.
pub const COAP_PRINT_STATUS_TRUNC: coap_print_status_t = 1073741824;

/// TODO.
pub const COAP_PRINT_STATUS_ERROR: coap_print_status_t = 2147483648;

/// TODO.
pub const COAP_PRINT_STATUS_MASK: coap_print_status_t = 4026531840;

/// TODO.
pub const COAP_RESOURCE_CHECK_TIME: c_int = 2;

/// TODO.
pub const COAP_RESOURCE_FLAGS_NOTIFY_NON: c_int = 0;

/// TODO.
pub const COAP_RESOURCE_FLAGS_NOTIFY_CON: c_int = 2;

/// TODO.
pub const COAP_RESOURCE_FLAGS_NOTIFY_NON_ALWAYS: c_int = 4;

/// TODO.
pub const COAP_RESOURCE_FLAGS_RELEASE_URI: c_int = 1;
