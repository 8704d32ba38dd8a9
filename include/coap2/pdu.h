/* <coap2/pdu.h>: messages, and the numbers of the protocol
 *
 * Part of libcoap-2, BSD-2-Clause: see the file LICENSE.
 */
#ifndef COAP_PDU_H_
#define COAP_PDU_H_

#include <stddef.h>
#include <stdint.h>

#include "libcoap.h"
#include "coap_forward_decls.h"
#include "option.h"
#include "uri.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Defaults and limits */

#define COAP_DEFAULT_SCHEME        "coap"             /**< The scheme of URIs without security. */
#define COAP_DEFAULT_URI_WELLKNOWN ".well-known/core" /**< Where a server lists its resources (RFC 6690). */

#define COAP_DEFAULT_VERSION 1    /**< The version of the protocol. */
#define COAP_DEFAULT_PORT    5683 /**< The port of a server without security. */
#define COAPS_DEFAULT_PORT   5684 /**< The port of a server with security. */
#define COAP_DEFAULT_MAX_AGE 60   /**< Seconds for which a response without Max-Age is fresh. */

#ifndef COAP_DEFAULT_MTU
#define COAP_DEFAULT_MTU 1152 /**< The longest packet as long as nothing else is known, in bytes. */
#endif

#ifndef COAP_DEFAULT_HOP_LIMIT
#define COAP_DEFAULT_HOP_LIMIT 16 /**< The value of a Hop-Limit option that has none yet (RFC 8768). */
#endif

#ifndef COAP_DEFAULT_MAX_PDU_RX_SIZE
/** The longest message that is taken from a stream, in bytes. */
#define COAP_DEFAULT_MAX_PDU_RX_SIZE ((size_t)8 * 1024 * 1024 + 256)
#endif

#ifndef COAP_DEBUG_BUF_SIZE
#define COAP_DEBUG_BUF_SIZE 2056 /**< Room for a line of coap_show_pdu(), in bytes. */
#endif

/* Types of messages (RFC 7252, section 3) */

#define COAP_MESSAGE_CON 0 /**< Confirmable: to be acknowledged. */
#define COAP_MESSAGE_NON 1 /**< Non-confirmable. */
#define COAP_MESSAGE_ACK 2 /**< Acknowledgement. */
#define COAP_MESSAGE_RST 3 /**< Reset: the message could not be processed. */

/* Methods (RFC 7252, section 12.1.1; RFC 8132) */

/** The methods. */
typedef enum coap_request_t {
  COAP_REQUEST_GET = 1,    /**< 0.01 */
  COAP_REQUEST_POST = 2,   /**< 0.02 */
  COAP_REQUEST_PUT = 3,    /**< 0.03 */
  COAP_REQUEST_DELETE = 4, /**< 0.04 */
  COAP_REQUEST_FETCH = 5,  /**< 0.05 (RFC 8132) */
  COAP_REQUEST_PATCH = 6,  /**< 0.06 (RFC 8132) */
  COAP_REQUEST_IPATCH = 7  /**< 0.07 (RFC 8132) */
} coap_request_t;

/* Response codes (RFC 7252, section 12.1.2) */

