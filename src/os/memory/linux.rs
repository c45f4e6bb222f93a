//! Linux: locks the heap with mlock2(2). The heap is the private, writable and anonymous mappings in proc_pid_maps(5).

use std::fs;
use std::io;
use std::ops::Range;

use rustix::process::{Resource, getrlimit, setrlimit};

/// `MLOCK_ONFAULT`, mlock2(2): a page is locked when it is first touched; none is made resident by the call.
const ON_FAULT: libc::c_uint = 1;

/// Most memory that is locked, in bytes, even if the limit allows more: locked pages are not reclaimed when they are freed.
const MAX_LOCKED: usize = 16 << 20;

/// Granularity of the search for what fits, in bytes: a multiple of every page size.
const STEP: usize = 64 << 10;

pub(super) fn lock_heap() -> io::Result<()> {
    raise_limit();
    let locked = usize::try_from(locked_kib(std::process::id()).unwrap_or(0)).unwrap_or(usize::MAX);
    let (mut room, mut result) = (MAX_LOCKED.saturating_sub(locked.saturating_mul(1024)), Ok(()));
    for mapping in heap(&fs::read_to_string("/proc/self/maps")?) {
        let wanted = mapping.start..mapping.end.min(mapping.start + room);
        room -= wanted.len();
        if let Err(error) = lock(&wanted) {
            result = Err(error);
            lock_beginning(&wanted);
        }
    }
    result
}

pub(super) fn locked_kib(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let locked = status.lines().find_map(|line| line.strip_prefix("VmLck:"))?;
    locked.trim().strip_suffix(" kB")?.parse().ok()
}

fn raise_limit() {
    let mut limit = getrlimit(Resource::Memlock);
    limit.current = limit.maximum;
    if let Err(error) = setrlimit(Resource::Memlock, limit) {
        tracing::debug!(%error, "cannot raise the limit of locked memory");
    }
}

/// The heap's mappings: `[heap]` first, then the others from small to large, since the large ones are mostly thread
/// stacks.
fn heap(maps: &str) -> Vec<Range<usize>> {
    let mut heap: Vec<_> = maps.lines().filter_map(heap_mapping).collect();
    heap.sort_by_key(|(part, mapping)| (*part, mapping.len(), mapping.start));
    heap.into_iter().map(|(_, mapping)| mapping).collect()
}

/// The kind of a heap mapping, in the order of locking.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum HeapPart {
    Main,
    Other,
}

/// Parses a line such as `55d4b7a3f000-55d4b7a60000 rw-p 00000000 00:00 0   [heap]`.
fn heap_mapping(line: &str) -> Option<(HeapPart, Range<usize>)> {
    let mut fields = line.split_ascii_whitespace();
    let (start, end) = fields.next()?.split_once('-')?;
    let (access, inode, name) = (fields.next()?, fields.nth(2)?, fields.next());
    let is_heap = access.starts_with("rw") && access.ends_with('p') && inode == "0";
    let address = |text| usize::from_str_radix(text, 16).ok();
    // `[stack]` is left out: a locked stack cannot grow beyond the limit.
    let part = match name {
        Some("[heap]") => HeapPart::Main,
        None => HeapPart::Other,
        Some(name) if name.starts_with("[anon:") => HeapPart::Other,
        Some(_) => return None,
    };
    is_heap.then_some((part, address(start)?..address(end)?))
}

/// Only glibc keeps what lies between blocks in use: malloc_trim(3).
#[cfg(target_env = "gnu")]
#[expect(unsafe_code, reason = "there is no safe interface")]
pub(super) fn return_freed() {
    // SAFETY: it takes the allocator's own locks, and touches no block that is in use.
    let _any = unsafe { libc::malloc_trim(0) };
}

#[cfg(not(target_env = "gnu"))]
pub(super) const fn return_freed() {}

/// Locks as much of the beginning of a mapping as the limit allows.
fn lock_beginning(mapping: &Range<usize>) {
    let (mut fits, mut too_long) = (0, mapping.len() / STEP);
    while too_long - fits > 1 {
        let middle = usize::midpoint(fits, too_long);
        match lock(&(mapping.start..mapping.start + middle * STEP)) {
            Ok(()) => fits = middle,
            Err(_) => too_long = middle,
        }
    }
}

#[expect(unsafe_code, reason = "there is no safe interface for a range of addresses")]
fn lock(mapping: &Range<usize>) -> io::Result<()> {
    // SAFETY: mlock2 does not access the memory, and fails for addresses that are not mapped.
    let result = unsafe { libc::syscall(libc::SYS_mlock2, mapping.start, mapping.len(), ON_FAULT) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heap_is_the_private_writable_anonymous_mappings() {
        let maps = "\
55d4b7a00000-55d4b7a3f000 r-xp 00001000 08:01 1234                       /usr/bin/sluice
55d4b7a3f000-55d4b7a60000 rw-p 00000000 00:00 0                          [heap]
7f0000000000-7f0000021000 rw-p 00000000 00:00 0 
7f0000021000-7f0004000000 ---p 00000000 00:00 0 
7f0004000000-7f0004010000 rw-s 00000000 00:01 99                         /memfd:x (deleted)
7f0004020000-7f0004022000 rw-p 00002000 08:01 1235                       /usr/lib/libc.so.6
7f0004030000-7f0004031000 rw-p 00000000 00:00 0                          [anon:keys]
7ffd00000000-7ffd00021000 rw-p 00000000 00:00 0                          [stack]
";
        let found: Vec<_> = heap(maps).into_iter().map(|mapping| mapping.start).collect();
        assert_eq!(found, [0x55d4_b7a3_f000, 0x7f00_0403_0000, 0x7f00_0000_0000]);
    }

    #[test]
    fn locked_memory_is_reported() {
        let before = locked_kib(std::process::id()).unwrap();
        // The limit may be zero.
        let locked = lock_heap();
        let after = locked_kib(std::process::id()).unwrap();
        assert!(after > before || locked.is_err(), "{before} {after} {locked:?}");
    }
}
