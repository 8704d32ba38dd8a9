//! Functions of `coap2/net.h`.

use super::coap_io::{coap_network_read, coap_network_send};
use super::door::{door, int};
use super::psk;
use crate::abi::*;
use crate::base::{clock, memory};
use crate::block::{self, client};
use crate::exchange::queue::{self, Link};
use crate::exchange::taken::Taken;
use crate::exchange::{check, dispatch, error, pass, receive, send, timeouts, timing, Context, Session};
use crate::message::pdu::OwnedPdu;
use crate::security::{Backend, Tls};
use crate::{resource, security};
use core::ffi::{c_char, c_int, c_uchar, c_uint, c_void};
use core::mem::MaybeUninit;
use core::ptr::{null_mut, NonNull};
use libc::{epoll_event, fd_set};

/// Makes a context: the state of one CoAP stack, to which endpoints, sessions and resources belong.
///
/// @param listen_addr  Where to listen for datagrams, or NULL for a context without an endpoint.
///
/// Returns the context, to be released with coap_free_context(), or NULL if there is no memory or no descriptor left,
/// or if the address cannot be bound (a log line says why).
#[no_mangle]
pub unsafe extern "C" fn coap_new_context(listen_addr: *const coap_address_t) -> *mut coap_context_t {
    door(null_mut(), || {
        // SAFETY: the application gives NULL or an address.
        let listen = unsafe { listen_addr.as_ref() };
        let context = Context::new(listen, |fields| {
            psk::set(fields);
            fields.network_read.set(Some(coap_network_read));
            fields.network_send.set(Some(coap_network_send));
        });
        Some(context?.as_ptr())
    })
}

/// Stores a pointer of the application with a context.
///
/// @param context  The context.
/// @param data     The pointer; the library does not look at it.
#[no_mangle]
pub unsafe extern "C" fn coap_set_app_data(context: *mut coap_context_t, data: *mut c_void) {
    door((), || {
        // SAFETY: the application gives NULL or a context.
        unsafe { Context::from_ptr(context)?.c.app.set(data) };
        Some(())
    })
}

/// Gives the pointer that coap_set_app_data() stored.
///
/// @param context  The context.
///
/// Returns the pointer, or NULL if there is none or context is NULL.
#[no_mangle]
pub unsafe extern "C" fn coap_get_app_data(context: *const coap_context_t) -> *mut c_void {
    // SAFETY: the application gives NULL or a context.
    door(null_mut(), || unsafe { Some(Context::from_ptr(context)?.c.app.get()) })
}

/// Sets how long a client session may be quiet until its server is pinged. A server that does not answer until the same
/// time has passed again is taken for lost: see coap_session_disconnected().
///
/// @param context  The context.
/// @param seconds  The time in seconds; 0: no pings, as at first.
#[no_mangle]
pub unsafe extern "C" fn coap_context_set_keepalive(context: *mut coap_context_t, seconds: c_uint) {
    door((), || {
        // SAFETY: the application gives NULL or a context.
        timeouts::set_keepalive(&*unsafe { Context::from_ptr(context)? }, seconds);
        Some(())
    })
}

/// Gives the descriptor to wait on in an event loop of the application's own: it is readable when coap_io_process()
/// with COAP_IO_NO_WAIT has something to do, timers included.
///
/// @param context  The context.
///
/// Returns the descriptor, which belongs to the context; -1 for NULL.
#[no_mangle]
pub unsafe extern "C" fn coap_context_get_coap_fd(context: *mut coap_context_t) -> c_int {
    // SAFETY: the application gives NULL or a context.
    door(-1, || unsafe { Some(Context::from_ptr(context)?.c.epfd.get()) })
}

/// Frees a context and all that belongs to it: resources, queued messages, cache entries, endpoints, sessions.
///
/// Release callbacks run, nack handlers of queued messages do not. Client sessions lose the reference that their
/// creation gave; one that the application refers to besides stays as an empty shell until its last release.
///
/// @param context  The context, or NULL.
#[no_mangle]
pub unsafe extern "C" fn coap_free_context(context: *mut coap_context_t) {
    door((), || {
        // SAFETY: the application gives NULL or a context.
        unsafe { Context::from_ptr(context)? }.free();
        Some(())
    })
}