/** The response codes. */
typedef enum coap_response_code {
  COAP_RESPONSE_CODE_OK = 64,                          /**< 2.00 */
  COAP_RESPONSE_CODE_CREATED = 65,                     /**< 2.01 Created */
  COAP_RESPONSE_CODE_DELETED = 66,                     /**< 2.02 Deleted */
  COAP_RESPONSE_CODE_VALID = 67,                       /**< 2.03 Valid */
  COAP_RESPONSE_CODE_CHANGED = 68,                     /**< 2.04 Changed */
  COAP_RESPONSE_CODE_CONTENT = 69,                     /**< 2.05 Content */
  COAP_RESPONSE_CODE_CONTINUE = 95,                    /**< 2.31 Continue (RFC 7959) */
  COAP_RESPONSE_CODE_BAD_REQUEST = 128,                /**< 4.00 Bad Request */
  COAP_RESPONSE_CODE_UNAUTHORIZED = 129,               /**< 4.01 Unauthorized */
  COAP_RESPONSE_CODE_BAD_OPTION = 130,                 /**< 4.02 Bad Option */
  COAP_RESPONSE_CODE_FORBIDDEN = 131,                  /**< 4.03 Forbidden */
  COAP_RESPONSE_CODE_NOT_FOUND = 132,                  /**< 4.04 Not Found */
  COAP_RESPONSE_CODE_NOT_ALLOWED = 133,                /**< 4.05 Method Not Allowed */
  COAP_RESPONSE_CODE_NOT_ACCEPTABLE = 134,             /**< 4.06 Not Acceptable */
  COAP_RESPONSE_CODE_INCOMPLETE = 136,                 /**< 4.08 Request Entity Incomplete (RFC 7959) */
  COAP_RESPONSE_CODE_CONFLICT = 137,                   /**< 4.09 Conflict (RFC 8132) */
  COAP_RESPONSE_CODE_PRECONDITION_FAILED = 140,        /**< 4.12 Precondition Failed */
  COAP_RESPONSE_CODE_REQUEST_TOO_LARGE = 141,          /**< 4.13 Request Entity Too Large */
  COAP_RESPONSE_CODE_UNSUPPORTED_CONTENT_FORMAT = 143, /**< 4.15 Unsupported Content-Format */
  COAP_RESPONSE_CODE_UNPROCESSABLE = 150,              /**< 4.22 Unprocessable Entity (RFC 8132) */
  COAP_RESPONSE_CODE_TOO_MANY_REQUESTS = 157,          /**< 4.29 Too Many Requests (RFC 8516) */
  COAP_RESPONSE_CODE_INTERNAL_ERROR = 160,             /**< 5.00 Internal Server Error */
  COAP_RESPONSE_CODE_NOT_IMPLEMENTED = 161,            /**< 5.01 Not Implemented */
  COAP_RESPONSE_CODE_BAD_GATEWAY = 162,                /**< 5.02 Bad Gateway */
  COAP_RESPONSE_CODE_SERVICE_UNAVAILABLE = 163,        /**< 5.03 Service Unavailable */
  COAP_RESPONSE_CODE_GATEWAY_TIMEOUT = 164,            /**< 5.04 Gateway Timeout */
  COAP_RESPONSE_CODE_PROXYING_NOT_SUPPORTED = 165,     /**< 5.05 Proxying Not Supported */
  COAP_RESPONSE_CODE_HOP_LIMIT_REACHED = 168           /**< 5.08 Hop Limit Reached (RFC 8768) */
} coap_response_code;

/** A response code from its number in decimal: 205 becomes 2.05, that is 69. */
#define COAP_RESPONSE_CODE(N) (((N) / 100 << 5) | (N) % 100)

/** The class of a code: 2 for success, 4 for an error of the client, 5 for one of the server. */
#define COAP_RESPONSE_CLASS(C) (((C) >> 5) & 0xFF)

#ifndef SHORT_ERROR_RESPONSE

/**
 * Gives the phrase that goes with a response code, "Not Found" for 4.04.
 *
 * @param code  The code (class times 32, plus detail).
 *
 * @return A string that must not be freed; NULL for codes without a phrase.
 *
 * See RFC 7252, section 12.1.2.
 */
const char *coap_response_phrase(unsigned char code);

/** The longest result of coap_response_phrase(), in bytes. */
#define COAP_ERROR_PHRASE_LENGTH 32

#else /* error responses without text */

#define coap_response_phrase(x) ((char *)NULL)
#define COAP_ERROR_PHRASE_LENGTH 0

#endif

/* Signalling messages of CoAP over TCP (RFC 8323, section 5) */

#define COAP_SIGNALING_CSM     225 /**< 7.01: capabilities and settings. */
#define COAP_SIGNALING_PING    226 /**< 7.02: ping. */
#define COAP_SIGNALING_PONG    227 /**< 7.03: the answer to a ping. */
#define COAP_SIGNALING_RELEASE 228 /**< 7.04: please end the connection. */
#define COAP_SIGNALING_ABORT   229 /**< 7.05: the connection ends. */

