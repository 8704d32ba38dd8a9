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

#define COAP_DEFAULT_SCHEME "coap"                  /**< the scheme of URIs without security */
#define COAP_DEFAULT_URI_WELLKNOWN ".well-known/core" /**< where a server lists its resources (RFC 6690) */

#define COAP_DEFAULT_VERSION 1    /**< TODO. */
#define COAP_DEFAULT_PORT    5683 /**< TODO. */
#define COAPS_DEFAULT_PORT   5684 /**< TODO. */
#define COAP_DEFAULT_MAX_AGE 60   /**< TODO. */

#ifndef COAP_DEFAULT_MTU
#define COAP_DEFAULT_MTU 1152 /**< TODO. */
#endif

#ifndef COAP_DEFAULT_HOP_LIMIT
#define COAP_DEFAULT_HOP_LIMIT 16 /**< TODO. */
#endif

#ifndef COAP_DEFAULT_MAX_PDU_RX_SIZE
/** TODO. */
#define COAP_DEFAULT_MAX_PDU_RX_SIZE (COAP_MAX_MESSAGE_SIZE_TCP16 + (size_t)8323060)

#endif

#ifndef COAP_DEBUG_BUF_SIZE
#define COAP_DEBUG_BUF_SIZE 2056 /**< TODO. */
#endif

/* Types of messages (RFC 7252, section 3) */

#define COAP_MESSAGE_CON 0 /**< TODO. */
#define COAP_MESSAGE_NON 1 /**< TODO. */
#define COAP_MESSAGE_ACK 2 /**< TODO. */
#define COAP_MESSAGE_RST 3 /**< TODO. */

/* Methods (RFC 7252, section 12.1.1; RFC 8132) */

/** TODO. */
typedef enum coap_request_t {
  COAP_REQUEST_GET = 1,    /**< TODO. */
  COAP_REQUEST_POST = 2,   /**< TODO. */
  COAP_REQUEST_PUT = 3,    /**< TODO. */
  COAP_REQUEST_DELETE = 4, /**< TODO. */
  COAP_REQUEST_FETCH = 5,  /**< TODO. */
  COAP_REQUEST_PATCH = 6,  /**< TODO. */
  COAP_REQUEST_IPATCH = 7  /**< TODO. */
} coap_request_t;

/* Response codes (RFC 7252, section 12.1.2) */

/** TODO. */
typedef enum coap_response_code {
  COAP_RESPONSE_CODE_OK = 64,                          /**< TODO. */
  COAP_RESPONSE_CODE_CREATED = 65,                     /**< TODO. */
  COAP_RESPONSE_CODE_DELETED = 66,                     /**< TODO. */
  COAP_RESPONSE_CODE_VALID = 67,                       /**< TODO. */
  COAP_RESPONSE_CODE_CHANGED = 68,                     /**< TODO. */
  COAP_RESPONSE_CODE_CONTENT = 69,                     /**< TODO. */
  COAP_RESPONSE_CODE_CONTINUE = 95,                    /**< TODO. */
  COAP_RESPONSE_CODE_BAD_REQUEST = 128,                /**< TODO. */
  COAP_RESPONSE_CODE_UNAUTHORIZED = 129,               /**< TODO. */
  COAP_RESPONSE_CODE_BAD_OPTION = 130,                 /**< TODO. */
  COAP_RESPONSE_CODE_FORBIDDEN = 131,                  /**< TODO. */
  COAP_RESPONSE_CODE_NOT_FOUND = 132,                  /**< TODO. */
  COAP_RESPONSE_CODE_NOT_ALLOWED = 133,                /**< TODO. */
  COAP_RESPONSE_CODE_NOT_ACCEPTABLE = 134,             /**< TODO. */
  COAP_RESPONSE_CODE_INCOMPLETE = 136,                 /**< TODO. */
  COAP_RESPONSE_CODE_CONFLICT = 137,                   /**< TODO. */
  COAP_RESPONSE_CODE_PRECONDITION_FAILED = 140,        /**< TODO. */
  COAP_RESPONSE_CODE_REQUEST_TOO_LARGE = 141,          /**< TODO. */
  COAP_RESPONSE_CODE_UNSUPPORTED_CONTENT_FORMAT = 143, /**< TODO. */
  COAP_RESPONSE_CODE_UNPROCESSABLE = 150,              /**< TODO. */
  COAP_RESPONSE_CODE_TOO_MANY_REQUESTS = 157,          /**< TODO. */
  COAP_RESPONSE_CODE_INTERNAL_ERROR = 160,             /**< TODO. */
  COAP_RESPONSE_CODE_NOT_IMPLEMENTED = 161,            /**< TODO. */
  COAP_RESPONSE_CODE_BAD_GATEWAY = 162,                /**< TODO. */
  COAP_RESPONSE_CODE_SERVICE_UNAVAILABLE = 163,        /**< TODO. */
  COAP_RESPONSE_CODE_GATEWAY_TIMEOUT = 164,            /**< TODO. */
  COAP_RESPONSE_CODE_PROXYING_NOT_SUPPORTED = 165,     /**< TODO. */
  COAP_RESPONSE_CODE_HOP_LIMIT_REACHED = 168           /**< TODO. */
} coap_response_code;

