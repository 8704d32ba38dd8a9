//! The notification pass (docs/spec/resource.md, sections 6.4 and 6.5).
//!
//! A notification that has to be confirmable waits while another confirmable message is in flight to its observer, and on
//! a stream any while too much waits to be read by it; it is tried again when that is over, and not before (R25).
//!
//! The handler may do anything: delete the resource, end the observation, free the context, run the loop again. So each
//! observation is asked anew after it, and none is visited twice by one visit.

use super::subscription::Subscription;
use super::{table, wake};
use crate::abi::*;
use crate::base::keep::{Keepable, Kept};
use crate::block::response::fail;
use crate::block::{identity::Short, response_is_complete};
use crate::exchange::{outgoing, send, Context, Session};
use crate::message::code;
use crate::message::pdu::OwnedPdu;
use crate::message::uri_text::Text;
use crate::resource::link::Link;
use crate::resource::Resource;
use core::ptr::null_mut;

/// After this time, in ticks, a notification is tried again that could not be made or sent.
const PAUSE: coap_tick_t = COAP_TICKS_PER_SECOND;

/// Sends what observers are owed at `now`: first those of the resources that were marked, in the order of adding, then
/// those who had to wait.
pub fn pass(context: &Context, now: coap_tick_t) {
    let observations = &context.observations;
    let is_time = observations.next_deadline().is_some_and(|at| at <= now);
    if context.c.observe_pending.replace(0) == 0 && !is_time {
        return;
    }
    let (this, around) = observations.begin_pass();
    while let Some(resource) = observations.next_resource(this) {
        visit(context, &resource, now);
        if context.is_gone() {
            return;
        }
    }
    observations.end_pass(None);
    while let Some(session) = observations.next_session(now) {
        try_again(context, &session, now);
        if context.is_gone() {
            return;
        }
    }
    observations.end_pass(around);
}

/// When the next pass has something to do.
pub fn next_deadline(context: &Context, now: coap_tick_t) -> Option<coap_tick_t> {
    match context.c.observe_pending.get() {
        0 => context.observations.next_deadline(),
        _ => Some(now),
    }
}

/// What held messages to this session up ([`send::is_held_up`]) does so no more: those who waited for that are tried by
/// the next pass.
pub fn may_go_on(session: &Session) {
    if !session.busy().is_some_and(|busy| busy.observations.deferred.replace(false)) {
        return;
    }
    if let Some(context) = session.context() {
        context.observations.try_at(session, 0);
        wake(&context);
    }
}

/// Notifies the observers of a resource that are owed it, newest first.
fn visit(context: &Context, resource: &Kept<Resource>, now: coap_tick_t) {
    let observers = &resource.observers;
    if !resource.is_observable() {
        observers.changed.set(false);
        return;
    }
    let number = context.observations.next_visit();
    let everybody = observers.changed.get();
    let mut next = observers.first();
    while let Some(known) = next.filter(|_| everybody) {
        known.due.set(true);
        next = observers.after(&known);
    }
    let mut next = observers.first();
    while let Some(known) = next {
        if known.due.get() && known.seen.replace(number) != number {
            notify(context, resource, &known, now);
            if context.is_gone() {
                return;
            }
        }
        next = observers.after(&known);
    }
    if everybody {
        observers.changed.set(false);
    }
}

/// Notifies those who observe through one session and are owed it, in the order in which resources were added.
fn try_again(context: &Context, session: &Kept<Session>, now: coap_tick_t) {
    let number = context.observations.next_visit();
    let is_next = |known: &Subscription| {
        known.due.get() && known.seen.get() != number && known.resource().is_some_and(|of| of.is_observable())
    };
    let order = |known: &Subscription| known.resource().map_or(0, |resource| resource.sequence());
    while let Some(known) = session.observations().least(is_next, order) {
        known.seen.set(number);
        if let Some(resource) = known.resource() {
            notify(context, &resource, &known, now);
        }
        if context.is_gone() {
            return;
        }
    }
}

/// Notifies one observer, or notes when that is to be tried again.
fn notify(context: &Context, resource: &Kept<Resource>, known: &Kept<Subscription>, now: coap_tick_t) {
    let Some(session) = known.session() else { return };
    let flags = resource.flags();
    let kind = known.rhythm.get().next(flags, now);
    if send::is_held_up(&session, kind) {
        session.observations().defer();
        return;
    }
    let Some(Call { response, token, query }) = Call::new(&session, known, kind) else {
        return context.observations.try_at(&session, now.saturating_add(PAUSE));
    };
    known.due.set(false);
    let method = known.asked.borrow().method;
    let around = resource.observers.visited.replace(true);
    call_handler(context, resource, &session, &response, (method, token, query));
    resource.observers.visited.set(around);
    if context.is_gone() || session.is_ended() {
        return;
    }
    response_is_complete(&session, &response);
    if known.is_gone() || response.code.get() >> 5 == 0 {
        // Without a code there is nothing to say this time (R9).
        return;
    }
    if known.rhythm.get().is_overdue(now) {
        response.r#type.set(COAP_MESSAGE_CON);
    }
    let mut ended = None;
    if response.code.get() >> 5 > 2 {
        // The last notification (R4), and no notification in the sense of Observe (R8).
        while response.remove_option(COAP_OPTION_OBSERVE) {}
        ended = table::take(context, known);
    }
    let kind = response.r#type.get();
    known.rhythm.set(known.rhythm.get().sent(kind, flags, now));
    super::forget_waiting(&session, known);
    known.last_mid.set(Some(response.mid.get()));
    let sent = outgoing::own(context, || send::send(&session, response));
    drop(ended);
    if sent < 0 && !context.is_gone() && !known.is_gone() {
        known.due.set(true);
        if send::is_held_up(&session, kind) {
            session.observations().defer();
        } else {
            context.observations.try_at(&session, now.saturating_add(PAUSE));
        }
    }
}

/// What the handler gets: copies, for whatever it does to the observation.
struct Call {
    response: OwnedPdu,
    token: Short,
    query: Option<Text>,
}

impl Call {
    /// `None` without memory.
    fn new(session: &Session, known: &Subscription, kind: u8) -> Option<Call> {
        let query = match known.asked.borrow().query.as_deref() {
            Some(query) => Some(Text::copy_of(query)?),
            None => None,
        };
        let response = OwnedPdu::new(kind, 0, session.next_mid(), session.max_pdu_size())?;
        response.add_token(known.token.bytes()).then_some(Call { response, token: known.token, query })
    }
}

/// Calls the handler for a notification. Without one the method is not allowed any more (R7).
fn call_handler(
    context: &Context,
    resource: &Resource,
    session: &Session,
    response: &OwnedPdu,
    (method, token, mut query): (u8, Short, Option<Text>),
) {
    let Some(handler) = resource.handler(method) else {
        return fail(response, code::METHOD_NOT_ALLOWED);
    };
    let mut bytes = [0; 8];
    let length = token.bytes().len();
    bytes[..length].copy_from_slice(token.bytes());
    let mut token = coap_binary_t { length, s: bytes.as_mut_ptr() };
    let mut query = query.as_mut().map(Text::as_string);
    let query = query.as_mut().map_or(null_mut(), |query| query as *mut coap_string_t);
    let (context, session) = (context.as_ptr(), session.as_ptr());
    // SAFETY: the application's function; all objects are live or kept, nothing of them is borrowed, and token and query
    // live over the call.
    unsafe { handler(context, resource.as_ptr(), session, null_mut(), &mut token, query, response.as_ptr()) }
}
