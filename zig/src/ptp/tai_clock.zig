//! The clock that everyone reads: it follows the servo's line without ever surprising a reader.
//!
//! The servo may move its line as it likes. This clock goes after it at a limited rate; only what is too far away is
//! stepped over. A new mapping begins a moment ahead, so that it is known to all readers before it holds.

const std = @import("std");
const line_file = @import("line.zig");
const Line = line_file.Line;
const tai_mapping = @import("tai_mapping.zig");
const TaiMapping = tai_mapping.TaiMapping;

pub const Options = struct {
    /// No faster than this towards the line: 100 µs take half a second.
    slew_ppb_max: u32 = 200_000,
    /// The first time is stepped to if it is further away than this (linuxptp's first_step_threshold).
    first_step_ns: u64 = 20_000,
    /// Later ones if they are further away than this: 1 ms takes five seconds.
    step_ns: u64 = 1_000_000,
    /// From publication to the beginning of a mapping: longer than it takes to publish.
    lead_ns: i64 = 1_000_000,
};

pub const Followed = union(enum) {
    /// The mapping published last has not begun, or bends right now: try again with the next measurement.
    deferred,
    /// The line is this far ahead of the clock, which is on its way.
    slewed: i64,
    /// TAI jumps by this much.
    stepped: i64,
};

pub const TaiClock = struct {
    options: Options = .{},
    mapping: TaiMapping,
    is_set: bool = false,

    /// `tai_ns` is what the system takes for TAI at the monotonic instant `now_ns`, and how wrong that may be.
    pub fn init(options: Options, now_ns: i64, tai_ns: i64, error_ns: u64) TaiClock {
        return .{ .options = options, .mapping = .init(now_ns, tai_ns, error_ns) };
    }

    /// Goes after `line`, small differences in `smooth_ns`. `now_ns` is the monotonic instant and does not go back.
    pub fn follow(self: *TaiClock, line: Line, now_ns: i64, smooth_ns: i64) Followed {
        const old = &self.mapping;
        // Half a nanosecond of an odd number would be lost to time for ticks.
        const lead_ns = self.options.lead_ns + @mod(now_ns +% self.options.lead_ns -% old.local_ns, 2);
        const base_ns = now_ns +| lead_ns;
        if (now_ns < old.local_ns) return .deferred;
        if (old.slew_end_ns > now_ns and old.slew_end_ns < base_ns) return .deferred;

        const before = old.fixedAt(base_ns);
        const target = line.fixedAt(base_ns);
        const difference = target - before;
        const difference_ns = line_file.nsFromFixed(difference);
        const ahead_ns = old.ahead_ns -| @divExact(base_ns -| old.local_ns, 2);

        var next = old.*;
        next.local_ns = base_ns;
        setBefore(&next, before);
        next.before_frequency = old.frequency + if (old.slew_end_ns > now_ns) old.slew_frequency else 0;
        next.before_ahead_ns = ahead_ns;
        next.frequency = line.frequency;
        const step_ns = if (self.is_set) self.options.step_ns else self.options.first_step_ns;
        self.is_set = true;
        if (@abs(difference_ns) > step_ns) {
            setTai(&next, target);
            next.slew_frequency = 0;
            next.slew_end_ns = base_ns;
            const hidden = before + line_file.fixedFromNs(@max(0, ahead_ns)) - target;
            const hidden_ns = line_file.nsFromFixed(hidden) +| 1;
            next.ahead_ns = if (hidden_ns > tai_mapping.ahead_ns_max) 0 else hidden_ns;
            next.steps +%= 1;
            self.mapping = next;
            return .{ .stepped = difference_ns };
        }
        setTai(&next, before);
        next.ahead_ns = ahead_ns;
        const fastest = line_file.frequencyFromPpb(@floatFromInt(self.options.slew_ppb_max));
        const gentle = @divTrunc(difference, @max(1, smooth_ns));
        const is_gentle = @abs(gentle) <= fastest;
        const length_ns: i128 = if (is_gentle) @max(1, smooth_ns) else @intCast(@abs(difference) / @abs(fastest));
        next.slew_frequency = @intCast(std.math.clamp(gentle, -fastest, fastest));
        next.slew_end_ns = std.math.lossyCast(i64, base_ns + length_ns);
        self.mapping = next;
        return .{ .slewed = difference_ns };
    }
};

fn setTai(mapping: *TaiMapping, value: line_file.Fixed) void {
    const ns = line_file.nsFromFixed(value);
    mapping.tai_ns = ns;
    mapping.tai_fraction = fractionOf(value);
}

fn setBefore(mapping: *TaiMapping, value: line_file.Fixed) void {
    const ns = line_file.nsFromFixed(value);
    mapping.before_tai_ns = ns;
    mapping.before_fraction = fractionOf(value);
}

fn fractionOf(value: line_file.Fixed) u64 {
    return @intCast(value & ((1 << line_file.fraction_bits) - 1));
}

const expect = std.testing.expect;
const expectEqual = std.testing.expectEqual;

