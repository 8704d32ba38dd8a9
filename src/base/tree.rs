//! An ordered set of items that carry their own branches: the one before a key is found, and an item filed or taken out,
//! in O(log n) and without memory of the set's own, so none of it can fail.
//!
//! A treap: by key a search tree, by weight a heap. The weight is a hash of the key's second part, so the tree is as deep
//! as one whose items came in random order, whatever the order was (Seidel and Aragon, 1996).

#![forbid(unsafe_code)]

use core::cell::Cell;

/// Where an item stands: the first number decides, then the second, which is never the same for two items.
pub type Key = (u64, u64);

/// What the set needs to know of its items. None of it changes while an item is in the set, but by the set.
pub trait Branches<T> {
    /// Where the item stands.
    fn key(&self, item: T) -> Key;
    /// Room for the branch of lower keys.
    fn lower(&self, item: T) -> &Cell<Option<T>>;
    /// Room for the branch of higher keys.
    fn higher(&self, item: T) -> &Cell<Option<T>>;
}

/// The set. Items are small handles.
pub struct Tree<T> {
    root: Cell<Option<T>>,
}

impl<T> Default for Tree<T> {
    fn default() -> Self {
        Tree { root: Cell::new(None) }
    }
}

/// A hash of a number that counts up: the finaliser of SplitMix64.
fn weight(key: Key) -> u64 {
    let x = (key.1 ^ (key.1 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

impl<T: Copy> Tree<T> {
    /// The item with the highest key below `key`.
    pub fn last_below(&self, key: Key, branches: &impl Branches<T>) -> Option<T> {
        let mut found = None;
        let mut next = self.root.get();
        while let Some(item) = next {
            if branches.key(item) < key {
                found = next;
                next = branches.higher(item).get();
            } else {
                next = branches.lower(item).get();
            }
        }
        found
    }

    /// Files an item.
    pub fn insert(&self, item: T, branches: &impl Branches<T>) {
        let key = branches.key(item);
        let mut link = &self.root;
        while let Some(here) = link.get() {
            let other = branches.key(here);
            if weight(other) < weight(key) {
                break;
            }
            link = if key < other { branches.lower(here) } else { branches.higher(here) };
        }
        // What was there goes below the new item, split in two along its key.
        let mut rest = link.replace(Some(item));
        let (mut lower, mut higher) = (branches.lower(item), branches.higher(item));
        while let Some(here) = rest {
            if branches.key(here) < key {
                lower.set(rest);
                lower = branches.higher(here);
                rest = lower.get();
            } else {
                higher.set(rest);
                higher = branches.lower(here);
                rest = higher.get();
            }
        }
        lower.set(None);
        higher.set(None);
    }

    /// Takes out an item; nothing happens if it is not in the set.
    pub fn remove(&self, item: T, branches: &impl Branches<T>) {
        let key = branches.key(item);
        let mut link = &self.root;
        loop {
            let Some(here) = link.get() else { return };
            let other = branches.key(here);
            if other == key {
                break;
            }
            link = if key < other { branches.lower(here) } else { branches.higher(here) };
        }
        let (mut lower, mut higher) = (branches.lower(item).take(), branches.higher(item).take());
        // Its two branches become one.
        while let (Some(low), Some(high)) = (lower, higher) {
            if weight(branches.key(low)) > weight(branches.key(high)) {
                link.set(lower);
                link = branches.higher(low);
                lower = link.get();
            } else {
                link.set(higher);
                link = branches.lower(high);
                higher = link.get();
            }
        }
        link.set(lower.or(higher));
    }

    /// Takes out all items, in their order; each one has left when `each` gets it.
    pub fn drain(&self, branches: &impl Branches<T>, mut each: impl FnMut(T)) {
        let mut rest = self.root.take();
        while let Some(item) = rest {
            rest = match branches.lower(item).take() {
                // What is lower comes first: it moves up, and this item below it.
                Some(low) => {
                    branches.lower(item).set(branches.higher(low).replace(Some(item)));
                    Some(low)
                }
                None => {
                    let next = branches.higher(item).take();
                    each(item);
                    next
                }
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    #[derive(Default)]
    struct Item {
        key: Cell<Key>,
        lower: Cell<Option<usize>>,
        higher: Cell<Option<usize>>,
    }

    struct Items(Vec<Item>);

    impl Items {
        fn new(count: usize) -> Items {
            Items((0..count).map(|_| Item::default()).collect())
        }
    }

    impl Branches<usize> for Items {
        fn key(&self, item: usize) -> Key {
            self.0[item].key.get()
        }
        fn lower(&self, item: usize) -> &Cell<Option<usize>> {
            &self.0[item].lower
        }
        fn higher(&self, item: usize) -> &Cell<Option<usize>> {
            &self.0[item].higher
        }
    }

    fn depth(items: &Items, item: Option<usize>) -> usize {
        let Some(item) = item else { return 0 };
        1 + depth(items, items.0[item].lower.get()).max(depth(items, items.0[item].higher.get()))
    }

    proptest! {
        #[test]
        fn behaves_like_a_sorted_map(steps in prop::collection::vec((0..3u8, 0..40usize, 0..30u64), 0..300)) {
            let (tree, items) = (Tree::default(), Items::new(40));
            let mut model = BTreeMap::new();
            for (number, (what, item, at)) in steps.into_iter().enumerate() {
                let filed = model.get(&items.key(item)) == Some(&item);
                match (what, filed) {
                    (0, _) => {
                        let expected = model.range(..(at, 0)).next_back().map(|(_, &item)| item);
                        prop_assert_eq!(tree.last_below((at, 0), &items), expected);
                    }
                    (_, true) => {
                        tree.remove(item, &items);
                        model.remove(&items.key(item));
                    }
                    (_, false) => {
                        items.0[item].key.set((at, number as u64 + 1));
                        tree.insert(item, &items);
                        model.insert(items.key(item), item);
                    }
                }
            }
            let mut order = Vec::new();
            tree.drain(&items, |item| order.push(item));
            prop_assert_eq!(order, model.into_values().collect::<Vec<_>>());
            prop_assert!(tree.root.get().is_none());
        }
    }

    #[test]
    fn is_not_deep_whatever_the_order() {
        const COUNT: usize = 10_000;
        for order in [|i: u64| i, |i: u64| 1_000_000 - i, |_: u64| 7] {
            let (tree, items) = (Tree::default(), Items::new(COUNT));
            for item in 0..COUNT {
                items.0[item].key.set((order(item as u64), item as u64));
                tree.insert(item, &items);
            }
            assert!(depth(&items, tree.root.get()) < 60);
        }
    }
}
