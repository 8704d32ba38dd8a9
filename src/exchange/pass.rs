//! The loop: passes over a context, its timer, its events (docs/spec/io.md, section 6).

use super::context::Target;
use super::outgoing::Work;
use super::timers::NEVER;
use super::{receive, send, stream, timeouts, Context};
use crate::abi::*;
use crate::base::clock;
use crate::base::errno::Errno;
use crate::base::keep::{Keepable, Kept};
use crate::base::log::{LOG_DEBUG, LOG_EMERG, LOG_ERR};
use crate::log;
use crate::net::epoll;
use crate::resource::observe;
use crate::{block, cache};
use core::ptr::NonNull;

/// What a pass does besides, in this order. Each step may run callbacks.
const STEPS: [fn(&Context, coap_tick_t); 7] = [
    timeouts::keepalive,
    timeouts::csm,
    timeouts::stalls,
    block::expire,
    send::retransmit_due,
    cache::expire,
    timeouts::handshakes,
];

/// One pass: what is due at `now` is done, in the order of section 6.2; gives the next deadline.
fn pass(context: &Context, now: coap_tick_t) -> Option<coap_tick_t> {
    let _work = Work::begin(context);
    observe::pass(context, now);
    if context.is_gone() {
        return None;
    }
    let timeout = context.session_timeout();
    let mut next = NEVER;
    let mut also = |deadline: Option<coap_tick_t>| next = next.min(deadline.unwrap_or(NEVER));
    // A callback may free an endpoint, which cuts the walk short: then it starts again, for the deadlines.
    while !context.endpoints().all(|endpoint| {
        also(endpoint.sweep(now, timeout));
        also(endpoint.resume_accepting(context, now));
        endpoint.is_open()
    }) {}
    // Callbacks may free the context.
    for step in STEPS {
        if context.is_gone() {
            return None;
        }
        step(context, now);
    }
    if context.is_gone() {
        return None;
    }
    also(observe::next_deadline(context, now));
    also(timeouts::next_deadline(context));
    also(block::next_deadline(context));
    also(super::queue::next_due(context));
    also(cache::next_deadline(context));
    (next != NEVER).then_some(next)
}

/// Milliseconds from `now` to a deadline; 0 = none. One that has come meanwhile is 1 away (I21).
fn milliseconds(deadline: Option<coap_tick_t>, now: coap_tick_t) -> u32 {
    deadline.map_or(0, |deadline| deadline.saturating_sub(now).clamp(1, u32::MAX.into()) as u32)
}

/// `coap_io_prepare_io`: a pass; milliseconds to the next deadline, 0 = none.
pub fn prepare_io(context: &Context, now: coap_tick_t) -> u32 {
    milliseconds(pass(context, now), now)
}

/// `coap_io_prepare_epoll`: a pass, and the timer set to the next deadline. The timer is left alone where it goes off
/// earlier anyway: an early wake-up costs less than a system call for each message.
pub fn prepare_epoll(context: &Context, now: coap_tick_t) -> u32 {
    let deadline = pass(context, now);
    if context.is_gone() {
        return 0;
    }
    let armed = context.c.next_timeout.get();
    let kept = match deadline {
        None => armed == 0,
        Some(deadline) => armed != 0 && armed > now && armed <= deadline,
    };
    if !kept {
        context.arm(deadline, clock::now());
    }
    milliseconds(deadline, now)
}

/// `coap_io_do_epoll`: handles what `epoll_wait` reported on the context's descriptor.
///
/// # Safety
/// `count` events from `events` on are readable. They may change while callbacks run.
pub unsafe fn do_epoll(context: &Context, events: NonNull<epoll::Event>, count: usize) {
    for i in 0..count {
        // SAFETY: within the array by the caller's word.
        let event = unsafe { events.add(i).read() };
        match context.watched(event.token()) {
            _ if event.token() == 0 => context.timer_fired(),
            None => log!(LOG_DEBUG, "an event for a socket that is closed"),
            Some(Target::Endpoint(endpoint)) => {
                // SAFETY: what is watched is live, until the guard is dropped even if a callback ends it.
                let endpoint = unsafe { Kept::new(endpoint) };
                if endpoint.is_listening() {
                    endpoint.accept_one(context);
                } else {
                    receive::endpoint(context, &endpoint);
                }
            }
            Some(Target::Session(session)) => {
                // SAFETY: as above.
                let session = unsafe { Kept::new(session) };
                // C sees that the loop holds the session over its own event (session §5).
                session.reference();
                if session.is_reliable() {
                    stream::event(context, &session, event);
                } else {
                    receive::session(context, &session);
                }
                session.release();
            }
        }
        if context.is_gone() {
            return;
        }
        prepare_epoll(context, clock::now());
        if context.is_gone() {
            return;
        }
    }
}

/// `coap_io_process`: waits for events and handles them; the milliseconds that took.
pub fn process(context: &Context, timeout_ms: u32) -> i32 {
    let started = clock::now();
    let next = prepare_epoll(context, started);
    let mut wait = match timeout_ms {
        COAP_IO_NO_WAIT => 0,
        0 => -1,
        timeout if next != 0 => timeout.min(next).min(i32::MAX as u32) as i32,
        timeout => timeout.min(i32::MAX as u32) as i32,
    };
    let mut events = [epoll::Event::new(); COAP_MAX_EPOLL_EVENTS];
    while !context.is_gone() {
        let count = match epoll::wait(context.c.epfd.get(), &mut events, wait) {
            Ok(count) => count,
            Err(error) => {
                if error.kind() != std::io::ErrorKind::Interrupted {
                    log!(LOG_ERR, "waiting for events: {}", Errno::from(&error));
                }
                break;
            }
        };
        // SAFETY: `wait` filled in that many events.
        unsafe { do_epoll(context, NonNull::from(&mut events).cast(), count) };
        if count < events.len() {
            break;
        }
        wait = 0;
    }
    let ended = clock::now();
    if !context.is_gone() {
        cache::expire(context, ended);
    }
    ended.saturating_sub(started).min(i32::MAX as u64) as i32
}

/// `coap_io_do_io`: not the way of a build with epoll.
pub fn do_io() {
    log!(LOG_EMERG, "coap_io_do_io() is for libraries without epoll; use coap_io_process()");
}
