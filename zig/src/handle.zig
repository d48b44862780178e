//! Handles: what lives in the library is named to callers by a u32, never by a pointer.
//!
//! A handle is index | generation << 16. Each place of the table counts its generations, so a handle to something that
//! is gone is an error and never somebody else's object. In the same word it counts who holds the object and how many
//! calls are inside it: an object cannot vanish under a call that runs in another thread, and who lets go too often
//! gets an error instead of taking what is another's. The last to leave destroys it.
//!
//! The table is one global of the process: every thread that opens the library sees the same objects.

const std = @import("std");
const Error = @import("result.zig").Error;
const Lock = @import("lock.zig").Lock;

const State = packed struct(u64) { calls: u24, holders: u24, generation: u16 };

/// Generations are 15 bits and never 0, so that a handle is a positive number and never 0.
const generation_max = std.math.maxInt(u15);

pub fn Table(comptime T: type, comptime capacity: u16) type {
    return struct {
        const Self = @This();

        const Entry = struct {
            state: std.atomic.Value(State) = .init(.{ .calls = 0, .holders = 0, .generation = 0 }),
            next_free: u16 = 0,
            /// Bytes instead of a T: a table of zeros takes no room in the library's file.
            storage: [@sizeOf(T)]u8 align(@alignOf(T)) = @splat(0),

            fn value(self: *Entry) *T {
                return @ptrCast(&self.storage);
            }
        };

        entries: [capacity]Entry = @splat(.{}),
        lock: Lock = .{},
        /// Index + 1 of the first place in the free list, 0 for none.
        first_free: u16 = 0,
        /// Places from here on were never used.
        untouched: u16 = 0,

        /// Stores `value` and gives out its handle, which has one holder.
        pub fn add(self: *Self, value: T) Error!u32 {
            self.lock.acquire();
            defer self.lock.release();
            const index = try self.takePlace();
            const entry = &self.entries[index];
            entry.value().* = value;
            const generation = @max(1, entry.state.load(.monotonic).generation);
            entry.state.store(.{ .calls = 0, .holders = 1, .generation = generation }, .release);
            return @as(u32, generation) << 16 | index;
        }

        fn takePlace(self: *Self) Error!u16 {
            if (self.first_free != 0) {
                const index = self.first_free - 1;
                self.first_free = self.entries[index].next_free;
                return index;
            }
            if (self.untouched == capacity) return error.TooManyHandles;
            const index = self.untouched;
            self.untouched += 1;
            return index;
        }

        /// Enters the object for one call. Pair it with `leave`.
        pub fn enter(self: *Self, handle: u32) Error!*T {
            return self.change(handle, .enter);
        }

        pub fn leave(self: *Self, handle: u32) void {
            _ = self.change(handle, .leave) catch unreachable;
        }

        /// The object of a handle that the caller is a holder of, so that it cannot go.
        pub fn held(self: *Self, handle: u32) *T {
            const entry = &self.entries[@as(u16, @truncate(handle))];
            std.debug.assert(entry.state.load(.monotonic).generation == handle >> 16);
            return entry.value();
        }

        /// Becomes one more holder of the object.
        pub fn hold(self: *Self, handle: u32) Error!void {
            _ = try self.change(handle, .hold);
        }

        /// Is a holder no longer. When there is none, the object goes as soon as the last call has left it.
        pub fn drop(self: *Self, handle: u32) Error!void {
            _ = try self.change(handle, .drop);
        }

        const Change = enum { enter, leave, hold, drop };

        fn change(self: *Self, handle: u32, comptime kind: Change) Error!*T {
            const index: u16 = @truncate(handle);
            if (index >= capacity) return error.BadHandle;
            const entry = &self.entries[index];
            var state = entry.state.load(.acquire);
            while (true) {
                if (state.generation != handle >> 16) return error.BadHandle;
                if (kind != .leave and state.holders == 0) return error.BadHandle;
                var next = state;
                switch (kind) {
                    .enter => next.calls += 1,
                    .leave => next.calls -= 1,
                    .hold => next.holders += 1,
                    .drop => next.holders -= 1,
                }
                const last = next.calls == 0 and next.holders == 0;
                // No handle of this generation is good any more, before the object goes.
                if (last) next.generation = if (state.generation == generation_max) 1 else state.generation + 1;
                state = entry.state.cmpxchgWeak(state, next, .acq_rel, .acquire) orelse {
                    if (last) self.destroy(index);
                    return entry.value();
                };
            }
        }

        /// Goes through the objects that somebody holds. Each is entered: pair `next` with `leave`.
        pub fn iterator(self: *Self) Iterator {
            return .{ .table = self };
        }

        pub const Iterator = struct {
            table: *Self,
            index: u16 = 0,

            pub fn next(self: *Iterator) ?struct { handle: u32, value: *T } {
                while (self.index < capacity) {
                    const index = self.index;
                    self.index += 1;
                    const state = self.table.entries[index].state.load(.acquire);
                    const handle = @as(u32, state.generation) << 16 | index;
                    const value = self.table.enter(handle) catch continue;
                    return .{ .handle = handle, .value = value };
                }
                return null;
            }
        };

        fn destroy(self: *Self, index: u16) void {
            self.entries[index].value().destroy();
            self.lock.acquire();
            defer self.lock.release();
            self.entries[index].next_free = self.first_free;
            self.first_free = index + 1;
        }
    };
}

