// SPDX-License-Identifier: MIT

//! rust_hashbrown: std's HashMap as it comes, which is hashbrown's (src/raw/mod.rs there): one block of
//! 16-byte entries in a power of two of buckets, then a control byte for each and 16 more; load at most 7/8;
//! when full, a new block, rehash, free the old one. It never calls realloc, so no allocator spares it the
//! moment with both. std offers no batches and no prefetch: a batch is a loop.
//!
//! Two hashers: `TableHash` is this project's, with the table's seed, as in all other tables; `SipHash` is
//! std's default, SipHash-1-3, but with fixed keys (zero), so that runs repeat: a program's own are random.

use crate::export::{Erase, Options, Table};
use crate::heap::OutOfMemory;
use std::collections::hash_map::DefaultHasher;
use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher};

/// table_hash of tables/hash.h.
pub fn table_hash(key: u64, seed: u64) -> u64 {
    let mut x = key ^ seed;
    x ^= x >> 27;
    x = x.wrapping_mul(0x3C79_AC49_2BA7_B653);
    x ^= x >> 33;
    x = x.wrapping_mul(0x1C69_B3F7_4AC4_AE35);
    x ^ (x >> 27)
}

pub trait FromSeed {
    fn from_seed(seed: u64) -> Self;
}

#[derive(Clone, Copy)]
pub struct TableHash {
    seed: u64,
}

impl FromSeed for TableHash {
    fn from_seed(seed: u64) -> Self {
        TableHash { seed }
    }
}

impl BuildHasher for TableHash {
    type Hasher = TableHasher;

    fn build_hasher(&self) -> TableHasher {
        TableHasher { state: self.seed }
    }
}

pub struct TableHasher {
    state: u64,
}

impl Hasher for TableHasher {
    fn write_u64(&mut self, key: u64) {
        self.state = table_hash(key, self.state);
    }

    fn write(&mut self, _: &[u8]) {
        unreachable!("keys are u64")
    }

    fn finish(&self) -> u64 {
        self.state
    }
}

pub type SipHash = BuildHasherDefault<DefaultHasher>;

impl FromSeed for SipHash {
    fn from_seed(_: u64) -> Self {
        SipHash::default()
    }
}

pub struct Map<S>(HashMap<u64, u64, S>);

impl<S: BuildHasher + FromSeed> Table for Map<S> {
    fn create(options: &Options) -> Result<Self, OutOfMemory> {
        let mut map = HashMap::with_hasher(S::from_seed(options.seed));
        map.try_reserve(options.reserve_entries as usize)?; // as with_capacity, which would abort
        Ok(Map(map))
    }

    /// HashMap's own growth aborts where there is no memory, so it is asked to grow before: in the same call
    /// and to the same size. Only after erasing there is a difference: it could have reused a slot instead.
    /// A full map is asked for the key first: newer versions of std make room before they look for it, so that
    /// `insert` of a key that is there would grow, and abort.
    fn insert(&mut self, key: u64, ordinal: u64) -> Result<bool, OutOfMemory> {
        let map = &mut self.0;
        if map.len() == map.capacity() {
            if let Some(value) = map.get_mut(&key) {
                *value = ordinal;
                return Ok(false);
            }
            map.try_reserve(1)?;
        }
        Ok(map.insert(key, ordinal).is_none())
    }

    fn find(&self, key: u64, _ordinal: u64) -> Option<u64> {
        self.0.get(&key).copied()
    }

    fn address(&self, key: u64, _ordinal: u64) -> *const u8 {
        match self.0.get_key_value(&key) {
            Some((stored_key, _)) => stored_key as *const u64 as *const u8,
            None => std::ptr::null(),
        }
    }

    fn len(&self) -> usize {
        self.0.len()
    }
}

impl<S: BuildHasher + FromSeed> Erase for Map<S> {
    fn erase(&mut self, key: u64) -> bool {
        self.0.remove(&key).is_some()
    }
}
