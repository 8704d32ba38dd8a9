//! A response has arrived: it drives the transfer that it belongs to, and goes to the application if there is something
//! to see (block chapter, 6.2 and 6.3).

use super::assembly::{Body, Fragment};
use super::client::{ask, send_fragment, set_token, takes_part};
use super::download::{Download, Observed, Step, MAX_RESTARTS};
use super::identity::Short;
use super::option::Block;
use super::request::Request;
use super::requests;
use super::skeleton::Skeleton;
use super::view;
use crate::abi::*;
use crate::base::keep::{Keepable, Kept};
use crate::base::log::LOG_WARNING;
use crate::base::varint;
use crate::exchange::{Context, Session};
use crate::log;
use core::ptr::null;

/// What becomes of a response.
pub enum Outcome {
    /// The library has taken it in; it is acknowledged if it is confirmable.
    Taken,
    /// The response handler gets it.
    Shown(Shown),
}

/// A response for the response handler.
#[derive(Default)]
pub struct Shown {
    body: Option<Body>,
    deaf: bool,
}

impl Shown {
    /// Whether the handler may refuse it: not the last part of a body, nor a whole one.
    pub fn may_be_refused(&self) -> bool {
        !self.deaf
    }

    /// The handler has returned: the body goes.
    pub fn finish(self, received: &coap_pdu_t) {
        if self.body.is_some() {
            received.body_data.set(null());
            received.body_length.set(0);
            received.body_total.set(0);
        }
    }
}

/// A response, and where it came.
struct Arrival<'a> {
    context: &'a Context,
    session: &'a Session,
    received: &'a coap_pdu_t,
    now: coap_tick_t,
}

/// Takes in a response that answers something. `sent`: the request, if it came on that one's acknowledgement. The
/// session may have ended afterwards.
pub fn responded(
    context: &Context,
    session: &Session,
    sent: Option<&coap_pdu_t>,
    received: &coap_pdu_t,
    now: coap_tick_t,
) -> Outcome {
    let arrival = Arrival { context, session, received, now };
    match session.requests().on_the_wire(received.token_bytes()) {
        Some(request) => arrival.take_in(&request),
        None if takes_part(session) => arrival.take_in_first(sent),
        None => arrival.show(),
    }
}

