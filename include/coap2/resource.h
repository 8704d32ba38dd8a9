/* <coap2/resource.h>: resources that a server offers, and their attributes
 *
 * Part of libcoap-2, BSD-2-Clause: see the file LICENSE.
 */
#ifndef COAP_RESOURCE_H_
#define COAP_RESOURCE_H_

#include <stddef.h>
#include <stdint.h>

#include "libcoap.h"
#include "coap_forward_decls.h"
#include "block.h"
#include "pdu.h"
#include "str.h"
#include "subscribe.h"
#include "uthash.h"

#ifdef __cplusplus
extern "C" {
#endif

#ifndef COAP_RESOURCE_CHECK_TIME
#define COAP_RESOURCE_CHECK_TIME 2 /**< Seconds between looks at resources, for programs that look at them regularly. */
#endif

/* Flags of coap_resource_init() */

#define COAP_RESOURCE_FLAGS_RELEASE_URI       1 /**< The library takes over the path and frees it with the resource. */
#define COAP_RESOURCE_FLAGS_NOTIFY_NON        0 /**< Notifications are non-confirmable, but for every sixth one. */
#define COAP_RESOURCE_FLAGS_NOTIFY_CON        2 /**< Notifications are confirmable. */
#define COAP_RESOURCE_FLAGS_NOTIFY_NON_ALWAYS 4 /**< Notifications are non-confirmable, all of them. */

/* Flags of coap_add_attr() */

#define COAP_ATTR_FLAGS_RELEASE_NAME  1 /**< The library takes over the name and frees it with the attribute. */
#define COAP_ATTR_FLAGS_RELEASE_VALUE 2 /**< The library takes over the value and frees it with the attribute. */

/**
 * Serves a request, or builds a notification for an observer.
 *
 * The response has its type, message id and token already; the handler sets code, adds options and then the payload. A
 * handler that leaves the code 0 has a confirmable request acknowledged only, and sends its response later.
 *
 * @param context   The context.
 * @param resource  The resource.
 * @param session   The session of the request.
 * @param request   The request; NULL for a notification.
 * @param token     The token of the request.
 * @param query     The query of the request, its options joined by '&', or NULL. It ends with the call.
 * @param response  The response. The library sends it when the handler has returned.
 */
typedef void (*coap_method_handler_t)(coap_context_t *context, coap_resource_t *resource,
                                      coap_session_t *session, coap_pdu_t *request, coap_binary_t *token,
                                      coap_string_t *query, coap_pdu_t *response);

/**
 * Releases the user data of a resource that ends.
 *
 * @param user_data  What coap_resource_set_userdata() was given; never NULL.
 */
typedef void (*coap_resource_release_userdata_handler_t)(void *user_data);

/* Resources */

/**
 * Makes a resource. It serves nothing until it is given a handler (coap_register_handler) and added to a context
 * (coap_add_resource).
 *
 * The path is compared byte by byte with the path of requests, percent-encoded as coap_get_uri_path() gives it:
 * without a leading '/', case matters, nothing is normalised.
 *
 * @param uri_path  The path; NULL or empty for the root resource. It is copied, or, with
 *                  COAP_RESOURCE_FLAGS_RELEASE_URI, taken over and freed (coap_delete_str_const) with the resource.
 * @param flags     COAP_RESOURCE_FLAGS_* values, or'ed.
 *
 * @return The resource. NULL without memory; then uri_path is yours still. It ends with coap_delete_resource(), or with
 *         the context that it was added to.
 */
coap_resource_t *coap_resource_init(coap_str_const_t *uri_path, int flags);

/**
 * Makes the resource that serves requests for paths that no other resource has.
 *
 * A context has at most one; adding another one deletes the first. Its path reads "- Unknown -". It never appears in
 * .well-known/core and cannot be observed.
 *
 * @param put_handler  Serves PUT; may be NULL. Register handlers of other methods with coap_register_handler().
 *
 * @return The resource, to be passed to coap_add_resource(); NULL without memory.
 */
coap_resource_t *coap_resource_unknown_init(coap_method_handler_t put_handler);

/**
 * Makes the resource that serves requests with Proxy-Uri or Proxy-Scheme.
 *
 * A context has at most one; adding another one deletes the first. Its path reads "- Proxy URI -". It never appears in
 * .well-known/core and cannot be observed.
 *
 * @param handler          Serves all methods; may be NULL.
 * @param host_name_count  Number of names in host_name_list, at least 1.
 * @param host_name_list   Names and addresses of this server itself: requests for one of these are served by the
 *                         ordinary resources. They are copied.
 *
 * @return The resource, to be passed to coap_add_resource(). NULL without memory, without names, or if one of them is
 *         NULL.
 */
coap_resource_t *coap_resource_proxy_uri_init(coap_method_handler_t handler, size_t host_name_count,
                                              const char **host_name_list);

/**
 * Adds a resource to a context, which owns it from now on.
 *
 * An ordinary resource with the same path, or the former unknown or proxy resource, is deleted first. Adding a
 * resource again changes nothing; one that belongs to another context is left there.
 *
 * @param context   The context.
 * @param resource  The resource. Nothing happens if either is NULL.
 */
void coap_add_resource(coap_context_t *context, coap_resource_t *resource);

/**
 * Deletes a resource and all that belongs to it, from inside its own handler too.
 *
 * The function set by coap_resource_release_userdata_handler() is called with its user data, if it has any.
 *
 * @param context   The context. The resource is deleted from the context that it was added to, should that be another
 *                  one.
 * @param resource  The resource. One that was never added is just freed.
 *
 * @return 1, or 0 if context or resource is NULL.
 */
int coap_delete_resource(coap_context_t *context, coap_resource_t *resource);

/**
 * Registers the function that serves requests of one method.
 *
 * @param resource  The resource; NULL is ignored.
 * @param method    COAP_REQUEST_GET and so on; any other value is logged and ignored.
 * @param handler   The function; NULL to serve this method no more.
 */
void coap_register_handler(coap_resource_t *resource, coap_request_t method, coap_method_handler_t handler);

/**
 * Finds an ordinary resource by its path.
 *
 * @param context   The context.
 * @param uri_path  The path, without a leading '/'; length 0 for the root resource.
 *
 * @return The resource with exactly this path, or NULL.
 */
coap_resource_t *coap_get_resource_from_uri_path(coap_context_t *context, coap_str_const_t *uri_path);

/**
 * The path of a resource.
 *
 * @param resource  The resource.
 *
 * @return The string that was taken over, or else the library's copy; it ends with the resource. NULL for NULL.
 */
coap_str_const_t *coap_resource_get_uri_path(coap_resource_t *resource);

/**
 * Chooses how observers of a resource are notified.
 *
 * @param resource  The resource; NULL is ignored.
 * @param mode      COAP_RESOURCE_FLAGS_NOTIFY_CON for confirmable notifications only, COAP_RESOURCE_FLAGS_NOTIFY_NON
 *                  for non-confirmable ones with a confirmable one in between. COAP_RESOURCE_FLAGS_NOTIFY_NON_ALWAYS
 *                  has no effect here, only in coap_resource_init().
 */
void coap_resource_set_mode(coap_resource_t *resource, int mode);

/**
 * Attaches a pointer of the application's to a resource.
 *
 * @param resource  The resource; NULL is ignored.
 * @param data      The pointer. The one before is just overwritten.
 */
void coap_resource_set_userdata(coap_resource_t *resource, void *data);

/**
 * The pointer set by coap_resource_set_userdata().
 *
 * @param resource  The resource.
 *
 * @return The pointer; NULL if none was set, or for NULL.
 */
void *coap_resource_get_userdata(coap_resource_t *resource);

/**
 * Sets the function that releases the user data of the resources of a context.
 *
 * It is called once for each resource that is deleted, replaced, or ends with the context, if its user data is not
 * NULL.
 *
 * @param context   The context; NULL is ignored.
 * @param callback  The function, or NULL for none.
 */
void coap_resource_release_userdata_handler(coap_context_t *context,
                                            coap_resource_release_userdata_handler_t callback);

/* Attributes */

/**
 * Adds an attribute to a resource, shown in .well-known/core.
 *
 * Nothing is quoted or checked: write the double quotes that link-format (RFC 6690) wants into the value. A second
 * attribute of the same name hides the first from coap_find_attr() and from filters; both are shown.
 *
 * @param resource  The resource.
 * @param name      The name. It is copied, or, with COAP_ATTR_FLAGS_RELEASE_NAME, taken over and freed
 *                  (coap_delete_str_const) with the resource.
 * @param value     The value; NULL for an attribute without value. It is copied, or, with
 *                  COAP_ATTR_FLAGS_RELEASE_VALUE, taken over like a name.
 * @param flags     COAP_ATTR_FLAGS_* values, or'ed.
 *
 * @return The attribute; it ends with the resource. NULL without memory, or if resource or name is NULL; then name and
 *         value are yours still.
 */
coap_attr_t *coap_add_attr(coap_resource_t *resource, coap_str_const_t *name, coap_str_const_t *value,
                           int flags);

/**
 * Finds an attribute of a resource by its name.
 *
 * @param resource  The resource.
 * @param name      The name.
 *
 * @return The attribute of exactly this name that was added last. NULL if there is none, or if an argument is NULL.
 */
coap_attr_t *coap_find_attr(coap_resource_t *resource, coap_str_const_t *name);

/**
 * The value of an attribute.
 *
 * @param attribute  The attribute.
 *
 * @return The string that was taken over, or else the library's copy; it ends with the resource. What is written into
 *         it is shown from then on. NULL for an attribute without value, or for NULL.
 */
coap_str_const_t *coap_attr_get_value(coap_attr_t *attribute);

/* Links (RFC 6690) */

/** Result of printing links: the number of bytes written and COAP_PRINT_STATUS_* bits. */
typedef unsigned int coap_print_status_t;

/** The bits of a coap_print_status_t that are not part of the number of bytes. */
#define COAP_PRINT_STATUS_MASK 0xF0000000u

/** Something has failed. */
#define COAP_PRINT_STATUS_ERROR 0x80000000u

/** There was more than the buffer could hold. */
#define COAP_PRINT_STATUS_TRUNC 0x40000000u

/** The number of bytes written, out of a coap_print_status_t. */
#define COAP_PRINT_OUTPUT_LENGTH(v) ((v) & ~COAP_PRINT_STATUS_MASK)

/**
 * Prints the link of a resource in link-format (RFC 6690), or a part of it. No NUL is written.
 *
 * @param resource  The resource.
 * @param buf       The buffer; may be NULL if *len is 0.
 * @param len       In: the size of buf in bytes. Out: the length of the whole link.
 * @param offset    In: the number of leading bytes of the link to skip. Out: what remains of that number after
 *                  skipping; unchanged if *len was 0.
 *
 * @return The number of bytes written, with COAP_PRINT_STATUS_TRUNC if the link did not end within buf. Only
 *         COAP_PRINT_STATUS_ERROR if a pointer is NULL or the number does not fit beside the status bits.
 */
coap_print_status_t coap_print_link(const coap_resource_t *resource, unsigned char *buf, size_t *len,
                                    size_t *offset);

/**
 * The older name of coap_resource_notify_observers().
 *
 * @param r      The resource.
 * @param query  NULL to notify all observers; else only those whose request had this query.
 *
 * @return 1 if there are such observers, else 0.
 */
COAP_DEPRECATED int coap_resource_set_dirty(coap_resource_t *r, const coap_string_t *query);

#ifdef __cplusplus
}
#endif

/* Last, since they need the types above. */
#include "async.h"
#include "net.h"

#endif /* COAP_RESOURCE_H_ */
