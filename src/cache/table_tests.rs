//! Look-up, shadowing, deadlines and limits against a plain model, with made-up time.

use super::*;
use proptest::prelude::*;

fn key(name: u8) -> Key {
    Key([name; 32])
}

fn make(cache: &mut Cache, session: &SessionEntries, name: u8, idle: u32, now: u64) -> u32 {
    let draft = Draft { key: key(name), pdu: None, session_based: name % 2 == 1, idle };
    let index = cache.prepare(draft, session).unwrap();
    cache.link(index, session, now).unwrap();
    index
}

fn end(cache: &mut Cache, index: u32) {
    cache.unlink(index);
    assert!(cache.release(index).is_null());
}

#[test]
fn an_empty_cache_has_nothing_to_say() {
    let mut cache = Cache::default();
    assert_eq!((cache.find(&key(1), 5), cache.first_deadline(), cache.count()), (None, None, 0));
}

#[test]
fn the_newest_hides_the_older_and_each_comes_back() {
    let (mut cache, session) = (Cache::default(), SessionEntries::default());
    let entries: Vec<u32> = (0..4).map(|_| make(&mut cache, &session, 7, 0, 0)).collect();
    assert_eq!(cache.find(&key(7), 0), Some(entries[3]));
    end(&mut cache, entries[1]);
    assert_eq!(cache.find(&key(7), 0), Some(entries[3]));
    end(&mut cache, entries[3]);
    assert_eq!(cache.find(&key(7), 0), Some(entries[2]));
    end(&mut cache, entries[2]);
    assert_eq!(cache.find(&key(7), 0), Some(entries[0]));
    end(&mut cache, entries[0]);
    assert_eq!(cache.find(&key(7), 0), None);
}

#[test]
fn use_starts_the_idle_time_again() {
    let (mut cache, session) = (Cache::default(), SessionEntries::default());
    let a = make(&mut cache, &session, 1, 10, 0);
    let b = make(&mut cache, &session, 2, 12, 0);
    make(&mut cache, &session, 3, 0, 0);
    assert_eq!(cache.first_deadline(), Some((10_000, a)));
    cache.find(&key(1), 5_000);
    assert_eq!(cache.first_deadline(), Some((12_000, b)));
    assert_eq!((cache.first_due(11_999), cache.first_due(12_000)), (None, Some(b)));
    end(&mut cache, b);
    assert_eq!((cache.first_due(14_999), cache.first_due(15_000)), (None, Some(a)));
    end(&mut cache, a);
    assert_eq!(cache.first_due(u64::MAX), None);
}

#[test]
fn equal_deadlines_come_in_order_of_creation() {
    let (mut cache, session) = (Cache::default(), SessionEntries::default());
    let a = make(&mut cache, &session, 1, 10, 0);
    let b = make(&mut cache, &session, 2, 9, 1_000);
    let c = make(&mut cache, &session, 3, 8, 2_000);
    cache.find(&key(2), 1_000);
    for expected in [a, b, c] {
        assert_eq!(cache.first_due(10_000), Some(expected));
        end(&mut cache, expected);
    }
}

#[test]
fn clocks_may_jump_and_deadlines_saturate() {
    let (mut cache, session) = (Cache::default(), SessionEntries::default());
    make(&mut cache, &session, 1, u32::MAX, u64::MAX - 1);
    assert_eq!((cache.first_deadline(), cache.first_due(u64::MAX)), (None, None));
    let b = make(&mut cache, &session, 2, 5, 100_000);
    assert_eq!(cache.first_due(0), None);
    let c = make(&mut cache, &session, 3, 6, 100_000);
    cache.find(&key(3), 3);
    assert_eq!(cache.first_deadline(), Some((6_003, c)));
    cache.find(&key(2), 4);
    assert_eq!(cache.first_deadline(), Some((5_004, b)));
}

#[test]
fn records_of_ended_sessions_are_used_again() {
    let mut cache = Cache::default();
    for round in 0..100 {
        let sessions = [SessionEntries::default(), SessionEntries::default()];
        let kept = make(&mut cache, &sessions[0], 2, 0, round);
        let ended = make(&mut cache, &sessions[0], 1, 0, round);
        make(&mut cache, &sessions[1], 4, 0, round);
        for session in &sessions {
            cache.close_session(session);
            loop {
                match cache.next_of_closed(session) {
                    NONE => break,
                    index => {
                        assert_eq!(index, ended);
                        end(&mut cache, index);
                    }
                }
            }
        }
        assert_eq!(cache.slab.get(kept).owner.get(), NONE);
        assert_eq!(cache.owners.len(), 2);
    }
    assert_eq!(cache.count(), 200);
}

#[test]
fn an_ended_session_makes_no_session_based_entries() {
    let (mut cache, session) = (Cache::default(), SessionEntries::default());
    cache.close_session(&session);
    let draft = |session_based| Draft { key: key(1), pdu: None, session_based, idle: 0 };
    assert_eq!(cache.prepare(draft(true), &session), None);
    let index = cache.prepare(draft(false), &session).unwrap();
    cache.link(index, &session, 0).unwrap();
    assert_eq!(cache.slab.get(index).owner.get(), NONE);
    cache.close();
    assert_eq!(cache.prepare(draft(false), &SessionEntries::default()), None);
}