/** A response code from its number in decimal: 205 becomes 2.05, that is 69. */
#define COAP_RESPONSE_CODE(N) (((N) / 100 << 5) | (N) % 100)

/** The class of a code: 2 for success, 4 for an error of the client, 5 for one of the server. */
#define COAP_RESPONSE_CLASS(C) (((C) >> 5) & 0xFF)

#ifndef SHORT_ERROR_RESPONSE

/** TODO. */
#define COAP_ERROR_PHRASE_LENGTH 32

#else /* error responses without text */

#define coap_response_phrase(x) ((char *)NULL)
#define COAP_ERROR_PHRASE_LENGTH 0

#endif

/* Signalling messages of CoAP over TCP (RFC 8323, section 5) */

#define COAP_SIGNALING_CSM     225 /**< TODO. */
#define COAP_SIGNALING_PING    226 /**< TODO. */
#define COAP_SIGNALING_PONG    227 /**< TODO. */
#define COAP_SIGNALING_RELEASE 228 /**< TODO. */
#define COAP_SIGNALING_ABORT   229 /**< TODO. */

/** A signalling code from its number in decimal: 701 becomes 7.01, that is 225. */
#define COAP_SIGNALING_CODE(N) COAP_RESPONSE_CODE(N)

#define COAP_SIGNALING_OPTION_MAX_MESSAGE_SIZE    2 /**< TODO. */
#define COAP_SIGNALING_OPTION_BLOCK_WISE_TRANSFER 4 /**< TODO. */
#define COAP_SIGNALING_OPTION_CUSTODY             2 /**< TODO. */
#define COAP_SIGNALING_OPTION_ALTERNATIVE_ADDRESS 2 /**< TODO. */
#define COAP_SIGNALING_OPTION_HOLD_OFF            4 /**< TODO. */
#define COAP_SIGNALING_OPTION_BAD_CSM_OPTION      2 /**< TODO. */

/* Option numbers (RFC 7252, section 12.2, unless another source is given) */

#define COAP_OPTION_IF_MATCH       1   /**< TODO. */
#define COAP_OPTION_URI_HOST       3   /**< TODO. */
#define COAP_OPTION_ETAG           4   /**< TODO. */
#define COAP_OPTION_IF_NONE_MATCH  5   /**< TODO. */
#define COAP_OPTION_OBSERVE        6   /**< TODO. */
#define COAP_OPTION_URI_PORT       7   /**< TODO. */
#define COAP_OPTION_LOCATION_PATH  8   /**< TODO. */
#define COAP_OPTION_OSCORE         9   /**< TODO. */
#define COAP_OPTION_URI_PATH       11  /**< TODO. */
#define COAP_OPTION_CONTENT_FORMAT 12  /**< TODO. */
#define COAP_OPTION_CONTENT_TYPE   12  /**< TODO. */
#define COAP_OPTION_MAXAGE         14  /**< TODO. */
#define COAP_OPTION_URI_QUERY      15  /**< TODO. */
#define COAP_OPTION_HOP_LIMIT      16  /**< TODO. */
#define COAP_OPTION_ACCEPT         17  /**< TODO. */
#define COAP_OPTION_LOCATION_QUERY 20  /**< TODO. */
#define COAP_OPTION_BLOCK2         23  /**< TODO. */
#define COAP_OPTION_BLOCK1         27  /**< TODO. */
#define COAP_OPTION_SIZE2          28  /**< TODO. */
#define COAP_OPTION_PROXY_URI      35  /**< TODO. */
#define COAP_OPTION_PROXY_SCHEME   39  /**< TODO. */
#define COAP_OPTION_SIZE1          60  /**< TODO. */
#define COAP_OPTION_NORESPONSE     258 /**< TODO. */