/** A signalling code from its number in decimal: 701 becomes 7.01, that is 225. */
#define COAP_SIGNALING_CODE(N) COAP_RESPONSE_CODE(N)

#define COAP_SIGNALING_OPTION_MAX_MESSAGE_SIZE    2 /**< CSM: Max-Message-Size. */
#define COAP_SIGNALING_OPTION_BLOCK_WISE_TRANSFER 4 /**< CSM: Block-Wise-Transfer. */
#define COAP_SIGNALING_OPTION_CUSTODY             2 /**< Ping, Pong: Custody. */
#define COAP_SIGNALING_OPTION_ALTERNATIVE_ADDRESS 2 /**< Release: Alternative-Address. */
#define COAP_SIGNALING_OPTION_HOLD_OFF            4 /**< Release: Hold-Off. */
#define COAP_SIGNALING_OPTION_BAD_CSM_OPTION      2 /**< Abort: Bad-CSM-Option. */

/* Option numbers (RFC 7252, section 12.2, unless another source is given) */

#define COAP_OPTION_IF_MATCH       1   /**< If-Match, opaque, 0 to 8 bytes. */
#define COAP_OPTION_URI_HOST       3   /**< Uri-Host, string, 1 to 255 bytes. */
#define COAP_OPTION_ETAG           4   /**< ETag, opaque, 1 to 8 bytes. */
#define COAP_OPTION_IF_NONE_MATCH  5   /**< If-None-Match, empty. */
#define COAP_OPTION_OBSERVE        6   /**< Observe, uint, 0 to 3 bytes (RFC 7641). */
#define COAP_OPTION_URI_PORT       7   /**< Uri-Port, uint, 0 to 2 bytes. */
#define COAP_OPTION_LOCATION_PATH  8   /**< Location-Path, string, 0 to 255 bytes. */
#define COAP_OPTION_OSCORE         9   /**< OSCORE, opaque, 0 to 255 bytes (RFC 8613). */
#define COAP_OPTION_URI_PATH       11  /**< Uri-Path, string, 0 to 255 bytes. */
#define COAP_OPTION_CONTENT_FORMAT 12  /**< Content-Format, uint, 0 to 2 bytes. */
#define COAP_OPTION_CONTENT_TYPE   12  /**< The old name of Content-Format. */
#define COAP_OPTION_MAXAGE         14  /**< Max-Age, uint, 0 to 4 bytes. */
#define COAP_OPTION_URI_QUERY      15  /**< Uri-Query, string, 0 to 255 bytes. */
#define COAP_OPTION_HOP_LIMIT      16  /**< Hop-Limit, uint, 1 byte (RFC 8768). */
#define COAP_OPTION_ACCEPT         17  /**< Accept, uint, 0 to 2 bytes. */
#define COAP_OPTION_LOCATION_QUERY 20  /**< Location-Query, string, 0 to 255 bytes. */
#define COAP_OPTION_BLOCK2         23  /**< Block2, uint, 0 to 3 bytes (RFC 7959). */
#define COAP_OPTION_BLOCK1         27  /**< Block1, uint, 0 to 3 bytes (RFC 7959). */
#define COAP_OPTION_SIZE2          28  /**< Size2, uint, 0 to 4 bytes (RFC 7959). */
#define COAP_OPTION_PROXY_URI      35  /**< Proxy-Uri, string, 1 to 1034 bytes. */
#define COAP_OPTION_PROXY_SCHEME   39  /**< Proxy-Scheme, string, 1 to 255 bytes. */
#define COAP_OPTION_SIZE1          60  /**< Size1, uint, 0 to 4 bytes. */
#define COAP_OPTION_NORESPONSE     258 /**< No-Response, uint, 0 or 1 byte (RFC 7967). */

#define COAP_MAX_OPT 65535 /**< The highest option number. */

/* Content formats (IANA, CoRE Parameters) */

