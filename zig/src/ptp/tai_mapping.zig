//! TAI as this process tells it: what is published, and read by everyone at any time.
//!
//! The value has no pointer and no lock: whoever publishes it across threads copies its words under a sequence count.
//! A new mapping begins at an instant in the near future. Before that instant it says exactly what the one before it
//! said, so two readers, one with the old and one with the new value, never see time go back.
//!
//!         before           slewing            on the line
//!   ------------------|----------------|----------------------->  local
//!                  local_ns       slew_end_ns
//!
//! A step is a gap at `local_ns`. TAI then jumps, back too; time for ticks does not: it goes on at half speed until TAI
//! has caught up with it. Only a step back of more than `ahead_ns_max` takes it along, since nobody wants hours of
//! half-rate ticks because the machine's clock was wrong by hours.

const std = @import("std");
const line_file = @import("line.zig");
const Fixed = line_file.Fixed;
const Frequency = line_file.Frequency;

pub const State = enum(u32) {
    /// No master has been heard for so long that the machine's own clock is as good.
    free = 0,
    /// A master is heard, the offset is not small or not known yet.
    acquiring = 1,
    locked = 2,
    /// It was locked and hears no master; the error grows.
    holdover = 3,
};

/// What is further back than this is jumped to.
pub const ahead_ns_max = std.time.ns_per_s;

const one: Fixed = 1 << line_file.fraction_bits;
/// A line and its slew together are not further off.
const frequency_max = one >> 8;
const local_ns_max = 1 << 61;
const ns_per_s = std.time.ns_per_s;

