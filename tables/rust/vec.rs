// SPDX-License-Identifier: MIT

//! rust_vec and rust_vec_align64: record tables, a std Vec pushed to. It doubles from 4 elements on, by realloc.
//!
//! `Lines` keeps the same 16-byte entries, four to an element of 64 aligned bytes. Rust's `System` allocator
//! has no aligned realloc either: above 16 bytes of alignment it allocates, copies and frees.

use crate::export::{Options, Table};
use crate::heap::OutOfMemory;

#[derive(Clone, Copy, Default)]
#[repr(C)]
struct Entry {
    key: u64,
    value: u64,
}

impl Entry {
    fn value_of(&self, key: u64) -> Option<u64> {
        (self.key == key).then(|| self.value)
    }

    fn address_of(&self, key: u64) -> *const u8 {
        match self.key == key {
            true => self as *const Entry as *const u8,
            false => std::ptr::null(),
        }
    }
}

pub struct Entries(Vec<Entry>);

impl Entries {
    fn entry(&self, ordinal: u64) -> Option<&Entry> {
        self.0.get(ordinal as usize)
    }
}

impl Table for Entries {
    fn create(options: &Options) -> Result<Self, OutOfMemory> {
        let mut entries = Vec::new();
        entries.try_reserve_exact(options.reserve_entries as usize)?; // as with_capacity, which would abort
        Ok(Entries(entries))
    }

    fn insert(&mut self, key: u64, ordinal: u64) -> Result<bool, OutOfMemory> {
        self.0.try_reserve(1)?; // grows as push does, which would abort
        self.0.push(Entry {
            key,
            value: ordinal,
        });
        Ok(true)
    }

    fn find(&self, key: u64, ordinal: u64) -> Option<u64> {
        self.entry(ordinal)?.value_of(key)
    }

    fn address(&self, key: u64, ordinal: u64) -> *const u8 {
        self.entry(ordinal)
            .map_or(std::ptr::null(), |entry| entry.address_of(key))
    }

    fn len(&self) -> usize {
        self.0.len()
    }
}

const LINE_ENTRIES: usize = 4;

#[derive(Clone, Copy, Default)]
#[repr(C, align(64))]
struct Line([Entry; LINE_ENTRIES]);

pub struct Lines {
    lines: Vec<Line>,
    len: usize,
}

impl Lines {
    fn entry(&self, ordinal: u64) -> Option<&Entry> {
        let i = ordinal as usize;
        (i < self.len).then(|| &self.lines[i / LINE_ENTRIES].0[i % LINE_ENTRIES])
    }
}

impl Table for Lines {
    fn create(options: &Options) -> Result<Self, OutOfMemory> {
        let reserved = options.reserve_entries as usize;
        let mut lines = Vec::new();
        lines.try_reserve_exact(reserved / LINE_ENTRIES + usize::from(reserved % LINE_ENTRIES != 0))?;
        Ok(Lines { lines, len: 0 })
    }

    fn insert(&mut self, key: u64, ordinal: u64) -> Result<bool, OutOfMemory> {
        if self.len % LINE_ENTRIES == 0 {
            self.lines.try_reserve(1)?;
            self.lines.push(Line::default());
        }
        self.lines[self.len / LINE_ENTRIES].0[self.len % LINE_ENTRIES] = Entry {
            key,
            value: ordinal,
        };
        self.len += 1;
        Ok(true)
    }

    fn find(&self, key: u64, ordinal: u64) -> Option<u64> {
        self.entry(ordinal)?.value_of(key)
    }

    fn address(&self, key: u64, ordinal: u64) -> *const u8 {
        self.entry(ordinal)
            .map_or(std::ptr::null(), |entry| entry.address_of(key))
    }

    fn len(&self) -> usize {
        self.len
    }
}
