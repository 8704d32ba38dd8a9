// All resources, sessions and contexts are made here, and live until they are given back.
#![allow(clippy::undocumented_unsafe_blocks)]

use super::super::rhythm::Rhythm;
use super::super::subscription::Asked;
use super::*;
use crate::abi::*;
use crate::base::keep::Keepable;
use crate::block::identity::Short;
use crate::exchange::testing::{context, session};
use crate::resource;

fn resource(context: &Context, path: &str) -> Kept<Resource> {
    let path = coap_str_const_t { length: path.len(), s: path.as_ptr() };
    let made = unsafe { Resource::new(Some(NonNull::from(&path)), 0) }.unwrap();
    resource::add(context, &made);
    made
}

fn observe(context: &Context, resource: &Resource, session: &Session, token: u64) -> Option<()> {
    let asked = Asked::new(None, 1).unwrap();
    let new = Subscription::new(resource, session, Short::integer(token), asked, None, 0);
    add(context, resource, session, new)
}

fn tokens(resource: &Resource) -> Vec<Vec<u8>> {
    let observers = &resource.observers;
    let mut found = Vec::new();
    let mut next = observers.first();
    while let Some(known) = next {
        found.push(known.token.bytes().to_vec());
        next = observers.after(&known);
    }
    found
}

/// Both lists against a model, while observations come and go; R20: they are found through the session.
#[test]
fn r20_lists() {
    let context = context();
    let sessions = [session(&context), session(&context), session(&context)];
    let resources = [resource(&context, "a"), resource(&context, "b")];
    let mut model: Vec<(usize, usize, u64)> = Vec::new();
    let mut seed = 1u64;
    let mut random = move |below: u64| {
        seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (seed >> 33) % below
    };
    for token in 0..2000 {
        if random(5) < 3 && model.len() < 60 || model.is_empty() {
            let (r, s) = (random(2) as usize, random(3) as usize);
            observe(&context, &resources[r], &sessions[s], token).unwrap();
            model.push((r, s, token));
        } else {
            let (r, s, token) = model.remove(random(model.len() as u64) as usize);
            let wanted = Short::integer(token);
            let of = sessions[s].observations();
            let known = of.find(|known| known.is_of(&resources[r]) && known.token == wanted).unwrap();
            assert!(take(&context, &known).is_some());
            assert!(known.is_gone() && take(&context, &known).is_none());
        }
        for (r, resource) in resources.iter().enumerate() {
            let wanted: Vec<_> =
                model.iter().rev().filter(|m| m.0 == r).map(|m| Short::integer(m.2).bytes().to_vec()).collect();
            assert_eq!(tokens(resource), wanted);
            assert_eq!(resource.observers.count(), wanted.len());
            assert_eq!(resource.observers.place.get() == NOWHERE, wanted.is_empty());
        }
        for (s, session) in sessions.iter().enumerate() {
            let count = model.iter().filter(|m| m.1 == s).count();
            assert_eq!(session.observations().count(), count);
            assert_eq!(session.c.r#ref.get() as usize, 1 + count);
        }
        assert_eq!(context.observations.count.get(), model.len());
    }
    for session in &sessions {
        super::super::drop_session(&context, session);
        assert_eq!((session.c.r#ref.get(), session.observations().count()), (1, 0));
        session.release();
    }
    assert_eq!(context.observations.next_deadline(), None);
    assert!(context.observations.resources.borrow().is_empty());
    context.free();
}

/// Marked resources come in the order of adding; those marked by a pass behind it come with the next.
#[test]
fn order_of_visits() {
    let context = context();
    let session = session(&context);
    let resources: Vec<_> = (0..5).map(|i| resource(&context, &i.to_string())).collect();
    for (i, resource) in resources.iter().enumerate() {
        observe(&context, resource, &session, i as u64).unwrap();
    }
    let table = &context.observations;
    for i in [3, 1, 2] {
        table.mark(&resources[i]);
    }
    let (pass, around) = table.begin_pass();
    let mut visits = Vec::new();
    while let Some(visited) = table.next_resource(pass) {
        let number = visited.sequence() - 1;
        visits.push(number);
        if number == 2 {
            [4, 0, 2, 1].iter().for_each(|&i: &usize| table.mark(&resources[i]));
        }
    }
    table.end_pass(around);
    assert_eq!(visits, [1, 2, 3, 4]);
    let (pass, around) = table.begin_pass();
    let rest: Vec<_> =
        core::iter::from_fn(|| table.next_resource(pass)).map(|resource| resource.sequence() - 1).collect();
    table.end_pass(around);
    assert_eq!(rest, [0, 1, 2]);
    session.release();
    context.free();
}

#[test]
fn x27_per_context() {
    let context = context();
    let (session, resource) = (session(&context), resource(&context, "a"));
    let table = &context.observations;
    assert!(table.has_room(&resource, &session, 0));
    table.count.set(OBSERVATIONS_PER_CONTEXT - 1);
    assert!(table.has_room(&resource, &session, 0));
    table.count.set(OBSERVATIONS_PER_CONTEXT);
    assert!(!table.has_room(&resource, &session, 0));
    table.count.set(0);
    // One line a second.
    assert!(table.may_tell(5000) && !table.may_tell(5999) && table.may_tell(6000));
    session.release();
    context.free();
}

#[test]
fn the_counter_has_24_bits() {
    let observers = Observers::default();
    assert_eq!(observers.counter(), 0);
    observers.counter.set(0xff_fffe);
    observers.count_up();
    assert_eq!(observers.counter(), 0xff_ffff);
    observers.count_up();
    assert_eq!(observers.counter(), 0);
}

/// What a session is owed is tried at the time that is asked for, or earlier, and once.
#[test]
fn trying_again() {
    let context = context();
    let (session, resource) = (session(&context), resource(&context, "a"));
    let table = &context.observations;
    table.try_at(&session, 5);
    assert_eq!(table.next_deadline(), None); // it observes nothing
    observe(&context, &resource, &session, 1).unwrap();
    assert_eq!(table.next_deadline(), None);
    table.try_at(&session, 50);
    table.try_at(&session, 60);
    assert_eq!(table.next_deadline(), Some(50));
    assert!(table.next_session(49).is_none());
    assert!(table.next_session(50).is_some());
    assert!(table.next_session(u64::MAX - 1).is_none());
    let known = session.observations().find(|_| true).unwrap();
    known.rhythm.set(Rhythm::new(0));
    table.try_at(&session, 70);
    drop(take(&context, &known));
    assert_eq!(table.next_deadline(), None);
    session.release();
    context.free();
}
