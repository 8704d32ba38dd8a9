//! Observation, the server's side (RFC 7641; docs/spec/resource.md, section 6).
//!
//! Who observes what, and how it begins and ends. [`pass`] sends the notifications, [`rhythm`] says which of them are
//! confirmable; a [`subscription`] is one observation, and the [`table`] has them all.

mod pass;
mod rhythm;
mod subscription;
mod table;

pub use pass::{may_go_on, next_deadline, pass};
pub use table::{ContextObservations, Observers, SessionObservations};

use super::link::Link;
use super::{Kind, Resource};
use crate::abi::*;
use crate::base::keep::{Keepable, Kept};
use crate::base::log::{LOG_INFO, LOG_NOTICE};
use crate::base::{clock, varint};
use crate::block::identity::Short;
use crate::block::option::Block;
use crate::exchange::{queue, send, Context, Session};
use crate::log;
use crate::message::code;
use crate::message::pdu::OwnedPdu;
use subscription::{Asked, Subscription};

/// Whether a request for this resource may be about an observation: not for the resources that stand in for others
/// (R11).
fn may_concern(resource: &Resource, request: &coap_pdu_t) -> bool {
    matches!(resource.kind(), Kind::Ordinary) && matches!(request.code.get(), code::GET | code::FETCH)
}

/// Does what the Observe option of a request asks for, before the handler is called (6.1).
pub fn heed(
    context: &Context,
    session: &Session,
    resource: &Kept<Resource>,
    request: &coap_pdu_t,
    query: Option<&[u8]>,
    now: coap_tick_t,
) {
    let Some(value) = request.option(COAP_OPTION_OBSERVE).map(varint::decode) else { return };
    if !may_concern(resource, request) || !resource.is_observable() || resource.handler(request.code.get()).is_none() {
        return;
    }
    match value {
        COAP_OBSERVE_ESTABLISH => subscribe(context, session, resource, request, query, now),
        COAP_OBSERVE_CANCEL => _ = end_of_token(context, session, resource, request.token_bytes()),
        other => log!(LOG_INFO, "an Observe option with the value {} is ignored", other),
    }
}

fn find(session: &Session, resource: &Resource, token: &[u8]) -> Option<Kept<Subscription>> {
    session.observations().find(|known| known.is_of(resource) && known.token.bytes() == token)
}

/// Ends the observation of a resource that was registered with this token, if there is one.
fn end_of_token(context: &Context, session: &Session, resource: &Resource, token: &[u8]) -> bool {
    find(session, resource, token).is_some_and(|known| table::take(context, &known).is_some())
}

/// A new observation, or other terms for an old one. Where that can't be done, the request is served as one without
/// Observe (RFC 7641, section 4.1).
fn subscribe(
    context: &Context,
    session: &Session,
    resource: &Kept<Resource>,
    request: &coap_pdu_t,
    query: Option<&[u8]>,
    now: coap_tick_t,
) {
    if session.is_ended() || resource.is_gone() {
        return;
    }
    let Some(token) = Short::new(request.token_bytes()) else { return };
    let Some(asked) = Asked::new(query, request.code.get()) else { return };
    if let Some(known) = find(session, resource, token.bytes()) {
        known.asked.replace(asked);
        return;
    }
    let rival = session.observations().find(|known| known.is_of(resource) && known.has_query(query));
    if !context.observations.has_room(resource, session, rival.is_some().into()) {
        if context.observations.may_tell(now) {
            log!(LOG_NOTICE, "too many observations: a client is served without");
        }
        return;
    }
    let block2 = Block::asked_for(request, session.is_reliable()).map(|asked| Block { num: 0, m: false, ..asked });
    let new = Subscription::new(resource, session, token, asked, block2, now);
    if table::add(context, resource, session, new).is_some() {
        if let Some(rival) = rival {
            drop(table::take(context, &rival));
        }
    }
}

/// The handler has answered a request. An error ends the observation that the request was about, whether the answer is
/// sent or not (R10); and says nothing of observations (R8).
pub fn conclude(
    context: &Context,
    session: &Session,
    resource: &Resource,
    request: &coap_pdu_t,
    response: &coap_pdu_t,
) {
    if response.code.get() >> 5 <= 2 {
        return;
    }
    while response.remove_option(COAP_OPTION_OBSERVE) {}
    if may_concern(resource, request) && request.option(COAP_OPTION_OBSERVE).is_some() {
        end_of_token(context, session, resource, request.token_bytes());
    }
}