#define COAP_MEDIATYPE_TEXT_PLAIN                0   /**< text/plain; charset=utf-8 */
#define COAP_MEDIATYPE_APPLICATION_COSE_ENCRYPT0 16  /**< application/cose; cose-type="cose-encrypt0" (RFC 9052) */
#define COAP_MEDIATYPE_APPLICATION_COSE_MAC0     17  /**< application/cose; cose-type="cose-mac0" */
#define COAP_MEDIATYPE_APPLICATION_COSE_SIGN1    18  /**< application/cose; cose-type="cose-sign1" */
#define COAP_MEDIATYPE_APPLICATION_LINK_FORMAT   40  /**< application/link-format (RFC 6690) */
#define COAP_MEDIATYPE_APPLICATION_XML           41  /**< application/xml */
#define COAP_MEDIATYPE_APPLICATION_OCTET_STREAM  42  /**< application/octet-stream */
#define COAP_MEDIATYPE_APPLICATION_RDF_XML       43  /**< application/rdf+xml */
#define COAP_MEDIATYPE_APPLICATION_EXI           47  /**< application/exi */
#define COAP_MEDIATYPE_APPLICATION_JSON          50  /**< application/json */
#define COAP_MEDIATYPE_APPLICATION_CBOR          60  /**< application/cbor (RFC 8949) */
#define COAP_MEDIATYPE_APPLICATION_CWT           61  /**< application/cwt (RFC 8392) */
#define COAP_MEDIATYPE_APPLICATION_COSE_ENCRYPT  96  /**< application/cose; cose-type="cose-encrypt" */
#define COAP_MEDIATYPE_APPLICATION_COSE_MAC      97  /**< application/cose; cose-type="cose-mac" */
#define COAP_MEDIATYPE_APPLICATION_COSE_SIGN     98  /**< application/cose; cose-type="cose-sign" */
#define COAP_MEDIATYPE_APPLICATION_COSE_KEY      101 /**< application/cose-key */
#define COAP_MEDIATYPE_APPLICATION_COSE_KEY_SET  102 /**< application/cose-key-set */
#define COAP_MEDIATYPE_APPLICATION_SENML_JSON    110 /**< application/senml+json (RFC 8428) */
#define COAP_MEDIATYPE_APPLICATION_SENSML_JSON   111 /**< application/sensml+json */
#define COAP_MEDIATYPE_APPLICATION_SENML_CBOR    112 /**< application/senml+cbor */
#define COAP_MEDIATYPE_APPLICATION_SENSML_CBOR   113 /**< application/sensml+cbor */
#define COAP_MEDIATYPE_APPLICATION_SENML_EXI     114 /**< application/senml-exi */
#define COAP_MEDIATYPE_APPLICATION_SENSML_EXI    115 /**< application/sensml-exi */
#define COAP_MEDIATYPE_APPLICATION_DOTS_CBOR     271 /**< application/dots+cbor (RFC 9132) */
#define COAP_MEDIATYPE_APPLICATION_SENML_XML     310 /**< application/senml+xml */
#define COAP_MEDIATYPE_APPLICATION_SENSML_XML    311 /**< application/sensml+xml */
#define COAP_MEDIATYPE_ANY                       255 /**< Any of them. */

/* Protocols */

/** A transport protocol, COAP_PROTO_*. */
typedef uint8_t coap_proto_t;

#define COAP_PROTO_NONE 0 /**< Not known yet. */
#define COAP_PROTO_UDP  1 /**< CoAP over UDP (RFC 7252). */
#define COAP_PROTO_DTLS 2 /**< CoAP over DTLS (RFC 7252, section 9). */
#define COAP_PROTO_TCP  3 /**< CoAP over TCP (RFC 8323). */
#define COAP_PROTO_TLS  4 /**< CoAP over TLS (RFC 8323). */

/* Message ids, and what functions return in place of one */

/** A message id, or a negative error code. */
typedef int coap_mid_t;

#define COAP_INVALID_MID      (-1) /**< Something has failed. */
#define COAP_DROPPED_RESPONSE (-2) /**< The response was not sent, and need not be. */
#define COAP_PDU_DELAYED      (-3) /**< The message waits for its turn. Not seen outside the library. */