#define COAP_MAX_OPT 65535 /**< TODO. */

/* Content formats (IANA, CoRE Parameters) */

#define COAP_MEDIATYPE_ANY                       255 /**< TODO. */
#define COAP_MEDIATYPE_APPLICATION_XML           41  /**< TODO. */
#define COAP_MEDIATYPE_APPLICATION_EXI           47  /**< TODO. */
#define COAP_MEDIATYPE_APPLICATION_JSON          50  /**< TODO. */
#define COAP_MEDIATYPE_APPLICATION_CBOR          60  /**< TODO. */
#define COAP_MEDIATYPE_APPLICATION_CWT           61  /**< TODO. */
#define COAP_MEDIATYPE_APPLICATION_COSE_ENCRYPT0 16  /**< TODO. */
#define COAP_MEDIATYPE_APPLICATION_COSE_MAC0     17  /**< TODO. */
#define COAP_MEDIATYPE_APPLICATION_COSE_SIGN1    18  /**< TODO. */
#define COAP_MEDIATYPE_APPLICATION_COSE_ENCRYPT  96  /**< TODO. */
#define COAP_MEDIATYPE_APPLICATION_COSE_MAC      97  /**< TODO. */
#define COAP_MEDIATYPE_APPLICATION_COSE_SIGN     98  /**< TODO. */
#define COAP_MEDIATYPE_APPLICATION_COSE_KEY      101 /**< TODO. */
#define COAP_MEDIATYPE_APPLICATION_COSE_KEY_SET  102 /**< TODO. */
#define COAP_MEDIATYPE_APPLICATION_DOTS_CBOR     271 /**< TODO. */
#define COAP_MEDIATYPE_APPLICATION_LINK_FORMAT   40  /**< TODO. */
#define COAP_MEDIATYPE_APPLICATION_OCTET_STREAM  42  /**< TODO. */
#define COAP_MEDIATYPE_APPLICATION_RDF_XML       43  /**< TODO. */
#define COAP_MEDIATYPE_APPLICATION_SENML_JSON    110 /**< TODO. */
#define COAP_MEDIATYPE_APPLICATION_SENML_CBOR    112 /**< TODO. */
#define COAP_MEDIATYPE_APPLICATION_SENML_EXI     114 /**< TODO. */
#define COAP_MEDIATYPE_APPLICATION_SENML_XML     310 /**< TODO. */
#define COAP_MEDIATYPE_APPLICATION_SENSML_JSON   111 /**< TODO. */
#define COAP_MEDIATYPE_APPLICATION_SENSML_CBOR   113 /**< TODO. */
#define COAP_MEDIATYPE_APPLICATION_SENSML_EXI    115 /**< TODO. */
#define COAP_MEDIATYPE_APPLICATION_SENSML_XML    311 /**< TODO. */
#define COAP_MEDIATYPE_TEXT_PLAIN                0   /**< TODO. */

/* Protocols */

/** A transport protocol, COAP_PROTO_*. */
typedef uint8_t coap_proto_t;

#define COAP_PROTO_NONE 0 /**< TODO. */
#define COAP_PROTO_UDP  1 /**< TODO. */
#define COAP_PROTO_DTLS 2 /**< TODO. */
#define COAP_PROTO_TCP  3 /**< TODO. */
#define COAP_PROTO_TLS  4 /**< TODO. */

/* Message ids, and what functions return in place of one */

/** A message id, or a negative error code. */
typedef int coap_mid_t;

#define COAP_INVALID_MID      (-1) /**< TODO. */
#define COAP_DROPPED_RESPONSE (-2) /**< TODO. */
#define COAP_PDU_DELAYED      (-3) /**< TODO. */