#[test]
fn a_flood_leaves_little_behind() {
    let (mut cache, session) = (Cache::default(), SessionEntries::default());
    let entries: Vec<u32> = (0..5000).map(|_| make(&mut cache, &session, 1, 1, 0)).collect();
    for &index in &entries {
        end(&mut cache, index);
    }
    for i in 0..5000u32 {
        let mut name = [0; 32];
        name[..4].copy_from_slice(&i.to_ne_bytes());
        let index =
            cache.prepare(Draft { key: Key(name), pdu: None, session_based: false, idle: 9 }, &session).unwrap();
        cache.link(index, &session, 0).unwrap();
    }
    while cache.first() != NONE {
        let first = cache.first();
        end(&mut cache, first);
    }
    assert_eq!(cache.newest.capacity(), 0);
    assert!(cache.first_deadline().is_none());
}

/// What a cache does, said in the simplest way.
#[derive(Clone, Debug)]
struct Model {
    index: u32,
    name: u8,
    session: usize,
    order: u64,
    idle: u32,
    last_use: u64,
    /// Exact order of use.
    used: u64,
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn behaves_like_a_list(
        limited in any::<bool>(),
        steps in prop::collection::vec((0u8..6, 0u8..8, 0usize..3, 0u32..4, -50i64..1500), 0..120),
    ) {
        let mut cache = Cache::default();
        if limited {
            cache.set_limits(Limits { entries: 1000, per_session: 0 });
        }
        let mut sessions: Vec<SessionEntries> = (0..3).map(|_| SessionEntries::default()).collect();
        let mut model: Vec<Model> = Vec::new();
        let (mut now, mut order) = (100_000u64, 0);
        for (what, name, session, idle, passed) in steps {
            now = now.saturating_add_signed(passed);
            order += 1;
            match what {
                0 | 1 => {
                    let index = make(&mut cache, &sessions[session], name, idle, now);
                    model.push(Model { index, name, session, order, idle, last_use: now, used: order });
                }
                2 | 3 => {
                    let expected = model.iter_mut().filter(|entry| entry.name == name).max_by_key(|entry| entry.order);
                    prop_assert_eq!(cache.find(&key(name), now), expected.as_ref().map(|entry| entry.index));
                    if let Some(entry) = expected {
                        entry.last_use = now;
                        entry.used = order;
                    }
                }
                4 if !model.is_empty() => {
                    let gone = model.remove(usize::from(name) % model.len());
                    end(&mut cache, gone.index);
                }
                5 if name == 0 => {
                    cache.close_session(&sessions[session]);
                    let mut expected: Vec<&Model> =
                        model.iter().filter(|entry| entry.session == session && entry.name % 2 == 1).collect();
                    expected.sort_by_key(|entry| entry.order);
                    for entry in expected {
                        prop_assert_eq!(cache.next_of_closed(&sessions[session]), entry.index);
                        end(&mut cache, entry.index);
                    }
                    prop_assert_eq!(cache.next_of_closed(&sessions[session]), NONE);
                    model.retain(|entry| entry.session != session || entry.name % 2 == 0);
                    for entry in model.iter_mut().filter(|entry| entry.session == session) {
                        entry.session = usize::MAX;
                    }
                    sessions[session] = SessionEntries::default();
                }
                _ => {
                    if let Some(index) = cache.first_due(now) {
                        let due = |entry: &&Model| entry.idle > 0 && entry.last_use + 1000 * u64::from(entry.idle) <= now;
                        let expected = model.iter().filter(due)
                            .min_by_key(|entry| (entry.last_use + 1000 * u64::from(entry.idle), entry.order));
                        prop_assert_eq!(Some(index), expected.map(|entry| entry.index));
                        end(&mut cache, index);
                        model.retain(|entry| entry.index != index);
                    }
                }
            }
            prop_assert_eq!(cache.count(), model.len());
            let deadline = model.iter().filter(|entry| entry.idle > 0)
                .map(|entry| (entry.last_use + 1000 * u64::from(entry.idle), entry.order)).min();
            prop_assert_eq!(cache.first_deadline().map(|(at, _)| at), deadline.map(|(at, _)| at));
            if limited {
                let idlest = model.iter().min_by_key(|entry| entry.used).map_or(NONE, |entry| entry.index);
                prop_assert_eq!(cache.first(), idlest);
                for (number, session) in sessions.iter().enumerate() {
                    let own = model.iter().filter(|entry| entry.session == number);
                    let idlest = own.min_by_key(|entry| entry.used).map_or(NONE, |entry| entry.index);
                    prop_assert_eq!(cache.idlest_of(session), idlest);
                }
            }
        }
        cache.close();
        model.sort_by_key(|entry| entry.order);
        for entry in model {
            prop_assert_eq!(cache.first(), entry.index);
            end(&mut cache, entry.index);
        }
    }
}