/// Makes a node for a send queue.
///
/// Returns a zero-filled node, or NULL without memory.
#[no_mangle]
pub extern "C" fn coap_new_node() -> *mut coap_queue_t {
    door(null_mut(), || Some(queue::new_node()?.as_ptr()))
}

/// Puts a node into a queue where its time wants it, behind those that are due at the same time.
///
/// @param queue  The head of the queue.
/// @param node   The node; on entry its `t` is relative to the base time, afterwards to the node before.
///
/// Returns 1, or 0 if an argument is NULL.
#[no_mangle]
pub unsafe extern "C" fn coap_insert_node(queue: *mut *mut coap_queue_t, node: *mut coap_queue_t) -> c_int {
    door(0, || {
        // SAFETY: the application gives NULL or a queue of live nodes and a node that is in none.
        unsafe { queue::insert(queue.cast::<Link>().as_ref()?, NonNull::new(node)?) };
        Some(1)
    })
}

/// Takes the first node with this session and message id out of a queue. No other due time moves.
///
/// @param queue    The head of the queue.
/// @param session  The session looked for.
/// @param id       The message id looked for.
/// @param node     Set to the node, which is the caller's from then on.
///
/// Returns 1 if there was one, else 0.
#[no_mangle]
pub unsafe extern "C" fn coap_remove_from_queue(
    queue: *mut *mut coap_queue_t,
    session: *mut coap_session_t,
    id: coap_mid_t,
    node: *mut *mut coap_queue_t,
) -> c_int {
    door(0, || {
        // SAFETY: the application gives NULL or a queue of live nodes, and a place for the result.
        unsafe {
            let node = node.as_mut()?;
            *node = queue::remove(queue.cast::<Link>().as_ref()?, session, id)?.as_ptr();
        }
        Some(1)
    })
}

/// Deletes a node and its message, and releases its session reference. It leaves the send queue first if it is in
/// there.
///
/// @param node  The node.
///
/// Returns 1, or 0 for NULL.
#[no_mangle]
pub unsafe extern "C" fn coap_delete_node(node: *mut coap_queue_t) -> c_int {
    door(0, || {
        // SAFETY: the application gives NULL or a live node, and does not use it any more.
        unsafe { queue::delete(NonNull::new(node)?) };
        Some(1)
    })
}

/// Deletes every node of a queue. Only in the static library.
///
/// @param queue  The first node, or NULL.
#[no_mangle]
pub unsafe extern "C" fn coap_delete_all(queue: *mut coap_queue_t) {
    door((), || {
        // SAFETY: the application gives NULL or the first of live nodes, and does not use them any more.
        unsafe { queue::delete_list(queue) };
        Some(())
    })
}

/// Looks at the first node of a context's send queue.
///
/// @param context  The context.
///
/// Returns the node, which stays in the queue, or NULL if there is none.
#[no_mangle]
pub unsafe extern "C" fn coap_peek_next(context: *mut coap_context_t) -> *mut coap_queue_t {
    // SAFETY: the application gives NULL or a context.
    door(null_mut(), || unsafe { Some(Context::from_ptr(context)?.c.sendqueue.get()) })
}

/// Takes the first node out of a context's send queue.
///
/// @param context  The context.
///
/// Returns the node, which is the caller's from then on, or NULL if there is none.
#[no_mangle]
pub unsafe extern "C" fn coap_pop_next(context: *mut coap_context_t) -> *mut coap_queue_t {
    // SAFETY: the application gives NULL or a context.
    door(null_mut(), || unsafe { Some(queue::pop(&*Context::from_ptr(context)?)?.as_ptr()) })
}

/// Moves the time that the due times of a context's send queue count from.
///
/// @param ctx  The context.
/// @param now  The new base time, in ticks.
///
/// Returns the number of nodes that are overdue.
#[no_mangle]
pub unsafe extern "C" fn coap_adjust_basetime(ctx: *mut coap_context_t, now: coap_tick_t) -> c_uint {
    // SAFETY: the application gives NULL or a context.
    door(0, || unsafe { Some(queue::adjust_basetime(&*Context::from_ptr(ctx)?, now)) })
}

/// Cancels all queued messages of a session; the nack handler is told of the confirmable ones.
///
/// @param context  The context.
/// @param session  The session.
/// @param reason   Why, for the nack handler.
#[no_mangle]
pub unsafe extern "C" fn coap_cancel_session_messages(
    context: *mut coap_context_t,
    session: *mut coap_session_t,
    reason: MaybeUninit<coap_nack_reason_t>,
) {
    door((), || {
        // SAFETY: the application gives NULL or live objects.
        let (context, session) = unsafe { (Context::from_ptr(context)?, Session::from_ptr(session)?) };
        queue::cancel_session(&context, &session, raw(reason));
        Some(())
    })
}

