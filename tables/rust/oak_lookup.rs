// SPDX-License-Identifier: MIT

//! The lookup table of Project Oak's Oak Functions, written anew from what its source does: see
//! github.com/project-oak/oak, oak_functions_service/src/lookup_htbl.rs, as of commit e12b94abc173.
//! tables/oak_lookup_test.c compares hashes, allocations and peak with figures recorded from that source.
//!
//! Keys and values are byte strings, appended to chunks: key length, key, value length, value. Chunks never
//! move. The index is one Vec of 6-byte entries: a byte of the hash, and the 40-bit place of the data, 0 for
//! none. Linear probing with wrap from the high part of hash x length; any length will do. Full, the index
//! doubles: a new Vec, every key read again from its chunk and rehashed, the old Vec freed. Its load is 0.60
//! when reserved for what comes, and at most 0.50 when grown from empty (2 entries for 1, then doubled).
//!
//! Kept, as it decides what the memory does: an index is allocated as it is and every entry of it written
//! (`vec![entry; n]` of a struct), chunks are asked for as zeros; a key inserted again appends again, and
//! grows a full index first, though no entry is new. The upper byte of the 32 bits that hash x length uses
//! most is not the hash byte (bits 32 to 39 are); it has no erase.
//!
//! Left out: lengths of 64 and more, which take 2 to 4 bytes (here all are 8), and the iterator. Added: no
//! memory is an error that leaves the table whole, not an abort; and an end of the 1 TiB that 40 bits reach.
//! Secrets come from the table's seed, for runs that repeat; Oak draws them from the operating system.

use crate::hashbrown::table_hash;
use crate::heap::OutOfMemory;
use std::alloc::{alloc_zeroed, Layout};

const PLACE_BYTES: usize = 5;
const LEAST_CHUNK_BYTES: usize = 2 << 20;

#[derive(Clone, Copy, Default)]
struct Entry {
    hash_byte: u8,
    place: [u8; PLACE_BYTES],
}

impl Entry {
    fn new(hash_byte: u8, place: usize) -> Self {
        let mut entry = Entry {
            hash_byte,
            place: [0; PLACE_BYTES],
        };
        entry
            .place
            .copy_from_slice(&place.to_le_bytes()[..PLACE_BYTES]);
        entry
    }

    fn place(&self) -> usize {
        let mut bytes = [0; 8];
        bytes[..PLACE_BYTES].copy_from_slice(&self.place);
        usize::from_le_bytes(bytes)
    }
}

/// Deterministic stand-in for the operating system's random numbers; never 0, which Oak refuses.
pub struct Secrets {
    seed: u64,
    drawn: u64,
}

impl Secrets {
    pub fn new(seed: u64) -> Self {
        Secrets { seed, drawn: 0 }
    }

    pub fn draw(&mut self) -> u64 {
        loop {
            let secret = table_hash(self.drawn, self.seed);
            self.drawn += 1;
            if secret != 0 {
                return secret;
            }
        }
    }
}

#[inline(always)]
fn hash_word(word: u64, secret: u64) -> u64 {
    let mixed = word.wrapping_add(secret) ^ word.rotate_left(32);
    let product = u128::from(mixed) * 0x9d46_0858_ea81_ac79;
    word ^ product as u64 ^ (product >> 64) as u64
}

/// Words of 8 bytes, little-endian, the last one padded with zeros; then the length.
#[inline]
pub fn hash(bytes: &[u8], secret: u64) -> u64 {
    let state = bytes.chunks(8).fold(0, |state, chunk| {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        hash_word(state ^ u64::from_le_bytes(word), secret)
    });
    hash_word(state ^ bytes.len() as u64, secret)
}

fn index_of(hash: u64, length: usize) -> usize {
    ((u128::from(hash) * length as u128) >> 64) as usize
}

enum Found {
    Entry(usize),
    /// The empty entry where the key belongs, and its hash byte.
    Nothing(usize, u8),
}

#[derive(Default)]
pub struct LookupTable {
    entries: Vec<Entry>,
    chunks: Vec<Box<[u8]>>,
    entry_count: usize,
    entry_limit: usize,
    /// The place where the next data go, if their chunk has room: chunk number, then `chunk_bits` of offset.
    next_place: usize,
    chunk_bits: u32,
    secret: u64,
}

fn new_entries(count: usize) -> Result<Vec<Entry>, OutOfMemory> {
    let mut entries = Vec::new();
    entries.try_reserve_exact(count)?;
    entries.resize(count, Entry::default());
    Ok(entries)
}

fn new_chunk(bytes: usize) -> Result<Box<[u8]>, OutOfMemory> {
    let layout = Layout::array::<u8>(bytes).map_err(|_| OutOfMemory)?;
    // Safety: `bytes` is not 0, zero is a value of u8, and the layout is that of the boxed slice.
    unsafe {
        let block = alloc_zeroed(layout);
        match block.is_null() {
            true => Err(OutOfMemory),
            false => Ok(Box::from_raw(std::ptr::slice_from_raw_parts_mut(
                block, bytes,
            ))),
        }
    }
}

/// The string at `offset`, behind its length; and where it ends.
fn read_string(chunk: &[u8], offset: usize) -> (&[u8], usize) {
    let start = offset + 1;
    let end = start + usize::from(chunk[offset]);
    (&chunk[start..end], end)
}

