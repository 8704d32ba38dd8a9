//! A request on its way to the handler: Block1 first, then the bodies that are being served, then the handler itself
//! (block chapter, 7.1).

use super::assembly::{Body, Fragment, Refusal};
use super::identity::Short;
use super::option::Block;
use super::response::fail;
use super::snapshot::Served;
use super::transfers::{response_is_complete, snapshot_for, touch, with_uploads};
use super::uploads::{Rules, Step};
use super::view;
use crate::abi::*;
use crate::base::keep::{Keepable, Kept};
use crate::base::log::{LOG_INFO, LOG_NOTICE, LOG_WARNING};
use crate::base::memory;
use crate::base::varint;
use crate::exchange::{Context, Session};
use crate::log;
use crate::message::code;
use crate::resource::{observe, Resource};
use core::ptr::null;

/// A request and everything that belongs to it.
pub struct Exchange<'a> {
    /// The context.
    pub context: &'a Context,
    /// The session that the request came through.
    pub session: &'a Session,
    /// The resource that it is for.
    pub resource: &'a Kept<Resource>,
    /// The handler for its method.
    pub handler: coap_method_handler_t,
    /// The request.
    pub request: &'a coap_pdu_t,
    /// The response to be filled.
    pub response: &'a coap_pdu_t,
    /// Uri-Query, joined; null if absent.
    pub query: *mut coap_string_t,
    /// The request's token.
    pub token: *mut coap_binary_t,
    /// Now.
    pub now: coap_tick_t,
}

