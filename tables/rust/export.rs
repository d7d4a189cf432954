// SPDX-License-Identifier: MIT

//! From operations on one key to the batched ones of tables/table.h, whose contracts hold here.
//!
//! The loops are generic, so that each table's own code is inlined into them: no call a key.

use crate::heap::{Heap, Memory, OutOfMemory, Scope};
use std::alloc::Layout;
use std::os::raw::c_int;
use std::ptr;

const ENOMEM: c_int = 12; // errno.h; the same on every Linux

/// `struct table_options`.
#[repr(C)]
pub struct Options {
    pub seed: u64,
    pub expected_entries: u64,
    _growth_permille: u64,
    _growth_step_bytes: u64,
    _load_permille: u64,
    _entry_bytes: u64,
    pub reserve_entries: u64,
}

/// `struct table_stats`.
#[repr(C)]
pub struct Stats {
    entries: u64,
    capacity_bytes: u64,
    migrated_entries: u64,
}

/// Whatever allocates does so in a way that may fail, and leaves the table whole when it does.
pub trait Table: Sized {
    fn create(options: &Options) -> Result<Self, OutOfMemory>;
    /// True if the key is new.
    fn insert(&mut self, key: u64, ordinal: u64) -> Result<bool, OutOfMemory>;
    /// The key's value; a record table compares it with that of entry number `ordinal`.
    fn find(&self, key: u64, ordinal: u64) -> Option<u64>;
    /// Null = not there.
    fn address(&self, key: u64, ordinal: u64) -> *const u8;
    fn len(&self) -> usize;
}

pub trait Erase: Table {
    /// True if the key was there.
    fn erase(&mut self, key: u64) -> bool;
}

/// What C holds. `memory` is borrowed by the scopes while `table` is borrowed mutably, so never both as one.
pub struct Held<T> {
    memory: Memory,
    table: T,
}

pub unsafe fn create<T: Table>(heap: *mut Heap, options: *const Options) -> *mut Held<T> {
    let memory = Memory::new(heap);
    let layout = Layout::new::<Held<T>>();
    let held = memory.alloc(layout, false) as *mut Held<T>;
    if held.is_null() {
        return ptr::null_mut();
    }
    ptr::addr_of_mut!((*held).memory).write(memory);
    let scope = Scope::enter(ptr::addr_of!((*held).memory));
    let table = T::create(&*options);
    drop(scope);
    match table {
        Ok(table) => ptr::addr_of_mut!((*held).table).write(table),
        Err(OutOfMemory) => {
            release(held);
            return ptr::null_mut();
        }
    }
    held
}

unsafe fn release<T>(held: *mut Held<T>) {
    let memory = ptr::addr_of!((*held).memory).read();
    memory.free(held as *mut u8, Layout::new::<Held<T>>());
    debug_assert!(memory.live_bytes() == 0);
}

pub unsafe fn insert<T: Table>(
    held: *mut Held<T>,
    keys: *const u64,
    first_ordinal: u64,
    n: usize,
    added: *mut u64,
) -> c_int {
    let _scope = Scope::enter(ptr::addr_of!((*held).memory));
    let table = &mut (*held).table;
    let keys = std::slice::from_raw_parts(keys, n);
    let old_len = table.len();
    let mut error = 0;
    for (ordinal, &key) in (first_ordinal..).zip(keys) {
        if table.insert(key, ordinal).is_err() {
            error = ENOMEM;
            break;
        }
    }
    *added = (table.len() - old_len) as u64;
    error
}

pub unsafe fn find<T: Table>(
    held: *const Held<T>,
    keys: *const u64,
    first_ordinal: u64,
    n: usize,
    sum: *mut u64,
) -> u64 {
    let table = &(*held).table;
    let keys = std::slice::from_raw_parts(keys, n);
    let (mut hit_count, mut value_sum) = (0, 0u64);
    for (ordinal, &key) in (first_ordinal..).zip(keys) {
        if let Some(value) = table.find(key, ordinal) {
            hit_count += 1;
            value_sum = value_sum.wrapping_add(value);
        }
    }
    *sum = value_sum;
    hit_count
}

