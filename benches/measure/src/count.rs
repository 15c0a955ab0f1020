use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// The allocator of the system, which counts for each thread what is asked of it.
///
/// Counting costs one addition in thread-local memory, the same for everybody who is measured.
#[derive(Debug)]
pub struct Counting;

/// What was allocated.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// How many times memory was asked for; a reallocation counts as one.
    pub allocations: u64,
    /// How many bytes were asked for.
    pub bytes: u64,
}

/// Counts what this thread allocates while the closure runs.
///
/// ```
/// let (count, text) = measure::allocations(|| String::from("seven"));
/// assert_eq!((count.allocations, count.bytes), (1, text.len() as u64));
/// ```
pub fn allocations<T>(what: impl FnOnce() -> T) -> (Count, T) {
    let before = COUNT.get();
    let result = what();
    let after = COUNT.get();
    let count =
        Count { allocations: after.allocations - before.allocations, bytes: after.bytes - before.bytes };
    (count, result)
}

fn add(bytes: usize) {
    let Count { allocations, bytes: before } = COUNT.get();
    COUNT.set(Count { allocations: allocations + 1, bytes: before + bytes as u64 });
}

#[expect(
    unsafe_code,
    reason = "an allocator is unsafe by its trait; each call goes to the system's as it came"
)]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        add(layout.size());
        // SAFETY: the caller's promises are those of `System`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        add(layout.size());
        // SAFETY: the caller's promises are those of `System`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        add(size);
        // SAFETY: the caller's promises are those of `System`.
        unsafe { System.realloc(pointer, layout, size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promises are those of `System`.
        unsafe { System.dealloc(pointer, layout) }
    }
}

thread_local! {
    // Constant and without a destructor: reading it never allocates, not even in a thread that ends.
    static COUNT: Cell<Count> = const { Cell::new(Count { allocations: 0, bytes: 0 }) };
}