impl Exchange<'_> {
    /// Serves the request: by what is kept of large bodies, or by the handler.
    ///
    /// # Safety
    /// `handler` is the application's, `query` is null or a live string, `token` is what the handler takes; both stay
    /// until this returns.
    pub unsafe fn serve(&self) {
        // SAFETY: all by the caller's word.
        unsafe {
            if !self.has_mode(COAP_BLOCK_USE_LIBCOAP) {
                self.heed_observe();
                return self.call_handler();
            }
            let length = self.request.payload().map_or(0, <[u8]>::len);
            self.request.body_offset.set(0);
            self.request.body_total.set(length);
            let block1 = Block::of(self.request, COAP_OPTION_BLOCK1);
            let is_done = block1.is_some_and(|block| self.take_fragment(block));
            if is_done {
                return;
            }
            self.heed_observe();
            if !self.serve_snapshot() {
                self.call_handler();
            }
        }
    }

    /// Does what the request says about an observation: once its body is complete, and not for each fragment (K19).
    ///
    /// # Safety
    /// As for [`serve`](Self::serve).
    unsafe fn heed_observe(&self) {
        let more = Block::of(self.request, COAP_OPTION_BLOCK1).is_some_and(|block| block.m);
        if !more {
            // SAFETY: handed on to the caller.
            let query = unsafe { self.query_bytes() };
            observe::heed(self.context, self.session, self.resource, self.request, query, self.now);
        }
    }

    /// Uri-Query, joined; `None` if absent.
    ///
    /// # Safety
    /// As for [`serve`](Self::serve).
    unsafe fn query_bytes(&self) -> Option<&[u8]> {
        // SAFETY: null or live by the caller's word.
        let query = unsafe { self.query.as_ref() }?;
        // SAFETY: as above.
        unsafe { memory::bytes(query.s, query.length) }
    }

    fn has_mode(&self, bit: u8) -> bool {
        self.session.c.block_mode.get() & bit != 0
    }

    /// Calls the handler. Afterwards session and resource may be gone.
    ///
    /// # Safety
    /// As for [`serve`](Self::serve).
    unsafe fn call_handler(&self) {
        let pointer = |pdu: &coap_pdu_t| (pdu as *const coap_pdu_t).cast_mut();
        let (context, session, resource) = (self.context.as_ptr(), self.session.as_ptr(), self.resource.as_ptr());
        let (request, response) = (pointer(self.request), pointer(self.response));
        if let Some(handler) = self.handler {
            // SAFETY: the application's function; all objects are live, and nothing of them is borrowed.
            unsafe { handler(context, resource, session, request, self.token, self.query, response) }
        }
        if !self.session.is_gone() {
            response_is_complete(self.session, self.response);
        }
    }

    /// Answers a request for a later block from the body that is kept (7.4); false if there is none.
    ///
    /// # Safety
    /// As for [`serve`](Self::serve).
    unsafe fn serve_snapshot(&self) -> bool {
        let asked = Block::asked_for(self.request, self.session.is_reliable()).filter(|block| block.num > 0);
        let Some(block) = asked else { return false };
        // SAFETY: handed on to the caller.
        let query = unsafe { self.query_bytes() }.unwrap_or_default();
        let Some(snapshot) = snapshot_for(self.session, self.resource.id, self.request, query) else { return false };
        let lifetime = match snapshot.serve(block, self.request, self.response, self.now) {
            Served::Last => self.session.ack_timeout_ms().saturating_mul(4),
            Served::Other => self.session.exchange_lifetime(),
        };
        touch(self.context, self.session, &snapshot, lifetime, self.now);
        true
    }

    /// Takes in a request with Block1 (7.2); false if the request goes on as one without.
    ///
    /// # Safety
    /// As for [`serve`](Self::serve).
    unsafe fn take_fragment(&self, block: Block) -> bool {
        // SAFETY: handed on to the caller.
        unsafe {
            match self.step(block) {
                Step::Whole => return false,
                Step::Part { offset, total, echo, alone } => {
                    self.request.body_offset.set(offset);
                    self.request.body_total.set(total);
                    self.pass_on(block, echo, alone);
                }
                Step::Complete(body) => self.deliver(body),
                Step::Answer(code) => {
                    self.response.code.set(code);
                    self.echo(block);
                }
                Step::Wait => (),
                Step::Refuse(refusal) => self.refuse(refusal),
            }
        }
        true
    }

    /// What is to be done with a fragment.
    fn step(&self, block: Block) -> Step {
        let rules =
            Rules { single_body: self.has_mode(COAP_BLOCK_SINGLE_BODY), max_body: self.context.transfers.max_body() };
        let (method, options) = (self.request.code.get(), self.request.options());
        with_uploads(self.context, self.session, self.now, |uploads| match self.fragment(block) {
            Ok(fragment) => uploads.receive(method, options, &fragment, rules, self.now),
            Err(refusal) => {
                if block.num == 0 {
                    uploads.forget(method, options);
                }
                Step::Refuse(refusal)
            }
        })
        .unwrap_or(Step::Refuse(Refusal::NoMemory))
    }

    fn fragment(&self, block: Block) -> Result<Fragment<'_>, Refusal> {
        let request = self.request;
        let integer = |number| varint::decode(request.option(number).unwrap_or_default());
        let is_reliable = self.session.is_reliable();
        let fragment = Fragment::new(block, request.payload().unwrap_or_default(), is_reliable)?;
        Ok(Fragment {
            content_format: integer(COAP_OPTION_CONTENT_FORMAT),
            size1: integer(COAP_OPTION_SIZE1) as usize,
            observe: request.option(COAP_OPTION_OBSERVE).and_then(Short::new),
            // Nothing is sent twice on a stream, and all message ids are 0.
            sent_as: match is_reliable {
                true => None,
                false => Short::new(request.token_bytes()).map(|token| (request.mid.get(), token)),
            },
            ..fragment
        })
    }

    fn echo(&self, block: Block) {
        self.response.add_uint_option(COAP_OPTION_BLOCK1, block.value().into());
    }

    /// Gives the handler one fragment of a body that the application re-assembles, or that begins nowhere. Where it
    /// belongs is in the request already.
    ///
    /// # Safety
    /// As for [`serve`](Self::serve).
    unsafe fn pass_on(&self, block: Block, echo: bool, alone: bool) {
        let request = self.request;
        if let (true, Some(payload)) = (alone, request.payload()) {
            request.body_data.set(payload.as_ptr());
            request.body_length.set(payload.len());
        }
        if echo {
            self.echo(block);
        }
        // SAFETY: handed on to the caller.
        unsafe {
            self.heed_observe();
            self.call_handler();
        }
        request.body_data.set(null());
        request.body_length.set(0);
        if !echo {
            return;
        }
        if self.response.code.get() >> 5 == 2 {
            self.response.code.set(code::CONTINUE);
        }
        if let (false, Ok(fragment)) = (self.session.is_gone(), self.fragment(block)) {
            let (method, options) = (request.code.get(), request.options());
            let code = self.response.code.get();
            with_uploads(self.context, self.session, self.now, |uploads| {
                uploads.note_answer(method, options, &fragment, code);
            });
        }
    }

    /// Gives the handler a whole body.
    ///
    /// # Safety
    /// As for [`serve`](Self::serve).
    unsafe fn deliver(&self, body: Body) {
        let request = self.request;
        while request.remove_option(COAP_OPTION_BLOCK1) {}
        if let Some(observe) = body.observe {
            request.update_option(COAP_OPTION_OBSERVE, observe.bytes());
        }
        let (bytes, _) = body.bytes.as_slices();
        request.body_data.set(bytes.as_ptr());
        request.body_length.set(bytes.len());
        request.body_offset.set(0);
        request.body_total.set(bytes.len());
        view::show("request for the application, server", request);
        // The log may have ended what the handler is to get.
        if self.resource.is_gone() {
            fail(self.response, code::NOT_FOUND);
        } else if !self.session.is_ended() && !self.context.is_gone() {
            // SAFETY: handed on to the caller.
            unsafe {
                self.heed_observe();
                self.call_handler();
            }
        }
        request.body_data.set(null());
        request.body_length.set(0);
        request.body_total.set(0);
    }

    fn refuse(&self, refusal: Refusal) {
        let say = |code: u8, text: &[u8]| {
            self.response.code.set(code);
            self.response.add_data(text);
        };
        match refusal {
            Refusal::Malformed => {
                fail(self.response, code::BAD_REQUEST);
                log!(LOG_INFO, "a fragment whose length does not agree with its Block1 option was refused");
            }
            Refusal::ContentFormat => {
                say(code::REQUEST_ENTITY_INCOMPLETE, b"Content-Format mismatch");
                log!(LOG_WARNING, "the Content-Format changed in the middle of a body");
            }
            Refusal::TooManyGaps => {
                say(code::REQUEST_ENTITY_INCOMPLETE, b"Too many missing blocks");
                self.context.event(COAP_EVENT_PARTIAL_BLOCK, Some(self.session));
            }
            Refusal::Contradiction => {
                say(code::REQUEST_ENTITY_INCOMPLETE, b"Blocks do not match");
                log!(LOG_WARNING, "fragments disagree about the end of a body");
            }
            Refusal::TooLarge => {
                self.response.code.set(code::REQUEST_ENTITY_TOO_LARGE);
                self.response.add_uint_option(COAP_OPTION_SIZE1, self.context.transfers.max_body() as u64);
                if self.context.transfers.may_tell(self.now) {
                    log!(LOG_NOTICE, "a body longer than {} bytes was refused", self.context.transfers.max_body());
                }
            }
            Refusal::NoMemory => {
                say(code::INTERNAL_SERVER_ERROR, b"Memory issue");
            }
        }
    }
}
