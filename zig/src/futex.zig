//! Sleeping on a 32-bit word until another thread or process changes it.
//!
//! The shared kind of futex (not "private"): the word lies in memory that several processes map.

const std = @import("std");
const linux = std.os.linux;
const time = @import("time.zig");

const ns_per_s = 1_000_000_000;
const match_any = 0xffff_ffff;

/// Sleeps until `word` is not `seen`, at most until the monotonic instant. True if it changed.
pub fn waitUntil(word: *const std.atomic.Value(u32), seen: u32, deadline_ns: u64) bool {
    const deadline: linux.timespec = .{
        .sec = @intCast(deadline_ns / ns_per_s),
        .nsec = @intCast(deadline_ns % ns_per_s),
    };
    while (word.load(.seq_cst) == seen) {
        const returned = linux.futex(
            word,
            .{ .cmd = .WAIT_BITSET, .private = false },
            seen,
            .{ .timeout = &deadline },
            null,
            match_any,
        );
        if (linux.errno(returned) == .TIMEDOUT) return word.load(.seq_cst) != seen;
    }
    return true;
}

/// Wakes everyone who sleeps on `word`.
pub fn wakeAll(word: *const std.atomic.Value(u32)) void {
    _ = linux.futex_3arg(word, .{ .cmd = .WAKE, .private = false }, std.math.maxInt(i32));
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
