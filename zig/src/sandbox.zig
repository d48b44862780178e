//! A process that runs what is not trusted: what it may still ask of the kernel is fixed before its text is loaded.
//!
//! In order. `enter` (wall.zig) runs in a fresh process of the runtime: it takes away privileges, files, network and
//! limits, and starts the runtime anew under them, because Landlock holds for one thread and what comes of it: all
//! threads of the new program come of it. `lock` (wall.zig) runs when that program has opened what it needs: from then on
//! the filter (filter.zig) holds for all of its threads. Memory of others comes by `lend` and `borrow` (lending.zig):
//! under Landlock a process cannot open the descriptors of another one.

pub const all_threads = @import("sandbox/all_threads.zig");
pub const filter = @import("sandbox/filter.zig");
pub const lending = @import("sandbox/lending.zig");
pub const wall = @import("sandbox/wall.zig");

test {
    _ = all_threads;
    _ = filter;
    _ = lending;
    _ = wall;
}