pub const TaiMapping = extern struct {
    /// Monotonic instant from which the mapping holds.
    local_ns: i64,
    /// TAI there and the part of a nanosecond in 2^-48.
    tai_ns: i64,
    tai_fraction: u64 = 0,
    /// Rate of TAI against the monotonic clock, less one, in 2^-48.
    frequency: i64 = 0,
    /// Added to the rate until `slew_end_ns`, a monotonic instant.
    slew_frequency: i64 = 0,
    slew_end_ns: i64,
    /// TAI at `local_ns` and rate of the mapping before.
    before_tai_ns: i64,
    before_fraction: u64 = 0,
    before_frequency: i64 = 0,
    /// By how much time for ticks is ahead of TAI at `local_ns`: it falls by half a nanosecond per nanosecond and
    /// counts as 0 when negative. Of this mapping, and of the one before.
    ahead_ns: i64 = 0,
    before_ahead_ns: i64 = 0,
    /// The error at `error_local_ns` and how it grows: by a rate, and by a change of rate (ppb per second).
    error_local_ns: i64,
    error_ns: u64,
    error_ppb: u64 = 0,
    error_ppb_per_s: u64 = 0,
    /// Steps so far: who sees another number has a discontinuity.
    steps: u64 = 0,
    state: State = .free,
    reserved: u32 = 0,

    /// The mapping before there is any master: the system's idea of TAI.
    pub fn init(local_ns: i64, tai_ns: i64, error_ns: u64) TaiMapping {
        return .{
            .local_ns = local_ns,
            .tai_ns = tai_ns,
            .slew_end_ns = local_ns,
            .before_tai_ns = tai_ns,
            .error_local_ns = local_ns,
            .error_ns = error_ns,
        };
    }

    /// Whether a clock could have made it, so that nothing that is computed of it overflows: others may have written it.
    pub fn isPlausible(self: *const TaiMapping) bool {
        if (self.tai_fraction >= one or self.before_fraction >= one or @abs(self.local_ns) > local_ns_max) return false;
        for ([_]Frequency{ self.frequency, self.slew_frequency, self.before_frequency }) |frequency| {
            if (@abs(frequency) > frequency_max) return false;
        }
        return true;
    }

    /// TAI at a monotonic instant, with fraction.
    pub fn fixedAt(self: *const TaiMapping, local_ns: i64) Fixed {
        const elapsed = @as(Fixed, local_ns) - self.local_ns;
        if (elapsed < 0) {
            return fixedOf(self.before_tai_ns, self.before_fraction) + elapsed * (one + self.before_frequency);
        }
        const slewed = @min(elapsed, @max(0, @as(Fixed, self.slew_end_ns) - self.local_ns));
        const at_start = fixedOf(self.tai_ns, self.tai_fraction);
        return at_start + elapsed * (one + self.frequency) + slewed * self.slew_frequency;
    }

    /// TAI at a monotonic instant. It jumps, forward or back, where the clock is stepped.
    pub fn taiAt(self: *const TaiMapping, local_ns: i64) i64 {
        return line_file.nsFromFixed(self.fixedAt(local_ns));
    }

    /// Time for ticks at a monotonic instant: TAI that does not go back, from one mapping to the next neither, except
    /// by a step of more than `ahead_ns_max`.
    pub fn tickTimeAt(self: *const TaiMapping, local_ns: i64) i64 {
        return line_file.nsFromFixed(self.fixedAt(local_ns) + self.aheadAt(local_ns));
    }

    /// By how much time for ticks is ahead of TAI.
    pub fn aheadAt(self: *const TaiMapping, local_ns: i64) Fixed {
        const elapsed = @as(Fixed, local_ns) - self.local_ns;
        const ahead_ns = if (elapsed < 0) self.before_ahead_ns else self.ahead_ns;
        return @max(0, line_file.fixedFromNs(ahead_ns) - (elapsed << (line_file.fraction_bits - 1)));
    }

    /// The first monotonic instant at which TAI has reached `tai_ns`; after a step back, the later one.
    pub fn localAt(self: *const TaiMapping, tai_ns: i64) i64 {
        if (tai_ns >= self.tai_ns) return self.search(taiAt, tai_ns, self.local_ns, self.tai_ns);
        const found_ns = self.search(taiAt, tai_ns, self.local_ns, self.before_tai_ns);
        return @min(found_ns, self.local_ns);
    }

    /// The first monotonic instant at which time for ticks has reached `tick_ns`: when a tick is due.
    pub fn localAtTickTime(self: *const TaiMapping, tick_ns: i64) i64 {
        return self.search(tickTimeAt, tick_ns, self.local_ns, self.tickTimeAt(self.local_ns));
    }

    /// How far TAI may be from the master's at a monotonic instant. An asymmetry of the path is not in it: nobody at
    /// one end can see it.
    pub fn errorAt(self: *const TaiMapping, local_ns: i64) u64 {
        // 50 days: nobody is in holdover for that long, and the product stays within 128 bits.
        const elapsed_ns: u128 = @intCast(std.math.clamp(local_ns -| self.error_local_ns, 0, 1 << 52));
        const growth_max = std.math.maxInt(u32);
        const linear = elapsed_ns * @min(self.error_ppb, growth_max) / ns_per_s;
        const square = elapsed_ns * elapsed_ns / ns_per_s * @min(self.error_ppb_per_s, growth_max) / (2 * ns_per_s);
        return std.math.lossyCast(u64, self.error_ns + linear + square + self.slewLeftAt(local_ns));
    }

    /// How far the mapping still is from its line.
    fn slewLeftAt(self: *const TaiMapping, local_ns: i64) u128 {
        const left = @as(Fixed, self.slew_end_ns) - @max(local_ns, self.local_ns);
        return if (left <= 0) 0 else @abs(left * self.slew_frequency) >> line_file.fraction_bits;
    }

    /// The first instant at which `time` has reached `target`, by halving: rates lie between 0.4 and 2. `anchor` is an
    /// instant with its time. Where a step back makes `time` fall, the side of `anchor` on which `target` lies counts.
    fn search(
        self: *const TaiMapping,
        time: fn (*const TaiMapping, i64) i64,
        target: i64,
        anchor_ns: i64,
        at_anchor: i64,
    ) i64 {
        const distance = @as(i128, target) - at_anchor;
        var low = @as(i128, anchor_ns) + if (distance < 0) distance * 3 - 2 else -1;
        var high = @as(i128, anchor_ns) + if (distance < 0) 0 else distance * 3 + 2;
        low = @max(low, std.math.minInt(i64));
        high = @min(high, std.math.maxInt(i64));
        while (high - low > 1) {
            const middle = low + @divTrunc(high - low, 2);
            if (time(self, @intCast(middle)) >= target) high = middle else low = middle;
        }
        return @intCast(high);
    }
};

fn fixedOf(ns: i64, fraction: u64) Fixed {
    return line_file.fixedFromNs(ns) + fraction;
}

const expect = std.testing.expect;
const expectEqual = std.testing.expectEqual;

const year_2026_ns = 1_770_000_000_000_000_000;

