//! The uploads of one session: which one a fragment belongs to, and what is to be done with it (block chapter, 7.2).

#![forbid(unsafe_code)]

use super::assembly::{Assembly, Body, Fragment, Refusal};
use super::identity::{distinguishes_uploads, Identity};
use crate::abi::coap_tick_t;
use crate::exchange::limits::UPLOADS_PER_SESSION;
use crate::message::code;
use crate::message::option::{Opt, Options};

/// What is to be done with a request that has a Block1 option.
pub enum Step {
    /// The handler gets this message's payload as a body of its own.
    Whole,
    /// The handler gets the payload as the part of a body that it is. `echo`: the fragment belongs to an upload and more
    /// follows, so Block1 goes into the response, and success becomes 2.31. `alone`: it belongs to none (random access).
    Part {
        /// Where the payload begins in the body.
        offset: usize,
        /// Length of the whole body, as far as known.
        total: usize,
        /// See above.
        echo: bool,
        /// See above.
        alone: bool,
    },
    /// The handler gets the body.
    Complete(Body),
    /// Answer with this code and Block1; no handler.
    Answer(u8),
    /// Nothing to be said yet: parts before the last block are missing.
    Wait,
    /// Answer with the error; no handler.
    Refuse(Refusal),
}

/// How fragments are treated.
#[derive(Clone, Copy)]
pub struct Rules {
    /// The library re-assembles (mode 3).
    pub single_body: bool,
    /// Longest body to re-assemble.
    pub max_body: usize,
}

struct Upload {
    identity: Identity,
    assembly: Assembly,
    last_use: coap_tick_t,
}

/// The uploads under way, [`UPLOADS_PER_SESSION`] at most; the one used last is at the end.
#[derive(Default)]
pub struct Uploads {
    list: Vec<Upload>,
}

/// The options of a request that tell its upload from others.
fn identifying(options: Options<'_>) -> impl Iterator<Item = Opt<'_>> + Clone {
    options.filter(|option| distinguishes_uploads(option.number))
}

impl Uploads {
    fn find(&self, method: u8, options: Options<'_>) -> Option<usize> {
        self.list.iter().position(|upload| upload.identity.is(method, identifying(options.clone())))
    }

    /// Takes in a fragment of a request with this method and these options, at `now`.
    pub fn receive(
        &mut self,
        method: u8,
        options: Options<'_>,
        fragment: &Fragment,
        rules: Rules,
        now: coap_tick_t,
    ) -> Step {
        let mut found = self.find(method, options.clone());
        if fragment.block.num == 0 {
            if let Some(old) = found.take() {
                if fragment.block.m && self.list[old].assembly.began_with(fragment) {
                    return Step::Answer(self.use_at(old, now).assembly.first_answer());
                }
                self.list.remove(old);
            }
            if !fragment.block.m {
                return Step::Whole;
            }
            found = self.begin(method, options, fragment, now);
            if found.is_none() {
                return Step::Refuse(Refusal::NoMemory);
            }
        }
        let Some(place) = found else {
            return Step::Part { offset: fragment.start, total: fragment.total(0), echo: false, alone: true };
        };
        match rules.single_body {
            true => self.store(place, fragment, rules.max_body, now),
            false => self.pass_on(place, fragment, now),
        }
    }

    fn begin(&mut self, method: u8, options: Options<'_>, first: &Fragment, now: coap_tick_t) -> Option<usize> {
        let identity = Identity::new(method, identifying(options))?;
        self.list.try_reserve(1).ok()?;
        if self.list.len() >= UPLOADS_PER_SESSION {
            self.drop_oldest();
        }
        self.list.push(Upload { identity, assembly: Assembly::begin(first), last_use: now });
        Some(self.list.len() - 1)
    }

    /// Notes that an upload is used, which moves it to the end.
    fn use_at(&mut self, place: usize, now: coap_tick_t) -> &mut Upload {
        self.list[place..].rotate_left(1);
        let last = self.list.len() - 1;
        self.list[last].last_use = now;
        &mut self.list[last]
    }

    /// Mode 3: the library re-assembles.
    fn store(&mut self, place: usize, fragment: &Fragment, max_body: usize, now: coap_tick_t) -> Step {
        let upload = self.use_at(place, now);
        let stored = upload.assembly.check(fragment).and_then(|()| upload.assembly.store(fragment, max_body));
        match stored {
            Ok(true) => self.list.pop().map_or(Step::Wait, |upload| Step::Complete(upload.assembly.into_body())),
            Ok(false) if fragment.block.m => Step::Answer(code::CONTINUE),
            Ok(false) => Step::Wait,
            Err(refusal) => {
                self.list.pop();
                Step::Refuse(refusal)
            }
        }
    }

    /// Mode 1: the application re-assembles.
    fn pass_on(&mut self, place: usize, fragment: &Fragment, now: coap_tick_t) -> Step {
        let upload = self.use_at(place, now);
        if let Err(refusal) = upload.assembly.check(fragment) {
            self.list.pop();
            return Step::Refuse(refusal);
        }
        let total = fragment.total(upload.assembly.size1());
        let step = Step::Part { offset: fragment.start, total, echo: fragment.block.m, alone: false };
        if !fragment.block.m {
            self.list.pop();
        }
        step
    }

    /// Drops the upload of a request, if there is one: a new one was to begin, but can't.
    pub fn forget(&mut self, method: u8, options: Options<'_>) {
        if let Some(place) = self.find(method, options) {
            self.list.remove(place);
        }
    }

    /// Notes how the handler answered a fragment, to say the same again when it is an upload's first and comes again.
    pub fn note_answer(&mut self, method: u8, options: Options<'_>, fragment: &Fragment, code: u8) {
        if fragment.block.num != 0 {
            return;
        }
        if let Some(place) = self.find(method, options) {
            let assembly = &mut self.list[place].assembly;
            if assembly.began_with(fragment) {
                assembly.set_first_answer(code);
            }
        }
    }

    /// How many uploads are under way.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether no upload is under way.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// When the upload that is idle longest was used last.
    pub fn oldest_use(&self) -> Option<coap_tick_t> {
        self.list.iter().map(|upload| upload.last_use).min()
    }

    /// Drops the upload that is idle longest.
    pub fn drop_oldest(&mut self) {
        if !self.list.is_empty() {
            self.list.remove(0);
        }
    }

    /// Drops the uploads that have not been used for `lifetime` at `now`.
    pub fn expire(&mut self, lifetime: coap_tick_t, now: coap_tick_t) {
        self.list.retain(|upload| upload.last_use.saturating_add(lifetime) > now);
    }
}

#[cfg(test)]
#[path = "uploads_tests.rs"]
mod tests;