pub unsafe fn erase<T: Erase>(held: *mut Held<T>, keys: *const u64, n: usize) -> u64 {
    let _scope = Scope::enter(ptr::addr_of!((*held).memory));
    let table = &mut (*held).table;
    let keys = std::slice::from_raw_parts(keys, n);
    keys.iter().filter(|&&key| table.erase(key)).count() as u64
}

pub unsafe fn entry_address<T: Table>(held: *const Held<T>, key: u64, ordinal: u64) -> *const u8 {
    (*held).table.address(key, ordinal)
}

pub unsafe fn stats<T: Table>(held: *const Held<T>, stats: *mut Stats) {
    let own_bytes = Layout::new::<Held<T>>().size();
    *stats = Stats {
        entries: (*held).table.len() as u64,
        capacity_bytes: ((*held).memory.live_bytes() - own_bytes) as u64,
        migrated_entries: 0,
    };
}

pub unsafe fn destroy<T: Table>(held: *mut Held<T>) {
    if held.is_null() {
        return;
    }
    let scope = Scope::enter(ptr::addr_of!((*held).memory));
    ptr::drop_in_place(ptr::addr_of_mut!((*held).table));
    drop(scope);
    release(held);
}

/// Defines growbench_rust_NAME_create, _insert and so on, as tables/rust.c declares them.
macro_rules! export_table {
    ($name:literal, $table:ty) => {
        const _: () = {
            use crate::export::{self, Held, Options, Stats};
            use std::os::raw::c_int;

            #[export_name = concat!("growbench_rust_", $name, "_create")]
            unsafe extern "C" fn create(
                heap: *mut crate::heap::Heap,
                options: *const Options,
            ) -> *mut Held<$table> {
                export::create(heap, options)
            }
            #[export_name = concat!("growbench_rust_", $name, "_insert")]
            unsafe extern "C" fn insert(
                held: *mut Held<$table>,
                keys: *const u64,
                first_ordinal: u64,
                n: usize,
                added: *mut u64,
            ) -> c_int {
                export::insert(held, keys, first_ordinal, n, added)
            }
            #[export_name = concat!("growbench_rust_", $name, "_find")]
            unsafe extern "C" fn find(
                held: *const Held<$table>,
                keys: *const u64,
                first_ordinal: u64,
                n: usize,
                sum: *mut u64,
            ) -> u64 {
                export::find(held, keys, first_ordinal, n, sum)
            }
            #[export_name = concat!("growbench_rust_", $name, "_entry_address")]
            unsafe extern "C" fn entry_address(
                held: *const Held<$table>,
                key: u64,
                ordinal: u64,
            ) -> *const u8 {
                export::entry_address(held, key, ordinal)
            }
            #[export_name = concat!("growbench_rust_", $name, "_stats")]
            unsafe extern "C" fn stats(held: *const Held<$table>, stats: *mut Stats) {
                export::stats(held, stats)
            }
            #[export_name = concat!("growbench_rust_", $name, "_destroy")]
            unsafe extern "C" fn destroy(held: *mut Held<$table>) {
                export::destroy(held)
            }
        };
    };
}
pub(crate) use export_table;

/// growbench_rust_NAME_erase, for tables that do.
macro_rules! export_erase {
    ($name:literal, $table:ty) => {
        const _: () = {
            use crate::export::{self, Held};

            #[export_name = concat!("growbench_rust_", $name, "_erase")]
            unsafe extern "C" fn erase(
                held: *mut Held<$table>,
                keys: *const u64,
                _first_ordinal: u64,
                n: usize,
            ) -> u64 {
                export::erase(held, keys, n)
            }
        };
    };
}
pub(crate) use export_erase;