test "TaiMapping slews to its line and stays on it" {
    var mapping: TaiMapping = .init(1_000_000, year_2026_ns, 0);
    mapping.frequency = line_file.frequencyFromPpb(50_000);
    mapping.slew_frequency = line_file.frequencyFromPpb(200_000);
    mapping.slew_end_ns = 1_000_000 + 500_000_000;
    try expectEqual(@as(i64, year_2026_ns - 7), mapping.taiAt(1_000_000 - 7));
    const end_ns = mapping.taiAt(mapping.slew_end_ns);
    try expect(@abs(end_ns - (year_2026_ns + 500_000_000 + 125_000)) <= 1);
    try expect(@abs(mapping.taiAt(mapping.slew_end_ns + 1_000_000_000) - (end_ns + 1_000_050_000)) <= 1);
    try expect(mapping.errorAt(1_000_000) >= 99_999);
    try expectEqual(@as(u64, 0), mapping.errorAt(mapping.slew_end_ns));
}

test "TaiMapping steps back while time for ticks goes on at half speed" {
    var mapping: TaiMapping = .init(0, year_2026_ns, 0);
    mapping.tai_ns -= 1_000;
    mapping.ahead_ns = 1_000;
    try expectEqual(@as(i64, year_2026_ns - 1), mapping.taiAt(-1));
    try expectEqual(@as(i64, year_2026_ns - 1_000), mapping.taiAt(0));
    try expectEqual(@as(i64, year_2026_ns), mapping.tickTimeAt(0));
    try expectEqual(@as(i64, year_2026_ns + 500), mapping.tickTimeAt(1_000));
    try expectEqual(@as(i64, year_2026_ns + 1_000), mapping.tickTimeAt(2_000));
    try expectEqual(@as(i64, year_2026_ns + 2_000), mapping.tickTimeAt(3_000));
    try expectEqual(@as(i64, 1_000), mapping.localAtTickTime(year_2026_ns + 500));
    try expectEqual(@as(i64, 1_500), mapping.localAt(year_2026_ns + 500));
    try expectEqual(@as(i64, -1_400), mapping.localAt(year_2026_ns - 1_400));
}

test "TaiMapping error grows by rate and by change of rate" {
    var mapping: TaiMapping = .init(0, year_2026_ns, 300);
    mapping.error_ppb = 40;
    mapping.error_ppb_per_s = 10;
    try expectEqual(@as(u64, 300), mapping.errorAt(-5));
    try expectEqual(@as(u64, 300 + 60 * 40 + 60 * 60 * 10 / 2), mapping.errorAt(60 * ns_per_s));
    mapping.error_ppb = std.math.maxInt(u64);
    mapping.error_ppb_per_s = std.math.maxInt(u64);
    try expect(mapping.errorAt(std.math.maxInt(i64)) > 1 << 62);
}

test "TaiMapping inverts itself to the nanosecond" {
    var random_state = std.Random.DefaultPrng.init(2059);
    const random = random_state.random();
    for (0..2_000) |_| {
        var mapping: TaiMapping = .init(random.intRangeAtMost(i64, 0, 1 << 55), year_2026_ns, 0);
        mapping.frequency = random.intRangeAtMost(i64, -(1 << 38), 1 << 38);
        mapping.before_frequency = random.intRangeAtMost(i64, -(1 << 38), 1 << 38);
        mapping.slew_frequency = random.intRangeAtMost(i64, -(1 << 37), 1 << 37);
        mapping.slew_end_ns = mapping.local_ns + random.intRangeAtMost(i64, 0, 1 << 33);
        mapping.ahead_ns = random.intRangeAtMost(i64, 0, 1 << 33);
        mapping.before_ahead_ns = mapping.ahead_ns;
        const tai_ns = year_2026_ns + random.intRangeAtMost(i64, -(1 << 36), 1 << 36);
        const local_ns = mapping.localAt(tai_ns);
        try expect(mapping.taiAt(local_ns) >= tai_ns and mapping.taiAt(local_ns - 1) < tai_ns);
        const due_ns = mapping.localAtTickTime(tai_ns);
        try expect(mapping.tickTimeAt(due_ns) >= tai_ns and mapping.tickTimeAt(due_ns - 1) < tai_ns);
    }
    const mapping: TaiMapping = .init(0, 0, 0);
    try expectEqual(@as(i64, std.math.maxInt(i64)), mapping.localAt(std.math.maxInt(i64)));
}

test "TaiMapping is made of words" {
    try expectEqual(@as(usize, 0), @sizeOf(TaiMapping) % 8);
    try expectEqual(@as(usize, 17 * 8), @sizeOf(TaiMapping));
}