/// What the response helpers need of an observation (6.2).
#[derive(Clone, Copy)]
pub struct Relation {
    /// The resource's counter: the value of Observe.
    pub counter: u32,
    /// The blocks that the client asked for when it registered; the number is 0.
    pub block2: Option<Block>,
}

/// The observation of a resource that this token stands for; `None` as a token stands for any.
pub fn relation(resource: &Resource, session: &Session, token: Option<&[u8]>) -> Option<Relation> {
    let has_token = |known: &Subscription| token.is_none_or(|token| known.token.bytes() == token);
    let known = session.observations().find(|known| known.is_of(resource) && has_token(known))?;
    Some(Relation { counter: resource.observers.counter(), block2: known.block2 })
}

/// `coap_resource_notify_observers`: those who observe the resource, with this query if one is given, are notified by
/// the next pass. Whether there are any.
pub fn trigger(resource: &Resource, query: Option<&[u8]>) -> bool {
    let observers = &resource.observers;
    let Some(context) = resource.context().filter(|_| resource.is_observable() && observers.count() > 0) else {
        return false;
    };
    match query {
        None => {
            // From inside a notification handler this only counts (section 8).
            if !observers.visited.get() {
                observers.changed.set(true);
                context.observations.mark(resource);
            }
        }
        Some(_) => {
            let mut any = false;
            let mut next = observers.first();
            while let Some(known) = next {
                if known.has_query(query) {
                    any = true;
                    known.due.set(known.due.get() || !observers.changed.get());
                }
                next = observers.after(&known);
            }
            if !any {
                return false;
            }
            if !observers.changed.get() {
                context.observations.mark(resource);
            }
        }
    }
    observers.count_up();
    wake(&context);
    true
}

/// The next pass has something to do, and is to begin at once.
fn wake(context: &Context) {
    context.c.observe_pending.set(1);
    context.wake_at(clock::now());
}

/// An RST whose message id belongs to no queued message: the observation whose latest notification it rejects ends
/// (X13).
pub fn rejected(context: &Context, session: &Session, mid: u16) {
    if let Some(known) = session.observations().find(|known| known.last_mid.get() == Some(mid)) {
        drop(table::take(context, &known));
    }
}

/// A queued confirmable message was rejected, or given up (X28): if it is a response, the session's observations with
/// its token end, whatever they are of, and what waits to be sent for them goes.
pub fn failed(context: &Context, session: &Session, message: &coap_pdu_t) {
    if message.code.get() >> 5 < 2 {
        return;
    }
    let Some(token) = Short::new(message.token_bytes()) else { return };
    while let Some(known) = session.observations().find(|known| known.token == token) {
        forget_waiting(session, &known);
        drop(table::take(context, &known));
        if context.is_gone() {
            return;
        }
    }
}

/// Drops the latest notification of an observation, if it has not been sent yet (X17).
fn forget_waiting(session: &Session, known: &Subscription) {
    if let Some(mid) = known.last_mid.get() {
        queue::drop_delayed(session, Some(mid.into()), known.token.bytes());
    }
}

/// The session's connection has ended, or the session itself: all its observations go, nothing is sent (6.6).
pub fn drop_session(context: &Context, session: &Session) {
    while let Some(known) = session.observations().find(|_| true) {
        drop(table::take(context, &known));
    }
}

/// A resource that has left its table ends: each observer is told once that it is there no more (section 2.5, X28).
pub fn end_of_resource(context: &Context, resource: &Resource) {
    while let Some(known) = resource.observers.first() {
        let (Some(session), Some(reference)) = (known.session(), table::take(context, &known)) else { return };
        if resource.is_observable() {
            let farewell = OwnedPdu::new(COAP_MESSAGE_NON, code::NOT_FOUND, session.next_mid(), session.max_pdu_size());
            if let Some(farewell) = farewell.filter(|farewell| farewell.add_token(known.token.bytes())) {
                send::send(&session, farewell);
            }
        }
        drop(reference);
    }
}
