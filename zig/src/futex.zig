//! Sleeping on a 32-bit word until another thread changes it, or another process that maps it.

const std = @import("std");
const system = @import("platform.zig").system;
const time = @import("time.zig");

const ns_per_s = 1_000_000_000;

/// Sleeps until `word` is not `seen`, at most until the monotonic instant. True if it changed.
pub fn waitUntil(word: *const std.atomic.Value(u32), seen: u32, deadline_ns: u64) bool {
    while (word.load(.seq_cst) == seen) {
        if (system.sleepOnShared(word, seen, deadline_ns)) return word.load(.seq_cst) != seen;
    }
    return true;
}

/// Wakes everyone who sleeps on `word`.
pub fn wakeAll(word: *const std.atomic.Value(u32)) void {
    system.wakeAllShared(word);
}

test "waitUntil() returns at once when the word has changed, and false when its time is over" {
    var word: std.atomic.Value(u32) = .init(1);
    try std.testing.expect(waitUntil(&word, 0, time.monotonicNs() + ns_per_s));
    const deadline_ns = time.monotonicNs() + 2_000_000;
    try std.testing.expect(!waitUntil(&word, 1, deadline_ns));
    try std.testing.expect(time.monotonicNs() >= deadline_ns);
}

test "wakeAll() wakes a sleeper in another thread" {
    var word: std.atomic.Value(u32) = .init(0);
    const thread = try std.Thread.spawn(.{}, struct {
        fn run(shared: *std.atomic.Value(u32)) void {
            time.sleepUntil(time.monotonicNs() + 5_000_000) catch unreachable;
            shared.store(1, .seq_cst);
            wakeAll(shared);
        }
    }.run, .{&word});
    defer thread.join();
    try std.testing.expect(waitUntil(&word, 0, time.monotonicNs() + 10 * ns_per_s));
}