const Probe = struct {
    destroyed: *u32,
    fn destroy(self: *Probe) void {
        self.destroyed.* += 1;
    }
};

test "a stale handle is an error after its place is used again" {
    var destroyed: u32 = 0;
    var table: Table(Probe, 2) = .{};
    const first = try table.add(.{ .destroyed = &destroyed });
    try table.hold(first);
    try table.drop(first);
    try std.testing.expectEqual(@as(u32, 0), destroyed);
    try table.drop(first);
    try std.testing.expectEqual(@as(u32, 1), destroyed);
    try std.testing.expectError(error.BadHandle, table.enter(first));
    try std.testing.expectError(error.BadHandle, table.drop(first));
    const second = try table.add(.{ .destroyed = &destroyed });
    try std.testing.expectEqual(first & 0xffff, second & 0xffff);
    try std.testing.expect(first != second);
    try std.testing.expectError(error.BadHandle, table.hold(first));
    try table.hold(second);
}

test "an object that nobody holds goes when the last call has left it" {
    var destroyed: u32 = 0;
    var table: Table(Probe, 1) = .{};
    const handle = try table.add(.{ .destroyed = &destroyed });
    const inside = try table.enter(handle);
    try table.drop(handle);
    try std.testing.expectEqual(@as(u32, 0), inside.destroyed.*);
    try std.testing.expectError(error.BadHandle, table.enter(handle));
    try std.testing.expectError(error.BadHandle, table.hold(handle));
    try std.testing.expectError(error.BadHandle, table.drop(handle));
    table.leave(handle);
    try std.testing.expectEqual(@as(u32, 1), destroyed);
}

test "iterator() enters what is held and passes over what is gone" {
    var destroyed: u32 = 0;
    var table: Table(Probe, 4) = .{};
    const first = try table.add(.{ .destroyed = &destroyed });
    const second = try table.add(.{ .destroyed = &destroyed });
    const third = try table.add(.{ .destroyed = &destroyed });
    try table.drop(second);
    var iterator = table.iterator();
    for ([_]u32{ first, third }) |wanted| {
        const entry = iterator.next().?;
        try std.testing.expectEqual(wanted, entry.handle);
        try table.drop(entry.handle);
        table.leave(entry.handle);
    }
    try std.testing.expectEqual(null, iterator.next());
    try std.testing.expectEqual(@as(u32, 3), destroyed);
}

test "handles that were never given out are errors, a full table is an error" {
    var destroyed: u32 = 0;
    var table: Table(Probe, 2) = .{};
    try std.testing.expectError(error.BadHandle, table.enter(0xffff_ffff));
    _ = try table.add(.{ .destroyed = &destroyed });
    _ = try table.add(.{ .destroyed = &destroyed });
    try std.testing.expectError(error.TooManyHandles, table.add(.{ .destroyed = &destroyed }));
    try std.testing.expectError(error.BadHandle, table.enter(0));
    try std.testing.expectError(error.BadHandle, table.enter(2 << 16));
}

const Guarded = struct {
    alive: *std.atomic.Value(u32),
    fn destroy(self: *Guarded) void {
        self.alive.store(0, .seq_cst);
    }
};

test "threads: nobody is ever inside an object that is gone" {
    const Shared = struct {
        table: Table(Guarded, 1) = .{},
        handle: std.atomic.Value(u32) = .init(0),
        done: std.atomic.Value(bool) = .init(false),
        entered: std.atomic.Value(u32) = .init(0),
        wrong: std.atomic.Value(u32) = .init(0),

        fn visit(self: *@This()) void {
            while (!self.done.load(.acquire)) {
                const handle = self.handle.load(.acquire);
                const object = self.table.enter(handle) catch continue;
                if (object.alive.load(.seq_cst) != handle) _ = self.wrong.fetchAdd(1, .monotonic);
                _ = self.entered.fetchAdd(1, .monotonic);
                self.table.leave(handle);
            }
        }
    };
    var shared: Shared = .{};
    var alive: std.atomic.Value(u32) = .init(0);
    const threads = [_]std.Thread{
        try std.Thread.spawn(.{}, Shared.visit, .{&shared}),
        try std.Thread.spawn(.{}, Shared.visit, .{&shared}),
    };
    var round: u32 = 0;
    while (round < 20_000 or shared.entered.load(.monotonic) < 1000) : (round += 1) {
        // The place is free again a moment after the last visitor has left.
        const handle = while (true) break shared.table.add(.{ .alive = &alive }) catch continue;
        alive.store(handle, .seq_cst);
        shared.handle.store(handle, .release);
        if (round % 8 == 0) std.Thread.yield() catch {};
        try shared.table.drop(handle);
    }
    shared.done.store(true, .release);
    for (threads) |thread| thread.join();
    try std.testing.expectEqual(@as(u32, 0), shared.wrong.load(.monotonic));
}

test "generations go around without giving out 0" {
    var destroyed: u32 = 0;
    var table: Table(Probe, 1) = .{};
    var round: u32 = 0;
    while (round < 40_000) : (round += 1) {
        const handle = try table.add(.{ .destroyed = &destroyed });
        try std.testing.expect(handle >> 16 != 0 and handle <= std.math.maxInt(i32));
        try table.drop(handle);
    }
    try std.testing.expectEqual(@as(u32, 40_000), destroyed);
}
