// SPDX-License-Identifier: MIT

//! The tables that are written in Rust, as one static library without crates; tables/rust.c has their rows.
//!
//! Compiles with Debian 12's rustc 1.63 and later ones. Each table is a `Table`: operations on one key, and
//! `export_table!` wraps them into the batched operations of tables/table.h, under C names. A panic aborts
//! (`-C panic=abort`); that is for broken invariants, never for lack of memory.

mod export;
mod hashbrown;
mod heap;
mod oak_lookup;
mod oak_tables;
mod vec;

#[global_allocator]
static ALLOCATOR: heap::HeapAllocator = heap::HeapAllocator;

export::export_table!("hashbrown", hashbrown::Map<hashbrown::TableHash>);
export::export_erase!("hashbrown", hashbrown::Map<hashbrown::TableHash>);
export::export_table!("hashbrown_siphash", hashbrown::Map<hashbrown::SipHash>);
export::export_erase!("hashbrown_siphash", hashbrown::Map<hashbrown::SipHash>);
export::export_table!("vec", vec::Entries);
export::export_table!("vec_align64", vec::Lines);
export::export_table!("oak_lookup", oak_tables::Grown);
export::export_table!("oak_lookup_reserved", oak_tables::Reserved);
export::export_table!("oak_lookup_sharded", oak_tables::Sharded);

/// For the test that compares with the original's values. `bytes` are `length` readable ones.
#[no_mangle]
unsafe extern "C" fn growbench_rust_oak_hash(bytes: *const u8, length: usize, secret: u64) -> u64 {
    oak_lookup::hash(std::slice::from_raw_parts(bytes, length), secret)
}
