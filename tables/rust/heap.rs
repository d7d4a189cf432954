// SPDX-License-Identifier: MIT

//! Where Rust's containers get their memory: the heap of the table whose operation runs.
//!
//! A global allocator is told a size and an alignment, and nothing about who asks; containers that carry an
//! allocator of their own are unstable in every Rust so far. So each operation leaves its table's `Memory` in
//! a variable of its thread and takes it back at its end: the one mutable static here. Allocations outside
//! an operation (std's own, if any) are libc's, by `System`, and end outside operations.
//!
//! The calls keep their meaning: `alloc_zeroed` asks the heap for zeros, which costs nothing where pages come
//! zeroed, and `realloc` is the heap's resize, as `System` would call realloc(3). `GlobalAlloc`'s default for
//! it, which many allocators in Rust leave as it is, copies: that is `--alloc=copying`.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::ffi::c_void;
use std::ptr;

/// `struct heap` of allocators/allocator.h.
pub type Heap = c_void;

// tables/rust.c: heap_alloc and others are inline there, not symbols.
extern "C" {
    fn growbench_rust_heap_alloc(
        heap: *mut Heap,
        bytes: usize,
        align: usize,
        zeroed: bool,
    ) -> *mut u8;
    fn growbench_rust_heap_resize(
        heap: *mut Heap,
        block: *mut u8,
        old_bytes: usize,
        new_bytes: usize,
        align: usize,
    ) -> *mut u8;
    fn growbench_rust_heap_free(heap: *mut Heap, block: *mut u8, bytes: usize);
}

/// No memory; what was asked for has not happened.
pub struct OutOfMemory;

impl From<std::collections::TryReserveError> for OutOfMemory {
    fn from(_: std::collections::TryReserveError) -> Self {
        OutOfMemory
    }
}

/// A heap, and the bytes of the blocks taken from it.
pub struct Memory {
    heap: *mut Heap,
    live_bytes: Cell<usize>,
}

impl Memory {
    pub fn new(heap: *mut Heap) -> Self {
        Memory {
            heap,
            live_bytes: Cell::new(0),
        }
    }

    pub fn live_bytes(&self) -> usize {
        self.live_bytes.get()
    }

    pub unsafe fn alloc(&self, layout: Layout, zeroed: bool) -> *mut u8 {
        let block = growbench_rust_heap_alloc(self.heap, layout.size(), layout.align(), zeroed);
        if !block.is_null() {
            self.live_bytes.set(self.live_bytes.get() + layout.size());
        }
        block
    }

    unsafe fn resize(&self, block: *mut u8, layout: Layout, new_bytes: usize) -> *mut u8 {
        let (old_bytes, align) = (layout.size(), layout.align());
        let block = growbench_rust_heap_resize(self.heap, block, old_bytes, new_bytes, align);
        if !block.is_null() {
            self.live_bytes
                .set(self.live_bytes.get() - old_bytes + new_bytes);
        }
        block
    }

    pub unsafe fn free(&self, block: *mut u8, layout: Layout) {
        growbench_rust_heap_free(self.heap, block, layout.size());
        self.live_bytes.set(self.live_bytes.get() - layout.size());
    }
}

thread_local! {
    static CURRENT: Cell<*const Memory> = const { Cell::new(ptr::null()) };
}

/// While it lives, this thread's allocations come from `memory`.
pub struct Scope {
    outer: *const Memory,
}

impl Scope {
    /// `memory` must outlive the scope and stay where it is.
    pub unsafe fn enter(memory: *const Memory) -> Self {
        Scope {
            outer: CURRENT.with(|current| current.replace(memory)),
        }
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        CURRENT.with(|current| current.set(self.outer));
    }
}

pub struct HeapAllocator;

impl HeapAllocator {
    unsafe fn current<'a>() -> Option<&'a Memory> {
        CURRENT.with(|current| current.get().as_ref())
    }
}

unsafe impl GlobalAlloc for HeapAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        match Self::current() {
            Some(memory) => memory.alloc(layout, false),
            None => System.alloc(layout),
        }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        match Self::current() {
            Some(memory) => memory.alloc(layout, true),
            None => System.alloc_zeroed(layout),
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_bytes: usize) -> *mut u8 {
        match Self::current() {
            Some(memory) => memory.resize(block, layout, new_bytes),
            None => System.realloc(block, layout, new_bytes),
        }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        match Self::current() {
            Some(memory) => memory.free(block, layout),
            None => System.dealloc(block, layout),
        }
    }
}