/// Cancels all queued messages of a session that carry a certain token, without telling the nack handler. If they
/// belong to a request that coap_send_large() does block-wise transfer for, that ends, and its body is released; an
/// observation goes on.
///
/// @param context       The context.
/// @param session       The session.
/// @param token         The token.
/// @param token_length  Its length in bytes.
#[no_mangle]
pub unsafe extern "C" fn coap_cancel_all_messages(
    context: *mut coap_context_t,
    session: *mut coap_session_t,
    token: *const u8,
    token_length: usize,
) {
    door((), || {
        // SAFETY: the application gives NULL or live objects, and `token_length` readable bytes.
        unsafe {
            let token = memory::to_vec(memory::bytes(token, token_length)?)?;
            block::cancel_messages(&*Context::from_ptr(context)?, &*Session::from_ptr(session)?, &token);
        }
        Some(())
    })
}

/// Calculates the first time-out of a confirmable message from the parameters of a session.
///
/// @param session  The session.
/// @param r        A random number, 0 to 255.
///
/// Returns the time-out in ticks; 0 for NULL. RFC 7252, section 4.2.
#[no_mangle]
pub unsafe extern "C" fn coap_calc_timeout(session: *mut coap_session_t, r: c_uchar) -> c_uint {
    door(0, || {
        // SAFETY: the application gives NULL or a session.
        let session = unsafe { Session::from_ptr(session)? };
        Some(timing::first_timeout(session.c.ack_timeout.get(), session.c.ack_random_factor.get(), r))
    })
}

/// Files a node in the send queue, due after its time-out, which doubles with each retransmission.
///
/// @param context  The context.
/// @param session  The session that the message was sent on; the node takes a reference of its own to it.
/// @param node     The node; it belongs to the queue from now on.
///
/// Returns the message id of the node; or COAP_INVALID_MID if an argument is NULL or the session has ended, and the
/// node is still the caller's.
#[no_mangle]
pub unsafe extern "C" fn coap_wait_ack(
    context: *mut coap_context_t,
    session: *mut coap_session_t,
    node: *mut coap_queue_t,
) -> coap_mid_t {
    door(COAP_INVALID_MID, || {
        // SAFETY: the application gives NULL or live objects, the node being in no list.
        unsafe {
            let (context, session) = (Context::from_ptr(context)?, Session::from_ptr(session)?);
            let node = NonNull::new(node)?;
            let id = node.as_ref().id.get();
            queue::wait_ack(&context, &session, node, clock::now())?;
            Some(id)
        }
    })
}

/// Sends the message of a node again, or gives it up after `max_retransmit` times and tells the nack handler.
///
/// @param context  The context.
/// @param node     A node that coap_pop_next() gave; it belongs to the library from now on.
///
/// Returns the message id, or COAP_INVALID_MID if the message was given up or could not be sent.
#[no_mangle]
pub unsafe extern "C" fn coap_retransmit(context: *mut coap_context_t, node: *mut coap_queue_t) -> coap_mid_t {
    door(COAP_INVALID_MID, || {
        // SAFETY: the application gives NULL or live objects, the node being in no list.
        unsafe {
            let context = Context::from_ptr(context)?;
            Some(send::retransmit(&context, Taken::new(NonNull::new(node)?)))
        }
    })
}

/// Sends a message.
///
/// @param session  The session to send on.
/// @param pdu      The message; it belongs to the library from now on, whatever the result.
///
/// Returns the message id; COAP_INVALID_MID if the message could not be sent; COAP_DROPPED_RESPONSE for a 5.08 that has
/// gone in a circle. A confirmable message is retransmitted until it is acknowledged or the nack handler is told.
#[no_mangle]
pub unsafe extern "C" fn coap_send(session: *mut coap_session_t, pdu: *mut coap_pdu_t) -> coap_mid_t {
    door(COAP_INVALID_MID, || {
        // SAFETY: the application gives NULL or live objects, and gives the message away.
        unsafe {
            let pdu = OwnedPdu::from_raw(NonNull::new(pdu)?);
            Some(send::send(&*Session::from_ptr(session)?, pdu))
        }
    })
}

