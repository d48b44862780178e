//! When the clock may be called locked, and when no more. Entering is harder than staying, so that noise at a threshold
//! does not make the state flicker. What is judged is the median of the last offsets: behind an ordinary switch single ones
//! scatter by more than the clock is wrong.

const std = @import("std");
const sorting = @import("median.zig");
pub const State = @import("tai_mapping.zig").State;

pub const Options = struct {
    /// Locked after `enter_count` medians in a row that are at most this.
    enter_ns: u64 = 5_000,
    enter_count: u32 = 8,
    /// Not locked any more after `leave_count` medians in a row that are more than this.
    leave_ns: u64 = 20_000,
    leave_count: u32 = 8,
    /// Holdover after this many Sync intervals without a measurement,
    silent_intervals: u32 = 4,
    /// and not before this time.
    silent_ns_min: i64 = 2 * std.time.ns_per_s,
    /// A holdover whose error may be larger than this is over: the clock is free.
    free_error_ns: u64 = 1_000_000,
};

const window_count = 8;

pub const Lock = struct {
    options: Options = .{},
    state: State = .free,
    /// Medians in a row that speak for the other state.
    run: u32 = 0,
    /// The last offsets since the time was last found to have moved.
    window: [window_count]f64 = @splat(0),
    count: usize = 0,
    next: usize = 0,

    /// A measurement came: how far the time that we tell is from it. Null while that is not known.
    pub fn measured(self: *Lock, offset_ns: ?i64) void {
        const offset = offset_ns orelse return self.startAnew();
        if (self.state == .free or self.state == .holdover) self.startAnew();
        const size_ns = self.median(offset);
        switch (self.state) {
            .free, .holdover => unreachable,
            .acquiring => self.judge(size_ns <= self.options.enter_ns, self.options.enter_count, .locked),
            .locked => self.judge(size_ns > self.options.leave_ns, self.options.leave_count, .acquiring),
        }
    }

    /// The master's time was found to have moved.
    pub fn moved(self: *Lock, by_ns: i64) void {
        self.count = 0;
        if (@abs(by_ns) > self.options.leave_ns) self.enter(.acquiring) else self.run = 0;
    }

    /// No measurement for `silence_ns`; the error may be `error_ns`.
    pub fn silent(self: *Lock, silence_ns: i64, interval_ns: i64, is_tracking: bool, error_ns: u64) void {
        const limit_ns = @max(interval_ns *| self.options.silent_intervals, self.options.silent_ns_min);
        if (silence_ns <= limit_ns) return;
        if (!is_tracking or error_ns > self.options.free_error_ns) return self.enter(.free);
        if (self.state != .free) self.enter(.holdover);
    }

    fn startAnew(self: *Lock) void {
        self.count = 0;
        self.enter(.acquiring);
    }

    /// Size of the median of the last offsets with this one.
    fn median(self: *Lock, offset_ns: i64) u64 {
        if (self.count == 0) self.next = 0;
        self.window[self.next] = @floatFromInt(offset_ns);
        self.next = (self.next + 1) % window_count;
        self.count = @min(self.count + 1, window_count);
        var sorted = self.window;
        return std.math.lossyCast(u64, @abs(sorting.median(sorted[0..self.count])));
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
    for (0..100) |i| lock.measured(if (i % 12 < 9) 6_000 else 100);
    try expectEqual(.acquiring, lock.state);
    for (0..20) |_| lock.measured(-5_000);
    try expectEqual(.locked, lock.state);
    for (0..100) |i| lock.measured(if (i % 12 < 6) 100_000 else 0);
    try expectEqual(.locked, lock.state);
    for (0..20) |_| lock.measured(-20_001);
    try expectEqual(.acquiring, lock.state);
    for (0..20) |_| lock.measured(0);
    lock.moved(20_000);
    try expectEqual(.locked, lock.state);
    lock.moved(-20_001);
    try expectEqual(.acquiring, lock.state);
}

test "Lock sees through offsets that scatter by more than the clock may be wrong" {
    var lock: Lock = .{};
    var random_state = std.Random.DefaultPrng.init(1588);
    const random = random_state.random();
    var locked_count: usize = 0;
    for (0..1_000) |_| {
        lock.measured(@round(5_500 * random.floatNorm(f64)));
        if (lock.state == .locked) locked_count += 1;
    }
    try std.testing.expect(locked_count > 900);
    // 30 µs off is still seen in it.
    for (0..20) |_| lock.measured(@round(30_000 + 5_500 * random.floatNorm(f64)));
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
