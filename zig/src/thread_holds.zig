//! What threads hold of the objects in a handle table, so that the end of a thread gives it back.
//!
//! A worker thread that is terminated runs no code of its own any more: without this list every object it has held would
//! stay until the process ends.

const std = @import("std");
const Error = @import("result.zig").Error;
const Lock = @import("lock.zig").Lock;
const system = @import("platform.zig").system;

pub fn ThreadHolds(comptime capacity: u32) type {
    return struct {
        const Self = @This();

        const Hold = struct { thread_id: u32, handle: u32 };

        lock: Lock = .{},
        holds: [capacity]Hold = @splat(.{ .thread_id = 0, .handle = 0 }),
        count: u32 = 0,

        /// The calling thread holds `handle` once more.
        pub fn add(self: *Self, handle: u32) Error!void {
            self.lock.acquire();
            defer self.lock.release();
            if (self.count == capacity) return error.TooManyHandles;
            self.holds[self.count] = .{ .thread_id = system.threadId(), .handle = handle };
            self.count += 1;
        }

        /// The calling thread holds `handle` once less. What another thread took for it stays that one's.
        pub fn remove(self: *Self, handle: u32) void {
            self.lock.acquire();
            defer self.lock.release();
            const thread_id = system.threadId();
            for (self.holds[0..self.count], 0..) |hold, i| {
                if (hold.handle != handle or hold.thread_id != thread_id) continue;
                return self.take(i);
            }
        }

        /// Takes one hold of the calling thread out of the list, null if it has none.
        pub fn next(self: *Self) ?u32 {
            self.lock.acquire();
            defer self.lock.release();
            const thread_id = system.threadId();
            for (self.holds[0..self.count], 0..) |hold, i| {
                if (hold.thread_id != thread_id) continue;
                self.take(i);
                return hold.handle;
            }
            return null;
        }

        /// Takes out what is gone without its thread: what was closed by others.
        pub fn prune(self: *Self, comptime isAlive: fn (u32) bool) void {
            self.lock.acquire();
            defer self.lock.release();
            var i = self.count;
            while (i > 0) {
                i -= 1;
                if (!isAlive(self.holds[i].handle)) self.take(i);
            }
        }

        fn take(self: *Self, index: usize) void {
            self.count -= 1;
            self.holds[index] = self.holds[self.count];
        }
    };
}

test "next() gives each hold of the calling thread once, and none of another's" {
    var holds: ThreadHolds(4) = .{};
    const other = try std.Thread.spawn(.{}, struct {
        fn run(shared: *ThreadHolds(4)) void {
            shared.add(9) catch unreachable;
        }
    }.run, .{&holds});
    other.join();
    try holds.add(5);
    try holds.add(5);
    try holds.add(6);
    try std.testing.expectError(error.TooManyHandles, holds.add(7));
    holds.remove(5);
    holds.remove(9);
    var sum: u32 = 0;
    while (holds.next()) |handle| sum += handle;
    try std.testing.expectEqual(@as(u32, 11), sum);
    try std.testing.expectEqual(@as(u32, 1), holds.count);
}

fn isEven(handle: u32) bool {
    return handle % 2 == 0;
}

test "prune() takes out what is gone" {
    var holds: ThreadHolds(4) = .{};
    for ([_]u32{ 1, 2, 3, 5 }) |handle| try holds.add(handle);
    holds.prune(isEven);
    try std.testing.expectEqual(2, holds.next());
    try std.testing.expectEqual(null, holds.next());
}