/// Sends a request whose body, or whose response, may be larger than one message. With COAP_BLOCK_USE_LIBCOAP
/// (coap_context_set_block_mode()) the library does the block-wise transfers: it sends the fragments of a body that was
/// added by coap_add_data_large_request(), asks for the blocks of the response, and follows an observation with large
/// notifications. The response handler and the nack handler see the token that the request was made with, whatever
/// tokens go over the network.
///
/// Anything else is sent as by coap_send().
///
/// @param session  The session to send on.
/// @param pdu      The message; it belongs to the library from now on, whatever the result.
///
/// Returns the message id, or COAP_INVALID_MID if the message could not be sent; then a large body has been released.
///
/// See RFC 7959.
#[no_mangle]
pub unsafe extern "C" fn coap_send_large(session: *mut coap_session_t, pdu: *mut coap_pdu_t) -> coap_mid_t {
    door(COAP_INVALID_MID, || {
        // SAFETY: the application gives NULL or live objects, and gives the message away.
        unsafe {
            let pdu = OwnedPdu::from_raw(NonNull::new(pdu)?);
            Some(client::send_large(&*Session::from_ptr(session)?, pdu, clock::now()))
        }
    })
}

/// Sends an empty acknowledgement of a confirmable message.
///
/// @param session  The session to send on.
/// @param request  The message.
///
/// Returns the message id, or COAP_INVALID_MID if the message is not confirmable, came over a stream, or if sending
/// fails.
#[no_mangle]
pub unsafe extern "C" fn coap_send_ack(session: *mut coap_session_t, request: *mut coap_pdu_t) -> coap_mid_t {
    // SAFETY: the application gives NULL or live objects.
    door(COAP_INVALID_MID, || unsafe { Some(send::ack(&*Session::from_ptr(session)?, request.as_ref()?)) })
}