impl Arrival<'_> {
    fn show(&self) -> Outcome {
        Outcome::Shown(Shown::default())
    }

    /// Whether a callback has ended everything.
    fn is_over(&self) -> bool {
        self.session.is_ended() || self.context.is_gone()
    }

    fn is_success(&self) -> bool {
        self.received.code.get() >> 5 == 2
    }

    fn block2(&self) -> Option<Block> {
        Block::of(self.received, COAP_OPTION_BLOCK2).filter(|_| self.is_success())
    }

    fn etag(&self) -> Option<Short> {
        self.received.option(COAP_OPTION_ETAG).and_then(Short::new)
    }

    /// The block that the response holds; `None` if its length does not agree with the option (K9).
    fn fragment(&self, block: Block) -> Option<Fragment<'_>> {
        let integer = |number| varint::decode(self.received.option(number).unwrap_or_default());
        let payload = self.received.payload().unwrap_or_default();
        let fragment = Fragment::new(block, payload, self.session.is_reliable()).ok()?;
        Some(Fragment {
            content_format: integer(COAP_OPTION_CONTENT_FORMAT),
            size1: integer(COAP_OPTION_SIZE2) as usize,
            observe: self.received.option(COAP_OPTION_OBSERVE).and_then(Short::new),
            ..fragment
        })
    }

    /// Tells the application where the payload belongs.
    fn place(&self, offset: usize, total: usize) {
        self.received.body_offset.set(offset);
        self.received.body_total.set(total);
    }

    /// A response to a request that the library does not know: it goes on with one that a confirmable request was
    /// answered with at once, whatever that was sent by.
    fn take_in_first(&self, sent: Option<&coap_pdu_t>) -> Outcome {
        let Some(block) = self.block2() else { return self.show() };
        if block.num != 0 {
            if let Some(fragment) = self.fragment(block) {
                self.place(fragment.start, fragment.total(0));
            }
            return self.show();
        }
        let request = sent.and_then(|sent| {
            let request = Request::new(self.session, Short::new(sent.token_bytes())?, Skeleton::of(sent)?, self.now);
            request.gathers.set(true);
            request.note_sent(sent);
            requests::open(self.context, self.session, request)
        });
        match request {
            Some(request) if !self.is_over() => self.take_in(&request),
            Some(_) => Outcome::Taken,
            None => self.show(),
        }
    }

    /// A response to a request that the library goes on with.
    fn take_in(&self, request: &Kept<Request>) -> Outcome {
        let (context, session) = (self.context, self.session);
        requests::touch(context, session, request, self.now);
        let is_own = self.received.token_bytes() == request.own_token().bytes();
        if is_own && request.is_uploading() {
            let (code, block1) = (self.received.code.get(), Block::of(self.received, COAP_OPTION_BLOCK1));
            let next = request.upload.borrow().as_ref().and_then(|upload| upload.sending.after(code, block1));
            if next.is_some_and(|block| send_fragment(context, session, request, block, self.now)) || self.is_over() {
                return Outcome::Taken;
            }
        }
        set_token(self.received, request.application);
        if is_own {
            // After a cancellation notifications may still come, until the answer to that does.
            let crosses = request.cancelled.get() && session.awaits(request.own_token().bytes());
            request.waits.set(crosses);
            requests::end_upload(session, request);
        } else {
            requests::end_follow(session, request);
        }
        if self.is_over() {
            return Outcome::Taken;
        }
        if request.is_gone() {
            return self.show();
        }
        if !request.gathers.get() {
            return self.show_last(request);
        }
        if is_own && !self.begins_anew(request) {
            return Outcome::Taken;
        }
        self.gather(request)
    }

    /// A response to the request itself, or a notification: what was being received is given up for it. False if it is
    /// to be dropped: it is older than that (K26), or a callback has ended everything.
    fn begins_anew(&self, request: &Kept<Request>) -> bool {
        let observe = self.received.option(COAP_OPTION_OBSERVE).filter(|_| self.is_success());
        let observed = observe.map(|value| Observed { number: varint::decode(value) & 0xff_ffff, at: self.now });
        let running = request.follow.get().is_some();
        if let (true, Some(new), Some(old)) = (running, observed, request.observed.get()) {
            if !new.is_newer_than(old) {
                return false;
            }
        }
        let before = request.body.take();
        request.observes.set(observed.is_some() && !request.cancelled.get());
        request.observed.set(observed);
        request.restarts.set(0);
        requests::abandon_follow(self.context, self.session, request);
        if running && !self.is_over() && !self.gathers_whole(before.as_ref()) {
            self.context.event(COAP_EVENT_PARTIAL_BLOCK, Some(self.session));
        }
        !self.is_over() && !request.is_gone()
    }

    /// Whether the application gets `body` as a whole.
    fn gathers_whole(&self, body: Option<&Download>) -> bool {
        let single = self.session.c.block_mode.get() & COAP_BLOCK_SINGLE_BODY != 0;
        body.map_or(single, Download::is_single_body)
    }

    /// Shows the response as the last of its body; the request ends if nothing more is to come.
    fn show_last(&self, request: &Kept<Request>) -> Outcome {
        drop(request.body.take());
        requests::close_if_over(self.context, self.session, request);
        self.show()
    }

    /// Takes in a response that may be a block.
    fn gather(&self, request: &Kept<Request>) -> Outcome {
        let fragment = self.block2().and_then(|block| self.fragment(block));
        let Some(fragment) = fragment else { return self.show_last(request) };
        let (start, block) = (fragment.start, fragment.block);
        let rough_total = fragment.total(0);
        if block.num != 0 && request.body.borrow().is_none() {
            self.place(start, rough_total);
            return self.show_last(request);
        }
        let single = self.gathers_whole(None);
        let step = {
            let mut body = request.body.borrow_mut();
            let body = body.get_or_insert_with(|| Download::begin(&fragment, self.etag(), single));
            body.receive(&fragment, self.etag(), self.context.transfers.max_body())
        };
        match step {
            Step::Part { total, ask: None } => {
                self.place(start, total);
                self.show_deaf(request, None)
            }
            Step::Part { total, ask: Some(next) } => {
                self.place(start, total);
                match self.ask(request, next, false) {
                    true => self.show(),
                    false => self.give_up(request),
                }
            }
            Step::Ask(next) => match self.ask(request, next, false) {
                true => Outcome::Taken,
                false => self.give_up_at(request, start, rough_total),
            },
            Step::Complete => self.deliver(request),
            Step::Changed => self.start_over(request, block, start, rough_total),
            Step::Mixed => {
                log!(LOG_WARNING, "the blocks of a response do not belong together");
                let mode = &self.session.c.block_mode;
                mode.set(mode.get() & !COAP_BLOCK_SINGLE_BODY);
                self.place(start, rough_total);
                self.show_last(request)
            }
            // What the application has seen it does not see again (X35).
            Step::Repeated => {
                self.give_up(request);
                Outcome::Taken
            }
            Step::Useless(_) => self.give_up_at(request, start, rough_total),
        }
    }

    fn ask(&self, request: &Kept<Request>, block: Block, whole: bool) -> bool {
        ask(self.context, self.session, request, block, whole, self.now)
    }

    /// The body can't be completed: the application is told, and sees what has arrived.
    fn give_up_at(&self, request: &Kept<Request>, offset: usize, total: usize) -> Outcome {
        self.place(offset, total);
        self.give_up(request)
    }

    fn give_up(&self, request: &Kept<Request>) -> Outcome {
        if self.is_over() {
            return Outcome::Taken;
        }
        drop(request.body.take());
        requests::close_if_over(self.context, self.session, request);
        if !self.is_over() {
            self.context.event(COAP_EVENT_PARTIAL_BLOCK, Some(self.session));
        }
        self.show()
    }

    /// The body has changed on the way: it is asked for anew, if that does no harm and has not been done too often (K25,
    /// X35).
    fn start_over(&self, request: &Kept<Request>, block: Block, offset: usize, total: usize) -> Outcome {
        let before = request.body.take();
        let restarts = request.restarts.get();
        if restarts >= MAX_RESTARTS || !request.skeleton.can_be_repeated() {
            return self.give_up_at(request, offset, total);
        }
        request.restarts.set(restarts + 1);
        log!(LOG_WARNING, "a response has changed while it was received: it is asked for anew");
        if !self.is_over() && !self.gathers_whole(before.as_ref()) {
            self.context.event(COAP_EVENT_PARTIAL_BLOCK, Some(self.session));
        }
        if self.is_over() || request.is_gone() {
            return Outcome::Taken;
        }
        let first = Block { num: 0, m: false, ..block };
        match self.ask(request, first, true) {
            true => Outcome::Taken,
            false => self.give_up_at(request, offset, total),
        }
    }

    /// Shows a whole body: the response looks like one that was never in blocks.
    fn deliver(&self, request: &Kept<Request>) -> Outcome {
        let body = request.body.take().map(Download::into_body);
        let received = self.received;
        let limit = received.max_size.replace(0);
        while received.remove_option(COAP_OPTION_BLOCK2) {}
        if let Some(observe) = body.as_ref().and_then(|body| body.observe) {
            received.update_option(COAP_OPTION_OBSERVE, observe.bytes());
        }
        received.max_size.set(limit);
        if let Some(body) = &body {
            let (bytes, _) = body.bytes.as_slices();
            received.body_data.set(bytes.as_ptr());
            received.body_length.set(bytes.len());
            self.place(0, bytes.len());
            view::show("response for the application, client", received);
        }
        self.show_deaf(request, body)
    }

    /// Shows what the application can't refuse any more.
    fn show_deaf(&self, request: &Kept<Request>, body: Option<Body>) -> Outcome {
        drop(request.body.take());
        requests::close_if_over(self.context, self.session, request);
        Outcome::Shown(Shown { body, deaf: true })
    }
}