/* Framing (RFC 7252, section 3; RFC 8323, section 3.2) */

#define COAP_PAYLOAD_START             255   /**< The byte between options and payload. */
#define COAP_PDU_MAX_UDP_HEADER_SIZE   4     /**< The header in front of the token, in datagrams. */
#define COAP_PDU_MAX_TCP_HEADER_SIZE   6     /**< The longest header in front of the token, on streams. */
#define COAP_MESSAGE_SIZE_OFFSET_TCP8  13    /**< What a length of one more byte counts from. */
#define COAP_MESSAGE_SIZE_OFFSET_TCP16 269   /**< What a length of two more bytes counts from. */
#define COAP_MESSAGE_SIZE_OFFSET_TCP32 65805 /**< What a length of four more bytes counts from. */
#define COAP_MAX_MESSAGE_SIZE_TCP0     12    /**< The longest options and payload whose length fits in 4 bits. */
#define COAP_MAX_MESSAGE_SIZE_TCP8     268   /**< The same with one more byte of length. */
#define COAP_MAX_MESSAGE_SIZE_TCP16    65804 /**< The same with two more bytes of length. */

/** As the original has it: no more than with two bytes. */
#define COAP_MAX_MESSAGE_SIZE_TCP32 65804U

/* A message */

/** A message. Programs use the functions below; the fields are public for those that look inside. */
struct coap_pdu_t {
  uint8_t type;             /**< COAP_MESSAGE_... */
  uint8_t code;             /**< The code: class in the upper three bits, detail in the others. */
  uint8_t max_hdr_size;     /**< Room for the header, in front of token. */
  uint8_t hdr_size;         /**< Bytes of the header, once there is one; they end where token starts. */
  uint8_t token_length;     /**< Bytes of the token. */
  uint16_t mid;             /**< The message id, in host order. */
  uint16_t max_opt;         /**< The number of the last option. */
  size_t alloc_size;        /**< Bytes of storage from token on. */
  size_t used_size;         /**< Bytes in use from token on: token, options, payload. */
  size_t max_size;          /**< How far the storage may grow; 0: no limit. */
  uint8_t *token;           /**< The token, then the options, then the payload. */
  uint8_t *data;            /**< The payload inside the storage, or NULL. */
  const uint8_t *body_data; /**< The large body that the library put together, or NULL. */
  size_t body_length;       /**< Bytes at body_data. */
  size_t body_offset;       /**< Where these bytes are in the whole body. */
  size_t body_total;        /**< Bytes of the whole body, as far as known. */
  coap_lg_xmit_t *lg_xmit;  /**< For the library's own use. */
};

/** Whether a message is empty: code 0.00. */
#define COAP_PDU_IS_EMPTY(pdu) ((pdu)->code == 0)

/** Whether a message is a request: codes 0.01 to 0.31. */
#define COAP_PDU_IS_REQUEST(pdu) ((pdu)->code > 0 && (pdu)->code < 32)

/** Whether a message is a response: codes 2.00 to 6.31. */
#define COAP_PDU_IS_RESPONSE(pdu) ((pdu)->code >= 64 && (pdu)->code < 224)

/** Whether a message is a signalling message: codes 7.00 to 7.31. */
#define COAP_PDU_IS_SIGNALING(pdu) ((pdu)->code >= 224)

/**
 * Makes a message of the size that a session allows: confirmable, code 0.00, message id 0.
 *
 * The caller sets type, code and mid (coap_new_message_id() gives an id).
 *
 * @param session  The session.
 *
 * @return The message, to be handed to coap_send() or ended by coap_delete_pdu(); NULL without memory, or if session is
 *         NULL.
 */
coap_pdu_t *coap_new_pdu(const coap_session_t *session);

/**
 * Makes a message.
 *
 * The message has neither token nor options nor payload yet: they are added in this order by coap_add_token(),
 * coap_add_option() and coap_add_data().
 *
 * @param type  The type, COAP_MESSAGE_CON, COAP_MESSAGE_NON, COAP_MESSAGE_ACK or COAP_MESSAGE_RST.
 * @param code  The code of the request or response (class times 32, plus detail).
 * @param mid   The message id, in host byte order.
 * @param size  The most bytes that token, options and payload may take together; 0 for no limit.
 *
 * @return The message, to be handed to coap_send() or ended by coap_delete_pdu(); NULL without memory.
 *
 * See RFC 7252, section 3.
 */
