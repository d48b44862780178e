//! A lock between threads of this process that sleeps while it waits.
//!
//! Spinning would hang a thread with real-time priority: it would keep the holder it waits for from running.

const std = @import("std");
const system = @import("platform.zig").system;

pub const Lock = struct {
    state: std.atomic.Value(u32) = .init(free),

    const free = 0;
    const held = 1;
    /// Held, and somebody may sleep on it.
    const wanted = 2;

    pub fn acquire(self: *Lock) void {
        if (self.state.cmpxchgStrong(free, held, .acquire, .monotonic) == null) return;
        while (self.state.swap(wanted, .acquire) != free) {
            system.sleepOn(&self.state, wanted);
        }
    }

    pub fn release(self: *Lock) void {
        if (self.state.swap(free, .release) != wanted) return;
        system.wakeOne(&self.state);
    }
};

test "threads: only one is inside at a time" {
    const Shared = struct {
        lock: Lock = .{},
        /// Plain words, so that two threads inside at once would lose counts.
        count: u64 = 0,

        fn run(self: *@This()) void {
            for (0..50_000) |i| {
                self.lock.acquire();
                defer self.lock.release();
                const seen = self.count;
                if (i % 4096 == 0) std.Thread.yield() catch {};
                self.count = seen + 1;
            }
        }
    };
    var shared: Shared = .{};
    var threads: [3]std.Thread = undefined;
    for (&threads) |*thread| thread.* = try std.Thread.spawn(.{}, Shared.run, .{&shared});
    for (threads) |thread| thread.join();
    try std.testing.expectEqual(@as(u64, 150_000), shared.count);
}
