//! Serving a request: which handler gets it, and the answers made without one (docs/spec/exchange.md, section 6).

use super::{error, reply, Context, Session};
use crate::abi::*;
use crate::base::keep::{Keepable, Kept};
use crate::base::log::LOG_WARNING;
use crate::base::uri::split::{self, Accept, Uri};
use crate::block::Exchange;
use crate::log;
use crate::message::code;
use crate::message::pdu::OwnedPdu;
use crate::message::uri_text::{self, Text};
use crate::resource::{self, observe, Resource};
use core::ptr::null_mut;

const WELL_KNOWN: &[u8] = b".well-known/core";

/// Whom a request is for.
enum Target {
    /// This server.
    Here,
    /// This server, by one of the names of the proxy resource.
    HereByName,
    /// Another server: the proxy resource handles it.
    Elsewhere(Kept<Resource>),
}

/// What is done with a request.
enum Verdict {
    /// A handler is called.
    Handle(Kept<Resource>),
    /// The built-in discovery answers.
    Discover,
    /// This code answers, with its phrase.
    Answer(u8),
}

/// Serves one request. Without memory it stays unanswered.
pub fn serve(context: &Context, session: &Session, request: &coap_pdu_t, now: coap_tick_t) {
    if try_to_serve(context, session, request, now).is_none() {
        // Nothing was done for it yet, so its next transmission is not a duplicate.
        session.with_recent(|recent| recent.forget(session.received_id(request.mid.get())));
        log!(LOG_WARNING, "no memory to answer a request");
    }
}

/// As [`serve`]; `None` without memory, before any handler was called.
fn try_to_serve(context: &Context, session: &Session, request: &coap_pdu_t, now: coap_tick_t) -> Option<()> {
    let response = match judge(context, request)? {
        Verdict::Handle(resource) => return handle(context, session, &resource, request, now),
        Verdict::Discover => resource::wellknown::response(context, session, request),
        Verdict::Answer(code) => error::response(request, code, None),
    };
    reply::send(session, request, response?);
    Some(())
}

/// Steps 1 to 4 of section 6.1; `None` without memory.
fn judge(context: &Context, request: &coap_pdu_t) -> Option<Verdict> {
    let method = request.code.get();
    let target = match target(context, request) {
        Ok(target) => target,
        Err(code) => return Some(Verdict::Answer(code)),
    };
    if !matches!(target, Target::HereByName) {
        if let Some(limit) = request.option(COAP_OPTION_HOP_LIMIT) {
            match limit.first() {
                None | Some(0) => return Some(Verdict::Answer(code::BAD_REQUEST)),
                Some(1) => return Some(Verdict::Answer(code::HOP_LIMIT_REACHED)),
                Some(&limit) => _ = request.update_option(COAP_OPTION_HOP_LIMIT, &[limit - 1]),
            }
        }
    }
    let path = match target {
        Target::Elsewhere(proxy) => return Some(Verdict::Handle(proxy)),
        Target::Here => uri_text::path(request)?,
        // The path of the Proxy-Uri, if it has one (E10).
        Target::HereByName => {
            let path = request.option(COAP_OPTION_PROXY_URI).and_then(split_proxy).and_then(|uri| uri.path);
            return match path {
                Some(path) => Some(look_up(context, method, path)),
                None => Some(look_up(context, method, &uri_text::path(request)?)),
            };
        }
    };
    Some(look_up(context, method, &path))
}

/// Steps 3 and 4: the resource at a path, or what stands in for it.
fn look_up(context: &Context, method: u8, path: &[u8]) -> Verdict {
    let Some(resource) = resource::find(context, path) else {
        if path == WELL_KNOWN {
            return if method == code::GET { Verdict::Discover } else { Verdict::Answer(code::METHOD_NOT_ALLOWED) };
        }
        let unknown = resource::unknown(context).filter(|unknown| unknown.handler(method).is_some());
        return match unknown {
            Some(unknown) => Verdict::Handle(unknown),
            None if method == code::DELETE => Verdict::Answer(code::DELETED),
            None => Verdict::Answer(code::NOT_FOUND),
        };
    };
    match resource.handler(method) {
        Some(_) => Verdict::Handle(resource),
        None if path == WELL_KNOWN => Verdict::Discover,
        None => Verdict::Answer(code::METHOD_NOT_ALLOWED),
    }
}

/// A Proxy-Uri taken apart.
fn split_proxy(uri: &[u8]) -> Option<Uri<'_>> {
    let (uri, result) = split::split(uri, Accept::Proxy);
    result.ok().map(|()| uri)
}

/// Step 1: whom the request is for, or the code that refuses it.
fn target(context: &Context, request: &coap_pdu_t) -> Result<Target, u8> {
    const NOT_SUPPORTED: u8 = code::PROXYING_NOT_SUPPORTED;
    let uri = request.option(COAP_OPTION_PROXY_URI);
    if uri.is_none() && request.option(COAP_OPTION_PROXY_SCHEME).is_none() {
        return Ok(Target::Here);
    }
    let method = request.code.get();
    let proxy = resource::proxy(context).ok_or(NOT_SUPPORTED)?;
    if method <= code::IPATCH && proxy.handler(method).is_none() {
        return Err(NOT_SUPPORTED);
    }
    let host = match uri {
        Some(uri) => split_proxy(uri).ok_or(NOT_SUPPORTED)?.host,
        None => request.option(COAP_OPTION_URI_HOST),
    };
    match host {
        Some(host) if !host.is_empty() && proxy.is_proxy_name(host) => Ok(Target::HereByName),
        _ if proxy.handler(method).is_none() => Err(code::METHOD_NOT_ALLOWED),
        _ => Ok(Target::Elsewhere(proxy)),
    }
}

/// Sections 6.2 and 6.3: calls the handler and sends what it made of the response. `None` without memory to call it.
fn handle(
    context: &Context,
    session: &Session,
    resource: &Kept<Resource>,
    request: &coap_pdu_t,
    now: coap_tick_t,
) -> Option<()> {
    let kind = request.response_type();
    let response = OwnedPdu::new(kind, 0, request.mid.get(), session.max_pdu_size())?;
    // The handler gets a token of its own: the request's bytes may move under it.
    let mut token = [0; 8];
    let length = request.token_bytes().len().min(token.len());
    token[..length].copy_from_slice(&request.token_bytes()[..length]);
    if !response.add_token(&token[..length]) {
        return None;
    }
    let mut token = coap_binary_t { length, s: token.as_mut_ptr() };
    let mut query = uri_text::query(request)?;
    let mut query = query.as_mut().map(Text::as_string);
    let query = query.as_mut().map_or(null_mut(), |query| query as *mut coap_string_t);
    let handler = resource.handler(request.code.get());
    let token = &mut token;
    let exchange = Exchange { context, session, resource, handler, request, response: &response, query, token, now };
    // SAFETY: token, query and messages live until this function returns.
    unsafe { exchange.serve() };
    if !session.is_ended() && !context.is_gone() {
        observe::conclude(context, session, resource, request, &response);
        reply::send(session, request, response);
    }
    Some(())
}