/// Sends an empty message with the message id of another one.
///
/// @param session  The session to send on.
/// @param request  The message whose id is taken.
/// @param type     The type: COAP_MESSAGE_ACK or COAP_MESSAGE_RST.
///
/// Returns the message id, or COAP_INVALID_MID on failure.
#[no_mangle]
pub unsafe extern "C" fn coap_send_message_type(
    session: *mut coap_session_t,
    request: *mut coap_pdu_t,
    r#type: c_uchar,
) -> coap_mid_t {
    door(COAP_INVALID_MID, || {
        // SAFETY: the application gives NULL or live objects.
        unsafe { Some(send::empty(&*Session::from_ptr(session)?, request.as_ref()?.mid.get(), r#type)) }
    })
}

/// Sends an error response.
///
/// @param session  The session to send on.
/// @param request  The request that is answered.
/// @param code     The response code.
/// @param opts     The options of the request to copy, or NULL for none.
///
/// Returns the message id, or COAP_INVALID_MID on failure. See coap_new_error_response().
#[no_mangle]
pub unsafe extern "C" fn coap_send_error(
    session: *mut coap_session_t,
    request: *mut coap_pdu_t,
    code: c_uchar,
    opts: *mut coap_opt_filter_t,
) -> coap_mid_t {
    door(COAP_INVALID_MID, || {
        // SAFETY: the application gives NULL or live objects.
        unsafe {
            let session = Session::from_ptr(session)?;
            Some(send::send(&session, error::response(request.as_ref()?, code, opts.as_mut())?))
        }
    })
}

/// Takes in one datagram, as if it had arrived on the session.
///
/// @param ctx       The context.
/// @param session   A datagram session.
/// @param data      The datagram.
/// @param data_len  Its length in bytes.
///
/// Returns 0, or -1 if the datagram is no message (a malformed one is answered by a RST).
#[no_mangle]
pub unsafe extern "C" fn coap_handle_dgram(
    ctx: *mut coap_context_t,
    session: *mut coap_session_t,
    data: *mut u8,
    data_len: usize,
) -> c_int {
    door(-1, || {
        // SAFETY: the application gives NULL or live objects, and `data_len` readable bytes.
        unsafe {
            let (context, session) = (Context::from_ptr(ctx)?, Session::from_ptr(session)?);
            let taken = receive::handle_dgram(&context, &session, memory::bytes(data, data_len)?);
            Some(if taken { 0 } else { -1 })
        }
    })
}

/// Tells the event handler of the application that something happened.
///
/// @param context  The context.
/// @param event    What happened, COAP_EVENT_*.
/// @param session  The session that it happened to.
///
/// Returns what the handler returns, or 0 without one.
#[no_mangle]
pub unsafe extern "C" fn coap_handle_event(
    context: *mut coap_context_t,
    event: coap_event_t,
    session: *mut coap_session_t,
) -> c_int {
    door(0, || {
        // SAFETY: the application gives NULL or live objects.
        let (context, session) = unsafe { (Context::from_ptr(context)?, Session::from_ptr(session)) };
        Some(context.event(event, session.as_deref()))
    })
}

/// Tells whether a context has nothing more to send, so that it may be freed without losing a message.
///
/// @param context  The context.
///
/// Returns 1 if nothing waits to be sent or acknowledged, or for NULL; else 0.
#[no_mangle]
pub unsafe extern "C" fn coap_can_exit(context: *mut coap_context_t) -> c_int {
    // SAFETY: the application gives NULL or a context.
    door(1, || unsafe { Some(int(Context::from_ptr(context)?.can_exit())) })
}

/// Acts on one message: finds its handler, answers it, matches it with what was sent.
///
/// @param context  The context.
/// @param session  The session that it came on.
/// @param pdu      The message. It stays the caller's, but may be changed.
#[no_mangle]
pub unsafe extern "C" fn coap_dispatch(
    context: *mut coap_context_t,
    session: *mut coap_session_t,
    pdu: *mut coap_pdu_t,
) {
    door((), || {
        // SAFETY: the application gives NULL or live objects.
        unsafe {
            let (context, session) = (Context::from_ptr(context)?, Session::from_ptr(session)?);
            dispatch::dispatch(&context, &session, pdu.as_ref()?, clock::now());
        }
        Some(())
    })
}

/// Tells whether every critical option of a message is known.
///
/// @param ctx      The context; its `known_options` count besides those that the library knows.
/// @param pdu      The message.
/// @param unknown  Not used: the structure is passed by value.
///
/// Returns 1 if all are known, else 0. RFC 7252, section 5.4.1.
#[no_mangle]
pub unsafe extern "C" fn coap_option_check_critical(
    ctx: *mut coap_context_t,
    pdu: *mut coap_pdu_t,
    unknown: coap_opt_filter_t,
) -> c_int {
    let _ = unknown;
    door(0, || {
        // SAFETY: the application gives NULL or live objects.
        unsafe {
            let known = Context::from_ptr(ctx)?.c.known_options.get();
            Some(int(check::critical_options_known(&known, pdu.as_ref()?)))
        }
    })
}

/// Makes an error response: type, message id and token as the answer to a request has them, and the phrase of the code
/// as payload.
///
/// @param request  The request.
/// @param code     The response code, for instance COAP_RESPONSE_CODE(404).
/// @param opts     The options of the request to copy, or NULL for none. Content-Format and Hop-Limit are removed from
/// it.
///
/// Returns the message, which is the caller's, or NULL without memory.
#[no_mangle]
pub unsafe extern "C" fn coap_new_error_response(
    request: *mut coap_pdu_t,
    code: c_uchar,
    opts: *mut coap_opt_filter_t,
) -> *mut coap_pdu_t {
    door(null_mut(), || {
        // SAFETY: the application gives NULL or live objects.
        unsafe { Some(error::response(request.as_ref()?, code, opts.as_mut())?.into_raw()) }
    })
}

/// Makes the response to a request for .well-known/core, filtered by its first Uri-Query option (RFC 6690).
///
/// @param context  The context.
/// @param session  The session of the request.
/// @param request  The request.
///
/// Returns the message, which is the caller's, or NULL without memory.
#[no_mangle]
pub unsafe extern "C" fn coap_wellknown_response(
    context: *mut coap_context_t,
    session: *mut coap_session_t,
    request: *mut coap_pdu_t,
) -> *mut coap_pdu_t {
    door(null_mut(), || {
        // SAFETY: the application gives NULL or live objects.
        unsafe {
            let (context, session) = (Context::from_ptr(context)?, Session::from_ptr(session)?);
            Some(resource::wellknown::response(&context, &session, request.as_ref()?)?.into_raw())
        }
    })
}

/// Joins a multicast group with every UDP endpoint of a context.
///
/// @param ctx        The context.
/// @param groupname  Name or address of the group.
/// @param ifname     Name of the interface, or NULL for the one that the kernel chooses.
///
/// Returns 0, or an error (-1, or the EAI_* code of a group that cannot be resolved).
#[no_mangle]
pub unsafe extern "C" fn coap_join_mcast_group_intf(
    ctx: *mut coap_context_t,
    groupname: *const c_char,
    ifname: *const c_char,
) -> c_int {
    door(-1, || {
        // SAFETY: the application gives NULL or a context and C strings.
        unsafe {
            let context = Context::from_ptr(ctx)?;
            let (group, interface) = (memory::text(groupname)?, memory::text(ifname));
            Some(context.join(group, interface))
        }
    })
}

/// Does what is due: ends idle sessions and entries, retransmits.
///
/// @param ctx          The context.
/// @param sockets      Not used with epoll.
/// @param max_sockets  Not used with epoll.
/// @param num_sockets  Set to 0 with epoll.
/// @param now          The time, in ticks.
///
/// Returns the milliseconds until something is due next; 0 if nothing is.
#[no_mangle]
pub unsafe extern "C" fn coap_io_prepare_io(
    ctx: *mut coap_context_t,
    sockets: *mut *mut coap_socket_t,
    max_sockets: c_uint,
    num_sockets: *mut c_uint,
    now: coap_tick_t,
) -> c_uint {
    let _ = (sockets, max_sockets);
    door(0, || {
        // SAFETY: the application gives NULL or live objects.
        let (context, number) = unsafe { (Context::from_ptr(ctx)?, num_sockets.as_mut()) };
        if let Some(number) = number {
            *number = 0;
        }
        Some(pass::prepare_io(&context, now))
    })
}

/// Does nothing but log: the sockets are served by epoll, in coap_io_process() or coap_io_do_epoll().
///
/// @param ctx  The context.
/// @param now  The time, in ticks.
#[no_mangle]
pub unsafe extern "C" fn coap_io_do_io(ctx: *mut coap_context_t, now: coap_tick_t) {
    let _ = (ctx, now);
    door((), || {
        pass::do_io();
        Some(())
    })
}

/// Does what is due, and sets the timer in the descriptor of the context to what is due next.
///
/// @param ctx  The context.
/// @param now  The time, in ticks.
///
/// Returns the milliseconds until something is due next; 0 if nothing is.
#[no_mangle]
pub unsafe extern "C" fn coap_io_prepare_epoll(ctx: *mut coap_context_t, now: coap_tick_t) -> c_uint {
    // SAFETY: the application gives NULL or a context.
    door(0, || unsafe { Some(pass::prepare_epoll(&*Context::from_ptr(ctx)?, now)) })
}

/// Handles events that epoll_wait() reported on the descriptor of the context.
///
/// @param ctx      The context.
/// @param events   The events.
/// @param nevents  How many there are.
#[no_mangle]
pub unsafe extern "C" fn coap_io_do_epoll(ctx: *mut coap_context_t, events: *mut epoll_event, nevents: usize) {
    door((), || {
        // SAFETY: the application gives NULL or a context and `nevents` events.
        unsafe { pass::do_epoll(&*Context::from_ptr(ctx)?, NonNull::new(events)?.cast(), nevents) };
        Some(())
    })
}

/// Waits for something to happen on a context and handles it.
///
/// @param ctx         The context.
/// @param timeout_ms  How long to wait at most, in milliseconds; COAP_IO_WAIT: as long as it takes; COAP_IO_NO_WAIT:
///                    not at all.
///
/// Returns the milliseconds that it took, or -1 for NULL.
#[no_mangle]
pub unsafe extern "C" fn coap_io_process(ctx: *mut coap_context_t, timeout_ms: u32) -> c_int {
    // SAFETY: the application gives NULL or a context.
    door(-1, || unsafe { Some(pass::process(&*Context::from_ptr(ctx)?, timeout_ms)) })
}

/// The same as coap_io_process(): the sets stay as they are, and the descriptors in them are not watched. To watch
/// descriptors of your own, put coap_context_get_coap_fd() beside them into a loop of your own.
///
/// @param ctx         The context.
/// @param timeout_ms  How long to wait at most, as for coap_io_process().
/// @param nfds        Not used.
/// @param readfds     Not used.
/// @param writefds    Not used.
/// @param exceptfds   Not used.
///
/// Returns the milliseconds that it took, or -1 for NULL.
#[no_mangle]
pub unsafe extern "C" fn coap_io_process_with_fds(
    ctx: *mut coap_context_t,
    timeout_ms: u32,
    nfds: c_int,
    readfds: *mut fd_set,
    writefds: *mut fd_set,
    exceptfds: *mut fd_set,
) -> c_int {
    let _ = (nfds, readfds, writefds, exceptfds);
    // SAFETY: the application gives NULL or a context.
    door(-1, || unsafe { Some(pass::process(&*Context::from_ptr(ctx)?, timeout_ms)) })
}

/// Sets the pre-shared keys of servers: the short form of coap_context_set_psk2().
///
/// The texts and bytes stay the application's, and must outlive the sessions.
///
/// @param context  The context.
/// @param hint     What clients are told to find the right key by, a C string; NULL for nothing.
/// @param key      The key that servers share with their clients; NULL for none.
/// @param key_len  Its length in bytes; 0 for none.
///
/// Returns 1, or 0 on failure: always 0 in a library without DTLS and TLS.
#[no_mangle]
pub unsafe extern "C" fn coap_context_set_psk(
    context: *mut coap_context_t,
    hint: *const c_char,
    key: *const u8,
    key_len: usize,
) -> c_int {
    door(0, || {
        // SAFETY: the application gives NULL or a context, a C string, and `key_len` readable bytes.
        unsafe {
            let setup = security::short_server_psk(memory::text(hint), memory::bytes(key, key_len).unwrap_or(&[]));
            Some(int(security::set_server_psk(&*Context::from_ptr(context)?, &setup)))
        }
    })
}

/// Sets the pre-shared keys of servers. It replaces what was set before; sessions that are there already keep theirs.
///
/// A client that offers cipher suites with pre-shared keys is served by these, any other by the certificates of
/// coap_context_set_pki(), where both have been set.
///
/// @param context     The context.
/// @param setup_data  How servers use pre-shared keys. The structure is copied; what it points to stays the
///                    application's, and must outlive the sessions.
///
/// Returns 1, or 0 on failure: always 0 in a library without DTLS and TLS.
#[no_mangle]
pub unsafe extern "C" fn coap_context_set_psk2(
    context: *mut coap_context_t,
    setup_data: *mut coap_dtls_spsk_t,
) -> c_int {
    door(0, || {
        // SAFETY: the application gives NULL or live objects.
        unsafe { Some(int(security::set_server_psk(&*Context::from_ptr(context)?, setup_data.as_ref()?))) }
    })
}

/// Sets the certificates of servers. It replaces what was set before; sessions that are there already keep theirs.
///
/// Files are read when a client comes, each time anew, and not by this call: it succeeds where they are missing. A
/// client is then told that the handshake has failed, and the log says why.
///
/// @param context     The context.
/// @param setup_data  How servers use certificates; its version must be COAP_DTLS_PKI_SETUP_VERSION. The structure is
///                    copied; what it points to stays the application's, and must outlive the sessions.
///
/// Returns 1, or 0 on failure: always 0 in a library without DTLS and TLS.
#[no_mangle]
pub unsafe extern "C" fn coap_context_set_pki(
    context: *mut coap_context_t,
    setup_data: *const coap_dtls_pki_t,
) -> c_int {
    door(0, || {
        // SAFETY: the application gives NULL or live objects.
        unsafe { Some(int(security::set_server_pki(&*Context::from_ptr(context)?, setup_data.as_ref()?))) }
    })
}

/// Trusts certificate authorities, in addition to those that are trusted already.
///
/// @param context  The context.
/// @param ca_file  The name of a file with their certificates (PEM), or NULL.
/// @param ca_dir   The name of a directory with their certificates, each file named by its hash, or NULL.
///
/// Returns 1, or 0 on failure: with neither of them, or if one cannot be used; always 0 in a library without DTLS and
/// TLS.
#[no_mangle]
pub unsafe extern "C" fn coap_context_set_pki_root_cas(
    context: *mut coap_context_t,
    ca_file: *const c_char,
    ca_dir: *const c_char,
) -> c_int {
    door(0, || {
        // SAFETY: the application gives NULL or a context and C strings.
        unsafe { Some(int(Tls::trust(&*Context::from_ptr(context)?, memory::text(ca_file), memory::text(ca_dir)))) }
    })
}
