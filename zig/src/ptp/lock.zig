//! When the clock may be called locked, and when no more. Entering is harder than staying, so that noise at a threshold
//! does not make the state flicker.

const std = @import("std");
pub const State = @import("tai_mapping.zig").State;

pub const Options = struct {
    /// Locked after `enter_count` offsets in a row that are at most this.
    enter_ns: u64 = 5_000,
    enter_count: u32 = 8,
    /// Not locked any more after `leave_count` offsets in a row that are more than this.
    leave_ns: u64 = 20_000,
    leave_count: u32 = 8,
    /// Holdover after this many Sync intervals without a measurement,
    silent_intervals: u32 = 4,
    /// and not before this time.
    silent_ns_min: i64 = 2 * std.time.ns_per_s,
    /// A holdover whose error may be larger than this is over: the clock is free.
    free_error_ns: u64 = 1_000_000,
};

pub const Lock = struct {
    options: Options = .{},
    state: State = .free,
    /// Offsets in a row that speak for the other state.
    run: u32 = 0,

    /// A measurement came: how far the time that we tell is from it. Null while that is not known.
    pub fn measured(self: *Lock, offset_ns: ?i64) void {
        const offset = offset_ns orelse return self.enter(.acquiring);
        switch (self.state) {
            .free, .holdover => {
                self.enter(.acquiring);
                self.judge(@abs(offset) <= self.options.enter_ns, self.options.enter_count, .locked);
            },
            .acquiring => self.judge(@abs(offset) <= self.options.enter_ns, self.options.enter_count, .locked),
            .locked => self.judge(@abs(offset) > self.options.leave_ns, self.options.leave_count, .acquiring),
        }
    }

    /// The master's time was found to have moved.
    pub fn moved(self: *Lock, by_ns: i64) void {
        if (@abs(by_ns) > self.options.leave_ns) self.enter(.acquiring) else self.run = 0;
    }

    /// No measurement for `silence_ns`; the error may be `error_ns`.
    pub fn silent(self: *Lock, silence_ns: i64, interval_ns: i64, is_tracking: bool, error_ns: u64) void {
        const limit_ns = @max(interval_ns *| self.options.silent_intervals, self.options.silent_ns_min);
        if (silence_ns <= limit_ns) return;
        if (!is_tracking or error_ns > self.options.free_error_ns) return self.enter(.free);
        if (self.state != .free) self.enter(.holdover);
    }

    fn judge(self: *Lock, speaks: bool, count: u32, state: State) void {
        self.run = if (speaks) self.run + 1 else 0;
        if (self.run >= count) self.enter(state);
    }

    fn enter(self: *Lock, state: State) void {
        if (self.state == state) return;
        self.state = state;
        self.run = 0;
    }
};

const expectEqual = std.testing.expectEqual;

test "Lock is hard to enter and hard to leave" {
    var lock: Lock = .{};
    lock.measured(null);
    try expectEqual(.acquiring, lock.state);
    for (0..100) |i| lock.measured(if (i % 8 == 7) 6_000 else 100);
    try expectEqual(.acquiring, lock.state);
    for (0..8) |_| lock.measured(-5_000);
    try expectEqual(.locked, lock.state);
    for (0..100) |i| lock.measured(if (i % 8 == 7) 6_000 else 100_000);
    try expectEqual(.locked, lock.state);
    for (0..8) |_| lock.measured(-20_001);
    try expectEqual(.acquiring, lock.state);
    for (0..8) |_| lock.measured(0);
    lock.moved(20_000);
    try expectEqual(.locked, lock.state);
    lock.moved(-20_001);
    try expectEqual(.acquiring, lock.state);
}

test "Lock goes to holdover, and free when the error has grown or nothing was learnt" {
    var lock: Lock = .{ .state = .locked };
    lock.silent(2_000_000_000, 125_000_000, true, 0);
    try expectEqual(.locked, lock.state);
    lock.silent(2_000_000_001, 125_000_000, true, 0);
    try expectEqual(.holdover, lock.state);
    lock.measured(0);
    try expectEqual(.acquiring, lock.state);
    lock.silent(4_000_000_001, 1_000_000_000, true, 1_000_001);
    try expectEqual(.free, lock.state);
    lock.silent(5_000_000_000, 1_000_000_000, true, 0);
    try expectEqual(.free, lock.state);
    lock.state = .acquiring;
    lock.silent(5_000_000_000, 1_000_000_000, false, 0);
    try expectEqual(.free, lock.state);
}