coap_pdu_t *coap_pdu_init(uint8_t type, uint8_t code, uint16_t mid, size_t size);

/**
 * Makes a new message out of another one: type, code and options are the same, the message id is the next one of the
 * session, the token is given, and there is no payload.
 *
 * @param old_pdu       The message to copy.
 * @param session       The session that the new message is for.
 * @param token_length  The length of the new token in bytes; a token longer than 8 is left out.
 * @param token         The new token; may be NULL if token_length is 0.
 * @param drop_options  The numbers of options not to copy; NULL to copy all.
 *
 * @return The new message, to be handed to coap_send() or ended by coap_delete_pdu(); NULL without memory, if the
 *         options do not fit, or if old_pdu or session is NULL.
 */
coap_pdu_t *coap_pdu_duplicate(const coap_pdu_t *old_pdu, coap_session_t *session, size_t token_length,
                               uint8_t *token, coap_opt_filter_t *drop_options);

/**
 * Empties a message, to use it again.
 *
 * The buffer is kept, but no more than size bytes of it are used.
 *
 * @param pdu   The message.
 * @param size  The most bytes that token, options and payload may take together; 0 for no limit.
 */
void coap_pdu_clear(coap_pdu_t *pdu, size_t size);

/**
 * Gives the buffer of a message another size.
 *
 * token and data of the message, and pointers to its options, may be others afterwards.
 *
 * @param pdu       The message.
 * @param new_size  The number of bytes that token, options and payload may take before the buffer has to grow again.
 *
 * @return 1; 0 without memory, if this is more than the message's max_size, or if pdu is NULL.
 */
int coap_pdu_resize(coap_pdu_t *pdu, size_t new_size);

/**
 * Frees a message and its buffer. Messages that were handed to coap_send() are freed by the library.
 *
 * @param pdu  The message, or NULL.
 */
void coap_delete_pdu(coap_pdu_t *pdu);

/* Building a message: first the token, then the options in ascending order, then the data */

/**
 * Adds the token to a message: once, and before anything else.
 *
 * @param pdu   The message.
 * @param len   The length of the token in bytes, at most 8.
 * @param data  The token (copied); may be NULL if len is 0.
 *
 * @return 1; 0 if the token is too long or does not fit, if the message is not empty, or if pdu is NULL.
 *
 * See RFC 7252, section 5.3.1.
 */
int coap_add_token(coap_pdu_t *pdu, size_t len, const uint8_t *data);

/**
 * Adds an option to a message.
 *
 * Options are best added in the order of their numbers; one that comes out of order is put where it belongs, behind
 * those of the same number. A request that gets a Proxy-Uri or Proxy-Scheme option gets a Hop-Limit option of 16 as
 * well, unless it has one already.
 *
 * @param pdu   The message.
 * @param type  The option number.
 * @param len   The length of the value in bytes, at most 65804.
 * @param data  The value (copied); NULL for a value of zero bytes.
 *
 * @return The size of the encoded option in bytes; 0 if it does not fit or can not be encoded, or if pdu is NULL.
 *
 * See RFC 7252, sections 3.1 and 5.10, and RFC 8768, section 3.
 */
size_t coap_add_option(coap_pdu_t *pdu, uint16_t type, size_t len, const uint8_t *data);

/**
 * Adds the payload to a message.
 *
 * @param pdu   The message.
 * @param len   The length of the payload in bytes; with 0 nothing is done.
 * @param data  The payload (copied); may be NULL if len is 0.
 *
 * @return 1; 0, and nothing changed, if it does not fit, if the message has a payload already, or if pdu is NULL.
 *
 * See RFC 7252, section 3.
 */
int coap_add_data(coap_pdu_t *pdu, size_t len, const uint8_t *data);