fn write_string(chunk: &mut [u8], offset: usize, string: &[u8]) -> usize {
    assert!(
        string.len() < 64,
        "of longer strings the length takes more than a byte"
    );
    let start = offset + 1;
    let end = start + string.len();
    chunk[offset] = string.len() as u8;
    chunk[start..end].copy_from_slice(string);
    end
}

impl LookupTable {
    /// For a table without entries; does nothing later.
    pub fn reserve(&mut self, count: usize, secrets: &mut Secrets) -> Result<(), OutOfMemory> {
        if self.entry_count != 0 {
            return Ok(());
        }
        let length = (5 * count + 1) / 3;
        self.entries = new_entries(length)?;
        self.chunks = Vec::new();
        self.entry_limit = count;
        self.next_place = 1; // 0 says "none"
        self.chunk_bits = length
            .next_power_of_two()
            .max(LEAST_CHUNK_BYTES)
            .trailing_zeros();
        self.secret = secrets.draw();
        Ok(())
    }

    /// True if the key is new.
    pub fn insert(
        &mut self,
        key: &[u8],
        value: &[u8],
        secrets: &mut Secrets,
    ) -> Result<bool, OutOfMemory> {
        if self.entries.is_empty() {
            self.reserve(1, secrets)?;
        } else if self.entry_count >= self.entry_limit {
            self.grow()?;
        }
        let place = self.append(key, value)?;
        match self.probe(key) {
            Found::Entry(i) => {
                self.entries[i] = Entry::new(self.entries[i].hash_byte, place);
                Ok(false)
            }
            Found::Nothing(i, hash_byte) => {
                self.entries[i] = Entry::new(hash_byte, place);
                self.entry_count += 1;
                Ok(true)
            }
        }
    }

    /// The stored key and its value.
    pub fn get(&self, key: &[u8]) -> Option<(&[u8], &[u8])> {
        if self.entry_count == 0 {
            return None;
        }
        match self.probe(key) {
            Found::Entry(i) => {
                let (chunk, offset) = self.data_at(self.entries[i].place());
                let (stored_key, key_end) = read_string(chunk, offset);
                Some((stored_key, read_string(chunk, key_end).0))
            }
            Found::Nothing(..) => None,
        }
    }

    pub fn len(&self) -> usize {
        self.entry_count
    }

    fn data_at(&self, place: usize) -> (&[u8], usize) {
        (
            &self.chunks[place >> self.chunk_bits],
            place & self.chunk_mask(),
        )
    }

    fn chunk_mask(&self) -> usize {
        (1 << self.chunk_bits) - 1
    }

    fn key_at(&self, place: usize) -> &[u8] {
        let (chunk, offset) = self.data_at(place);
        read_string(chunk, offset).0
    }

    /// The index must have entries, one of them empty. Hash byte 0 is that of empty entries too, and then
    /// the place tells.
    fn probe(&self, key: &[u8]) -> Found {
        let hash = hash(key, self.secret);
        let hash_byte = (hash >> 32) as u8;
        let mut i = index_of(hash, self.entries.len());
        loop {
            let entry = &self.entries[i];
            if entry.hash_byte == hash_byte || entry.hash_byte == 0 {
                let place = entry.place();
                if place == 0 {
                    return Found::Nothing(i, hash_byte);
                }
                if entry.hash_byte == hash_byte && self.key_at(place) == key {
                    return Found::Entry(i);
                }
            }
            i += 1;
            if i == self.entries.len() {
                i = 0;
            }
        }
    }

    fn grow(&mut self) -> Result<(), OutOfMemory> {
        let entries = new_entries(2 * self.entries.len())?;
        let old_entries = std::mem::replace(&mut self.entries, entries);
        self.entry_limit *= 2;
        for old_entry in &old_entries {
            let place = old_entry.place();
            if place == 0 {
                continue;
            }
            match self.probe(self.key_at(place)) {
                Found::Nothing(i, hash_byte) => self.entries[i] = Entry::new(hash_byte, place),
                Found::Entry(_) => unreachable!("a key stands twice in the index"),
            }
        }
        Ok(())
    }

    /// Data do not cross chunks. Whether they fit is asked for with the longest lengths there can be, so a
    /// chunk ends with a few bytes unused.
    fn append(&mut self, key: &[u8], value: &[u8]) -> Result<usize, OutOfMemory> {
        let most_bytes = 2 * PLACE_BYTES + key.len() + value.len();
        let chunk_number = (self.next_place + most_bytes) >> self.chunk_bits;
        if chunk_number >= self.chunks.len() {
            if chunk_number >> (8 * PLACE_BYTES as u32 - self.chunk_bits) != 0 {
                return Err(OutOfMemory);
            }
            let chunk = new_chunk(1 << self.chunk_bits)?;
            self.chunks.try_reserve(1)?; // grows as push does, which would abort
            self.chunks.push(chunk);
            self.next_place = (chunk_number << self.chunk_bits).max(1);
        }
        let place = self.next_place;
        let offset = place & self.chunk_mask();
        let chunk = &mut self.chunks[chunk_number];
        let key_end = write_string(chunk, offset, key);
        let end = write_string(chunk, key_end, value);
        self.next_place += end - offset;
        Ok(place)
    }
}