/* Framing (RFC 7252, section 3; RFC 8323, section 3.2) */

#define COAP_PAYLOAD_START             255   /**< TODO. */
#define COAP_PDU_MAX_UDP_HEADER_SIZE   4     /**< TODO. */
#define COAP_PDU_MAX_TCP_HEADER_SIZE   6     /**< TODO. */
#define COAP_MESSAGE_SIZE_OFFSET_TCP8  13    /**< TODO. */
#define COAP_MESSAGE_SIZE_OFFSET_TCP16 269   /**< TODO. */
#define COAP_MESSAGE_SIZE_OFFSET_TCP32 65805 /**< TODO. */
#define COAP_MAX_MESSAGE_SIZE_TCP0     12    /**< TODO. */
#define COAP_MAX_MESSAGE_SIZE_TCP8     268   /**< TODO. */
#define COAP_MAX_MESSAGE_SIZE_TCP16    65804 /**< TODO. */

/** TODO. */
#define COAP_MAX_MESSAGE_SIZE_TCP32 65804U

/* A message */

/** TODO. */
struct coap_pdu_t {
  uint8_t type;             /**< TODO. */
  uint8_t code;             /**< TODO. */
  uint8_t max_hdr_size;     /**< TODO. */
  uint8_t hdr_size;         /**< TODO. */
  uint8_t token_length;     /**< TODO. */
  uint16_t mid;             /**< TODO. */
  uint16_t max_opt;         /**< TODO. */
  size_t alloc_size;        /**< TODO. */
  size_t used_size;         /**< TODO. */
  size_t max_size;          /**< TODO. */
  uint8_t *token;           /**< TODO. */
  uint8_t *data;            /**< TODO. */
  const uint8_t *body_data; /**< TODO. */
  size_t body_length;       /**< TODO. */
  size_t body_offset;       /**< TODO. */
  size_t body_total;        /**< TODO. */
  coap_lg_xmit_t *lg_xmit;  /**< TODO. */
};

/** Whether a message is empty: code 0.00. */
#define COAP_PDU_IS_EMPTY(pdu) ((pdu)->code == 0)

/** Whether a message is a request: codes 0.01 to 0.31. */
#define COAP_PDU_IS_REQUEST(pdu) ((pdu)->code > 0 && (pdu)->code < 32)

/** Whether a message is a response: codes 2.00 to 6.31. */
#define COAP_PDU_IS_RESPONSE(pdu) ((pdu)->code >= 64 && (pdu)->code < 224)

/** Whether a message is a signalling message: codes 7.00 to 7.31. */
#define COAP_PDU_IS_SIGNALING(pdu) ((pdu)->code >= 224)

/** Makes room for new_size bytes behind the header. Returns 1, or 0 on failure. Only in the static library. */
int coap_pdu_check_resize(coap_pdu_t *pdu, size_t new_size);

/* Building a message: first the token, then the options in ascending order, then the data */

/* Reading a message */

/* Changing a message; only in the static library */

/** Adds an option in its place. Returns the bytes it takes, or 0 on failure. */
size_t coap_insert_option(coap_pdu_t *pdu, uint16_t type, size_t len, const uint8_t *data);

/** Sets the value of the first option of a number, or adds it. Returns the bytes of the value, or 0 on failure. */
size_t coap_update_option(coap_pdu_t *pdu, uint16_t type, size_t len, const uint8_t *data);

/** Removes the first option of a number. Returns 1, or 0 if there is none. */
int coap_remove_option(coap_pdu_t *pdu, uint16_t type);

/** Sets the token. Returns 1, or 0 on failure. */
int coap_update_token(coap_pdu_t *pdu, size_t len, const uint8_t *data);

/* Between messages and bytes */

/* Deprecated: an option as one structure */

/** TODO. */
typedef struct coap_option {
  uint16_t key;        /**< TODO. */
  unsigned int length; /**< TODO. */
} coap_option;

#define COAP_OPTION_KEY(option) (option).key
#define COAP_OPTION_LENGTH(option) (option).length
#define COAP_OPTION_DATA(option) ((unsigned char *)&(option) + sizeof(coap_option))

#ifdef __cplusplus
}
#endif

#endif /* COAP_PDU_H_ */