const year_2026_ns = 1_770_000_000_000_000_000;
const ms = std.time.ns_per_ms;

test "TaiClock steps to the first time, then slews at its rate" {
    var clock: TaiClock = .init(.{}, 0, year_2026_ns, 1_000);
    try expectEqual(Followed{ .stepped = 40_000 }, clock.follow(.init(0, year_2026_ns + 40_000), 10, 250 * ms));
    try expectEqual(@as(u64, 1), clock.mapping.steps);
    try expectEqual(.deferred, clock.follow(.init(0, year_2026_ns), 20, 250 * ms));
    // 100 µs away: half a second.
    const line: Line = .init(0, year_2026_ns + 140_000);
    try expectEqual(Followed{ .slewed = 100_000 }, clock.follow(line, 10 * ms, 250 * ms));
    try expect(@abs(clock.mapping.taiAt(11 * ms + 250 * ms) - line.taiAt(261 * ms) + 50_000) <= 1);
    try expect(@abs(clock.mapping.taiAt(11 * ms + 500 * ms) - line.taiAt(511 * ms)) <= 1);
    try expect(@abs(clock.mapping.taiAt(900 * ms) - line.taiAt(900 * ms)) <= 1);
    // 1 µs away: gently.
    try expectEqual(Followed{ .slewed = -1_000 }, clock.follow(line.shifted(-1_000), 1_000 * ms, 250 * ms));
    try expect(@abs(clock.mapping.taiAt(1_126 * ms) - line.taiAt(1_126 * ms) + 500) <= 1);
    const stepped = clock.follow(line.shifted(2_000_000), 1_300 * ms, 250 * ms).stepped;
    try expect(@abs(stepped - 2_001_000) <= 1);
}

test "TaiClock takes time for ticks along when it steps back by more than a second" {
    const s = std.time.ns_per_s;
    for ([_]i64{ s - ms, s + ms, 3600 * s }) |back_ns| {
        var clock: TaiClock = .init(.{}, 0, year_2026_ns, 0);
        try expectEqual(Followed{ .stepped = -back_ns }, clock.follow(.init(0, year_2026_ns - back_ns), 10, 250 * ms));
        const begin_ns = clock.mapping.local_ns;
        try expectEqual(year_2026_ns + begin_ns - 1, clock.mapping.tickTimeAt(begin_ns - 1));
        const is_jump = back_ns > s;
        try expect((clock.mapping.tickTimeAt(begin_ns) < clock.mapping.tickTimeAt(begin_ns - 1)) == is_jump);
        try expectEqual(year_2026_ns - back_ns + begin_ns, clock.mapping.taiAt(begin_ns));
        try expectEqual(@as(u64, 1), clock.mapping.steps);
    }
}

test "TaiClock takes a first time that is near without a step" {
    var clock: TaiClock = .init(.{}, 0, year_2026_ns, 1_000);
    try expectEqual(Followed{ .slewed = -20_000 }, clock.follow(.init(0, year_2026_ns - 20_000), 10, ms));
    try expectEqual(@as(u64, 0), clock.mapping.steps);
}

test "TaiClock: time for ticks never goes back by less than a second, whatever the line does" {
    var random_state = std.Random.DefaultPrng.init(319);
    const random = random_state.random();
    for (0..200) |round| {
        var now_ns: i64 = @intCast(random.uintAtMost(u32, 1 << 30));
        var clock: TaiClock = .init(.{ .step_ns = random.uintAtMost(u64, 2 * ms) }, now_ns, year_2026_ns, 0);
        var line: Line = .init(now_ns, year_2026_ns);
        var tick_ns: i64 = std.math.minInt(i64);
        for (0..500) |_| {
            const old = clock.mapping;
            const size_bits = random.intRangeAtMost(u5, 1, if (round % 4 == 0) 31 else 22);
            line = line.turned(now_ns, random.intRangeAtMost(i64, -(1 << 38), 1 << 38));
            line = line.shifted(random.intRangeAtMost(i64, -(@as(i64, 1) << size_bits), @as(i64, 1) << size_bits));
            _ = clock.follow(line, now_ns, random.intRangeAtMost(i64, 1, 500 * ms));
            // Readers with the old and the new mapping take turns until the new one begins.
            for (0..20) |i| {
                const is_old = now_ns < clock.mapping.local_ns and i % 2 == 0;
                const reader = if (is_old) &old else &clock.mapping;
                const back_ns = tick_ns -| reader.tickTimeAt(now_ns);
                try expect(back_ns <= 0 or back_ns > tai_mapping.ahead_ns_max - 30 * ms);
                tick_ns = reader.tickTimeAt(now_ns);
                if (now_ns < clock.mapping.local_ns) {
                    try expectEqual(old.fixedAt(now_ns), clock.mapping.fixedAt(now_ns));
                }
                now_ns += random.intRangeAtMost(i64, 0, if (i < 12) 200_000 else 30 * ms);
            }
        }
    }
}
