/* <coap2/block.h>: block-wise transfer of large bodies (RFC 7959)
 *
 * Part of libcoap-2, BSD-2-Clause: see the file LICENSE.
 */
#ifndef COAP_BLOCK_H_
#define COAP_BLOCK_H_

#include "libcoap.h"
#include "coap_forward_decls.h"
#include "encode.h"
#include "option.h"
#include "pdu.h"
#include "str.h"

#ifdef __cplusplus
extern "C" {
#endif

#ifndef COAP_MAX_BLOCK_SZX
#define COAP_MAX_BLOCK_SZX 6 /**< The largest size exponent: blocks of 2^(6 + 4) = 1024 bytes. */
#endif

/* Bits of coap_context_set_block_mode(). */

#define COAP_BLOCK_SINGLE_BODY 2 /**< The library hands over large bodies whole, once they are complete. */
#define COAP_BLOCK_USE_LIBCOAP 1 /**< The library takes care of the blocks of large bodies. */

/** A Block option taken apart (RFC 7959, section 2.2). */
typedef struct {
  unsigned int num;     /**< Number of the block, from 0. */
  unsigned int m : 1;   /**< 1 if more blocks follow. */
  unsigned int szx : 3; /**< Size exponent: a block holds 2^(szx + 4) bytes. */
} coap_block_t;

/**
 * Called once when the library no longer needs the data of a large body.
 *
 * @param session  The session.
 * @param app_ptr  What was handed over with the data.
 */
typedef void (*coap_release_large_data_t)(coap_session_t *session, void *app_ptr);

/** The address of the last byte of an option's value, 0 if the value is empty. */
#define COAP_OPT_BLOCK_LAST(opt) \
  (coap_opt_length(opt) ? (coap_opt_value(opt) + (coap_opt_length(opt) - 1)) : 0)

/** The more bit of a Block option: 8 if it is set, else 0. */
#define COAP_OPT_BLOCK_MORE(opt) (coap_opt_last_octet_(opt) & 0x08)

/** The size exponent of a Block option: 0 to 7, and 0 if the option is empty. */
#define COAP_OPT_BLOCK_SZX(opt) (coap_opt_last_octet_(opt) & 0x07)

/* The last byte of an option's value, 0 if there is none. For the two macros above. */
COAP_STATIC_INLINE int
coap_opt_last_octet_(const coap_opt_t *opt) {
  uint32_t length = (uint32_t)coap_opt_length(opt);
  const uint8_t *value = coap_opt_value(opt);
  return length && value ? value[length - 1] : 0;
}

/**
 * Tells whether blocks follow block number num of a body of data_len bytes, cut into blocks of 2^(szx + 4) bytes.
 *
 * Returns 1 if so, else 0.
 */
COAP_STATIC_INLINE int
coap_more_blocks(size_t data_len, unsigned int num, uint16_t szx) {
  return szx < 24 && (((size_t)num + 1) << (szx + 4)) < data_len;
}

/**
 * Gives the block number in the value of a Block1 or Block2 option.
 *
 * @param block_opt  The first byte of a valid option.
 *
 * @return The option's value as an integer without its low 4 bits: at most 1048575 for a valid Block option; 0 for an
 *         empty one, and if block_opt is NULL.
 *
 * See RFC 7959, section 2.2.
 */
unsigned int coap_opt_block_num(const coap_opt_t *block_opt);

/**
 * Takes the Block option of a message apart.
 *
 * @param pdu    The message.
 * @param type   The number of the option: COAP_OPTION_BLOCK1 or COAP_OPTION_BLOCK2. The first one counts.
 * @param block  Where to put number, M bit and size exponent. All zero if there is no such option.
 *
 * @return 1 if the option is there with a valid number; else 0, also if an argument is NULL.
 *
 * See RFC 7959, section 2.2.
 */
int coap_get_block(coap_pdu_t *pdu, uint16_t type, coap_block_t *block);

/**
 * Appends a Block option for the block that is to be sent next, with the M bit set right. Where the message has no
 * room for a block of this size, the size is lowered and the number adapted to it.
 *
 * The room is reckoned from the size of the message so far, so that this is best called last, right before
 * coap_add_block().
 *
 * @param block        The block to be sent: number and size exponent. Holds what was written afterwards.
 * @param type         The number of the option: COAP_OPTION_BLOCK1 or COAP_OPTION_BLOCK2.
 * @param pdu          The message.
 * @param data_length  The length of the whole body in bytes.
 *
 * @return 1 if the option was written. -2 if the block begins behind the end of the body. -3 if not even a block of 16
 *         bytes fits, or the message has no size limit. -1 if an argument is NULL. On errors nothing is changed.
 *
 * See RFC 7959, section 2.2.
 */
int coap_write_block_opt(coap_block_t *block, uint16_t type, coap_pdu_t *pdu, size_t data_length);

/**
 * Adds one block of a body to a message, as its payload.
 *
 * @param pdu        The message; it must not have a payload yet.
 * @param len        The length of the whole body in bytes.
 * @param data       The whole body.
 * @param block_num  The number of the block.
 * @param block_szx  Its size exponent: a block has 2^(block_szx + 4) bytes, the last one perhaps fewer.
 *
 * @return 1 if the block was added. 0, and the message unchanged, if there is no such block, it does not fit, the
 *         message has a payload, or a pointer is NULL.
 *
 * See RFC 7959, section 2.2.
 */
int coap_add_block(coap_pdu_t *pdu, size_t len, const uint8_t *data, unsigned int block_num,
                   unsigned char block_szx);

/**
 * Puts a block into the body that an application builds up from the blocks it receives. The values that
 * coap_get_data_large() gives are right for length, data, offset and total.
 *
 * The result takes the place of body_data, which must not be used any more, and is released by coap_delete_binary().
 * Blocks may come in any order; bytes that have not been filled yet are zero.
 *
 * @param body_data  The body so far; NULL for the first block.
 * @param length     The length of the block in bytes.
 * @param data       The block.
 * @param offset     Where the block belongs in the body.
 * @param total      The length of the whole body as far as known; the first allocation goes by it. A body that is
 *                   shorter than this, or does not hold the block, is resized to offset + length, be that more or less.
 *
 * @return The body. NULL if data is NULL (body_data is still yours then), if body_data is NULL and total 0, or without
 *         memory (body_data has been freed then).
 */
coap_binary_t *coap_block_build_body(coap_binary_t *body_data, size_t length, const uint8_t *data,
                                     size_t offset, size_t total);

/**
 * Fills in a response from a body that the handler has at hand at every request. Nothing is kept: the handler is
 * called again for each block.
 *
 * The code becomes 2.05. ETag (a hash of the body), Observe (for an observer of the resource, in the first block),
 * Content-Format, Max-Age, and, where blocks are needed, Block2 and Size2 are added, then the block that the request
 * asks for; in a notification the first block, of the size that the observer asked for when it registered. Without
 * Block2 in the request it is the whole body, if it fits, or else its first block. The response becomes 4.00 if the
 * block is behind the end of the body, 5.00 if the message has no room.
 *
 * @param resource    The resource.
 * @param session     The session of the request.
 * @param request     The request; NULL for a notification.
 * @param response    The response.
 * @param token       The token of the request or notification, which an observation is told by; NULL stands for any
 *                    observation of the resource through this session.
 * @param media_type  The Content-Format of the body, COAP_MEDIATYPE_*.
 * @param maxage      How long the response may be cached, in seconds; -1 to leave that open.
 * @param length      The length of the body in bytes.
 * @param data        The body.
 *
 * See RFC 7959, section 2.4.
 */
void coap_add_data_blocked_response(coap_resource_t *resource, coap_session_t *session, coap_pdu_t *request,
                                    coap_pdu_t *response, const coap_binary_t *token, uint16_t media_type,
                                    int maxage, size_t length, const uint8_t *data);

/**
 * Adds a body of any length to a response. What does not fit into one message the library sends block by block as it
 * is asked for, from the data given here. This must be the last change to the response; only its code may be set later.
 *
 * Observe (for an observer of the resource, in the first block), Content-Format, Max-Age, and, where blocks are needed,
 * Block2, Size2 and ETag are added.
 *
 * The data is not copied: it must stay until release_func is called. That happens exactly once, also if this function
 * fails: before it returns, if the data is not needed any more, or else when another body takes its place (same session,
 * resource and query), when all was sent or no block was asked for in a long time, or when the session ends.
 *
 * If it can't be done, the response becomes an error: 4.00 if the block is behind the end of the body or the body does
 * not fit, 5.00 if the message has no room for a block or memory runs out.
 *
 * Without COAP_BLOCK_USE_LIBCOAP (coap_context_set_block_mode()) nothing is kept, and the handler is called again for
 * each block.
 *
 * @param resource      The resource.
 * @param session       The session of the request.
 * @param request       The request; NULL for a notification.
 * @param response      The response.
 * @param token         The token of the request or notification, which an observation is told by; NULL stands for any
 *                      observation of the resource through this session.
 * @param query         The query of the request; NULL for none.
 * @param media_type    The Content-Format of the body, COAP_MEDIATYPE_*.
 * @param maxage        How long the response may be cached, in seconds; -1 to leave that open.
 * @param etag          The ETag of the body; 0 to have one made.
 * @param length        The length of the body in bytes.
 * @param data          The body.
 * @param release_func  Called once when data is not needed any more; may be NULL.
 * @param app_ptr       Given to release_func.
 *
 * @return 1 on success, else 0.
 *
 * See RFC 7959, section 2.4.
 */
int coap_add_data_large_response(coap_resource_t *resource, coap_session_t *session, coap_pdu_t *request,
                                 coap_pdu_t *response, const coap_binary_t *token, const coap_string_t *query,
                                 uint16_t media_type, int maxage, uint64_t etag, size_t length,
                                 const uint8_t *data, coap_release_large_data_t release_func, void *app_ptr);

/**
 * Adds a body of any length to a request. What does not fit into one message the library sends fragment by fragment,
 * from the data given here, as the server acknowledges them. This must be the last change to the request, which is then
 * handed to coap_send_large().
 *
 * Where fragments are needed, Size1 and Block1 are added. The data is not copied: it must stay until release_func is
 * called. That happens exactly once, also if this function fails: before it returns, if the data is not needed any
 * more, or else before the response handler sees the answer to the whole, when the request fails, when another body
 * with the same token takes its place, or when the session ends.
 *
 * A Block1 option in the request limits the size of the fragments; with a number other than 0 only that fragment is
 * added, and the application does the transfer.
 *
 * Without COAP_BLOCK_USE_LIBCOAP (coap_context_set_block_mode()) the body must fit into the message.
 *
 * @param session       The session that the request will be sent on.
 * @param pdu           The request, with its token and options.
 * @param length        The length of the body in bytes.
 * @param data          The body.
 * @param release_func  Called once when data is not needed any more; may be NULL.
 * @param app_ptr       Given to release_func.
 *
 * @return 1 on success, else 0.
 *
 * See RFC 7959, section 2.5.
 */
int coap_add_data_large_request(coap_session_t *session, coap_pdu_t *pdu, size_t length, const uint8_t *data,
                                coap_release_large_data_t release_func, void *app_ptr);

/**
 * Ends an observation: sends the request that began it once more, with Observe 1. What the server answers goes to the
 * response handler.
 *
 * The request must have been sent by coap_send_large() (or, confirmable, have been answered in blocks), with
 * COAP_BLOCK_USE_LIBCOAP, and a response with Observe must have come.
 *
 * @param session       The session.
 * @param token         The token that the request was made with; NULL for an empty one.
 * @param message_type  How to send it: COAP_MESSAGE_CON or COAP_MESSAGE_NON.
 *
 * @return 1 if the request was sent; 0 if there is no such observation, or sending failed.
 *
 * See RFC 7641, section 3.6.
 */
int coap_cancel_observe(coap_session_t *session, coap_binary_t *token, uint8_t message_type);

/**
 * Chooses how sessions that are made from now on in this context treat block-wise transfers.
 *
 * Bodies that the library puts together for a handler are at most 16 MiB long, or as many bytes as the environment
 * variable COAP_MAX_BODY said when the context was made; senders of longer ones get 4.13.
 *
 * @param context     The context.
 * @param block_mode  0: the application does all itself. COAP_BLOCK_USE_LIBCOAP: the library does the transfers, and
 *                    handlers see every block. COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY: handlers see whole
 *                    bodies. Other bits are ignored.
 */
void coap_context_set_block_mode(coap_context_t *context, uint8_t block_mode);

#ifdef __cplusplus
}
#endif

#endif /* COAP_BLOCK_H_ */
