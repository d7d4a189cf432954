// SPDX-License-Identifier: MIT

//! oak_lookup and its variants: 8-byte keys and values in Oak's lookup table, used as Oak uses it
//! (oak_functions_service/src/lookup.rs and instance.rs, as of commit e12b94abc173).
//!
//! `Grown` starts from empty. `Reserved` is told the final number of entries, as Oak's loader does before it
//! sends the data. `Sharded` is how the service holds them: a hash under a secret of its own (0 before that
//! commit), modulo the number of shards, and each shard reserved at the exact mean, so that about half of
//! them get more and double near the end. Shards were 16 from commit a27a379ffb (May 2024) to 312ebb2e27
//! (November 2024) and are 128 since; a shard's least chunk is 2 MiB, so 128 of them start at 256 MiB.

use crate::export::{Options, Table};
use crate::heap::OutOfMemory;
use crate::oak_lookup::{hash, LookupTable, Secrets};

fn insert(
    table: &mut LookupTable,
    key: u64,
    value: u64,
    secrets: &mut Secrets,
) -> Result<bool, OutOfMemory> {
    table.insert(&key.to_le_bytes(), &value.to_le_bytes(), secrets)
}

fn find(table: &LookupTable, key: u64) -> Option<u64> {
    let (_, value) = table.get(&key.to_le_bytes())?;
    Some(u64::from_le_bytes(
        value.try_into().expect("values are 8 bytes"),
    ))
}

/// Where the key stands in its chunk: what `get` hands out, and it stays. (The 6-byte entry moves at every
/// growth; that its block does is in the log of growths.)
fn address(table: &LookupTable, key: u64) -> *const u8 {
    table
        .get(&key.to_le_bytes())
        .map_or(std::ptr::null(), |(stored_key, _)| stored_key.as_ptr())
}

pub struct Grown {
    table: LookupTable,
    secrets: Secrets,
}

impl Table for Grown {
    fn create(options: &Options) -> Result<Self, OutOfMemory> {
        Ok(Grown {
            table: LookupTable::default(),
            secrets: Secrets::new(options.seed),
        })
    }

    fn insert(&mut self, key: u64, ordinal: u64) -> Result<bool, OutOfMemory> {
        insert(&mut self.table, key, ordinal, &mut self.secrets)
    }

    fn find(&self, key: u64, _ordinal: u64) -> Option<u64> {
        find(&self.table, key)
    }

    fn address(&self, key: u64, _ordinal: u64) -> *const u8 {
        address(&self.table, key)
    }

    fn len(&self) -> usize {
        self.table.len()
    }
}

pub struct Reserved(Grown);

impl Table for Reserved {
    fn create(options: &Options) -> Result<Self, OutOfMemory> {
        let mut grown = Grown::create(options)?;
        grown
            .table
            .reserve(options.expected_entries as usize, &mut grown.secrets)?;
        Ok(Reserved(grown))
    }

    fn insert(&mut self, key: u64, ordinal: u64) -> Result<bool, OutOfMemory> {
        self.0.insert(key, ordinal)
    }

    fn find(&self, key: u64, ordinal: u64) -> Option<u64> {
        self.0.find(key, ordinal)
    }

    fn address(&self, key: u64, ordinal: u64) -> *const u8 {
        self.0.address(key, ordinal)
    }

    fn len(&self) -> usize {
        self.0.len()
    }
}

const SHARD_COUNT: usize = 16;

pub struct Sharded {
    shards: [LookupTable; SHARD_COUNT],
    secrets: Secrets,
    shard_secret: u64,
    len: usize,
}

impl Sharded {
    fn shard_of(&self, key: u64) -> usize {
        hash(&key.to_le_bytes(), self.shard_secret) as usize % SHARD_COUNT
    }
}

impl Table for Sharded {
    fn create(options: &Options) -> Result<Self, OutOfMemory> {
        let mut secrets = Secrets::new(options.seed);
        let shard_secret = secrets.draw();
        let mut shards = <[LookupTable; SHARD_COUNT]>::default();
        for shard in &mut shards {
            shard.reserve(
                options.expected_entries as usize / SHARD_COUNT,
                &mut secrets,
            )?;
        }
        Ok(Sharded {
            shards,
            secrets,
            shard_secret,
            len: 0,
        })
    }

    fn insert(&mut self, key: u64, ordinal: u64) -> Result<bool, OutOfMemory> {
        let shard = self.shard_of(key);
        let is_new = insert(&mut self.shards[shard], key, ordinal, &mut self.secrets)?;
        self.len += usize::from(is_new);
        Ok(is_new)
    }

    fn find(&self, key: u64, _ordinal: u64) -> Option<u64> {
        find(&self.shards[self.shard_of(key)], key)
    }

    fn address(&self, key: u64, _ordinal: u64) -> *const u8 {
        address(&self.shards[self.shard_of(key)], key)
    }

    fn len(&self) -> usize {
        self.len
    }
}