/**
 * Adds a payload of zero bytes to a message, for the caller to write over.
 *
 * @param pdu  The message.
 * @param len  The length of the payload in bytes.
 *
 * @return Where the payload is, in the message; NULL, and nothing changed, if len is 0, if it does not fit, if the
 *         message has a payload already, or if pdu is NULL.
 */
uint8_t *coap_add_data_after(coap_pdu_t *pdu, size_t len);

/* Reading a message */

/**
 * Gives the payload of a message, or, where blocks have been put together, the whole body.
 *
 * @param pdu   The message.
 * @param len   Where to put the length in bytes, 0 without payload.
 * @param data  Where to put a pointer to the payload, NULL without one. It belongs to the message.
 *
 * @return 1 if there is a payload; 0 if not, or if pdu is NULL (and then nothing is written).
 */
int coap_get_data(const coap_pdu_t *pdu, size_t *len, uint8_t **data);

/**
 * Gives the payload of a message and its place in the body that it is a part of.
 *
 * Each of the results may be NULL if it is of no interest.
 *
 * @param pdu     The message.
 * @param len     Where to put the length in bytes, 0 without payload.
 * @param data    Where to put a pointer to the payload, NULL without one. It belongs to the message.
 * @param offset  Where to put the offset of the payload in the body, in bytes.
 * @param total   Where to put the length of the whole body in bytes, as far as it is known.
 *
 * @return 1 if there is a payload; 0 if not, or if pdu is NULL (and then nothing is written).
 *
 * See RFC 7959, section 2.
 */
int coap_get_data_large(const coap_pdu_t *pdu, size_t *len, const uint8_t **data, size_t *offset,
                        size_t *total);

/* Changing a message; only in the static library */

/**
 * Puts an option into a message where its number belongs, behind those of the same number.
 *
 * @param pdu   The message.
 * @param type  The option number.
 * @param len   The length of the value in bytes, at most 65804.
 * @param data  The value (copied); NULL for a value of zero bytes.
 *
 * @return The size of the encoded option in bytes; 0 if it does not fit or can not be encoded, if the options of the
 *         message are malformed, or if pdu is NULL.
 */
size_t coap_insert_option(coap_pdu_t *pdu, uint16_t type, size_t len, const uint8_t *data);

/**
 * Replaces the value of the first option with this number, or inserts the option if there is none.
 *
 * @param pdu   The message.
 * @param type  The option number.
 * @param len   The length of the value in bytes, at most 65804.
 * @param data  The value (copied); NULL for a value of zero bytes.
 *
 * @return 1 if a value was replaced, or what coap_insert_option() returns; 0 if it does not fit or can not be encoded,
 *         or if pdu is NULL.
 */
size_t coap_update_option(coap_pdu_t *pdu, uint16_t type, size_t len, const uint8_t *data);

/**
 * Takes the first option with this number out of a message.
 *
 * @param pdu   The message.
 * @param type  The option number.
 *
 * @return 1; 0 if there is no such option, or if pdu is NULL.
 */
int coap_remove_option(coap_pdu_t *pdu, uint16_t type);

/**
 * Replaces the token of a message; options and payload stay as they are.
 *
 * A header that was encoded before has to be encoded again.
 *
 * @param pdu   The message.
 * @param len   The length of the token in bytes, at most 8.
 * @param data  The token (copied); may be NULL if len is 0.
 *
 * @return 1; 0, and nothing changed, if the token is too long or does not fit, or if pdu is NULL.
 */
int coap_update_token(coap_pdu_t *pdu, size_t len, const uint8_t *data);

/* Between messages and bytes */

/**
 * Makes the buffer of a message larger if it has to be; it is then at least doubled.
 *
 * token and data of the message, and pointers to its options, may be others afterwards.
 *
 * @param pdu       The message.
 * @param new_size  The number of bytes that token, options and payload are to take.
 *
 * @return 1; 0 without memory, if this is more than the message's max_size, or if pdu is NULL.
 */
int coap_pdu_check_resize(coap_pdu_t *pdu, size_t new_size);

/**
 * Writes the header of a message in front of its token, and notes its size in hdr_size.
 *
 * The whole message is then hdr_size plus used_size bytes from token - hdr_size on.
 *
 * @param pdu    The message.
 * @param proto  The protocol, COAP_PROTO_UDP, COAP_PROTO_DTLS, COAP_PROTO_TCP or COAP_PROTO_TLS.
 *
 * @return The size of the header in bytes; 0 if none can be made, or if pdu is NULL.
 *
 * See RFC 7252, section 3, and RFC 8323, section 3.2.
 */
size_t coap_pdu_encode_header(coap_pdu_t *pdu, coap_proto_t proto);

/**
 * Tells how long the header of a message is, by its first byte.
 *
 * @param proto  The protocol, COAP_PROTO_UDP, COAP_PROTO_DTLS, COAP_PROTO_TCP or COAP_PROTO_TLS.
 * @param data   The first byte of the message.
 *
 * @return The size of the header in bytes; 0 for other protocols, or if data is NULL.
 */
size_t coap_pdu_parse_header_size(coap_proto_t proto, const uint8_t *data);

/**
 * Tells how many bytes follow the header of a message that arrives on a stream.
 *
 * @param proto   The protocol, COAP_PROTO_TCP or COAP_PROTO_TLS.
 * @param data    The message, at least its header.
 * @param length  The number of bytes that may be read from there.
 *
 * @return The number of bytes, token included; 0 if the header is incomplete, for other protocols, or if data is NULL.
 *
 * See RFC 8323, section 3.2.
 */
size_t coap_pdu_parse_size(coap_proto_t proto, const uint8_t *data, size_t length);

/**
 * Decodes the header that stands in front of a message's token, hdr_size bytes.
 *
 * @param pdu    The message; type, code, mid and token_length are set.
 * @param proto  The protocol, COAP_PROTO_UDP, COAP_PROTO_DTLS, COAP_PROTO_TCP or COAP_PROTO_TLS.
 *
 * @return 1; 0 if the version is not 1, if the token is longer than the buffer, if the header does not have the size of
 *         one, for other protocols, or if pdu is NULL.
 *
 * See RFC 7252, section 3, and RFC 8323, section 3.2.
 */
int coap_pdu_parse_header(coap_pdu_t *pdu, coap_proto_t proto);

/**
 * Checks token, options and payload of a message whose header has been decoded, and finds its payload.
 *
 * @param pdu  The message; max_opt and data are set.
 *
 * @return 1; 0 if the message is malformed, if an option has a length that its definition does not allow, or if pdu is
 *         NULL.
 *
 * See RFC 7252, sections 3 and 5.10, and RFC 8323, section 5.
 */
int coap_pdu_parse_opt(coap_pdu_t *pdu);

/**
 * Decodes a message.
 *
 * After a failure the fields hold what was decoded until then.
 *
 * @param proto   The protocol, COAP_PROTO_UDP, COAP_PROTO_DTLS, COAP_PROTO_TCP or COAP_PROTO_TLS.
 * @param data    The message as it was received (copied).
 * @param length  Its length in bytes.
 * @param pdu     A message from coap_pdu_init(), new or used.
 *
 * @return 1; 0 if the message is malformed or larger than pdu may become, without memory, for other protocols, or if a
 *         pointer is NULL.
 *
 * See RFC 7252, section 3, and RFC 8323, section 3.2.
 */
int coap_pdu_parse(coap_proto_t proto, const uint8_t *data, size_t length, coap_pdu_t *pdu);

/* Deprecated: an option as one structure */

/** An option as one structure, its value right behind it. Deprecated: use coap_optlist_t. */
typedef struct coap_option {
  uint16_t key;        /**< The option number. */
  unsigned int length; /**< Bytes of the value. */
} coap_option;

#define COAP_OPTION_KEY(option) (option).key
#define COAP_OPTION_LENGTH(option) (option).length
#define COAP_OPTION_DATA(option) ((unsigned char *)&(option) + sizeof(coap_option))

#ifdef __cplusplus
}
#endif

#endif /* COAP_PDU_H_ */
