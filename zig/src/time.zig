//! Time: the machine's monotonic clock, a first idea of its relation to TAI, and waiting for an instant.
//!
//! Media is stamped in TAI nanoseconds since 1970-01-01 00:00:00 TAI (the PTP epoch): a scale without leap seconds.
//! The system's own clock counts UTC and is stepped and slewed, so a stamp taken from it could go back. We therefore
//! read it once, when the library is first used in a process, and while nobody tells this machine its TAI (tai.zig),
//! that is the monotonic clock plus a constant. Where the kernel knows the TAI-UTC difference (set by a PTP or NTP
//! daemon) CLOCK_TAI is used; elsewhere UTC + 37 s, the difference since 2017-01-01 (IERS Bulletin C).

const std = @import("std");
const Error = @import("result.zig").Error;
const system = @import("platform.zig").system;

const ns_per_s = 1_000_000_000;

/// TAI - UTC since 2017-01-01.
const tai_utc_s_default = 37;

/// A CLOCK_TAI that is less than this ahead of UTC was never set: the difference has been >= 10 s since 1972.
const tai_utc_s_min = 10;

/// No call sleeps longer than this, so that a worker thread can be stopped.
pub const sleep_ns_max = 100 * 1_000_000;

pub const Source = enum(u32) {
    /// UTC of the system + 37 s.
    system = 0,
    /// CLOCK_TAI of the kernel.
    kernel = 1,
};

/// TAI = monotonic + offset_ns.
pub const Mapping = extern struct {
    offset_ns: i64,
    /// How far the offset can be off the system's clock when it was read; says nothing of that clock's own error.
    error_ns: u64,
    source: Source,
    tai_utc_s: u32,
};

pub fn monotonicNs() u64 {
    return system.monotonicNs();
}

/// For how long this machine was suspended since its start, which no monotonic time counts.
pub fn suspendedNs() i64 {
    return system.suspendedNs();
}

var fixed: Mapping = undefined;
var fixed_state: std.atomic.Value(u32) = .init(unset);
const unset = 0;
const setting = 1;
const set = 2;

/// The one mapping of this process, fixed by whoever asks first.
pub fn mapping() Mapping {
    if (fixed_state.load(.acquire) == set) return fixed;
    if (fixed_state.cmpxchgStrong(unset, setting, .acquire, .acquire) == null) {
        fixed = measure();
        fixed_state.store(set, .release);
    }
    while (fixed_state.load(.acquire) != set) std.atomic.spinLoopHint();
    return fixed;
}

/// Takes over the offset of the process that this one works for, so that both have the same beats.
/// `error.AlreadySet` if another one was in use before.
pub fn adopt(offset_ns: i64) Error!void {
    if (fixed_state.cmpxchgStrong(unset, setting, .acquire, .acquire) == null) {
        fixed = measure();
        fixed.offset_ns = offset_ns;
        fixed_state.store(set, .release);
    }
    if (mapping().offset_ns != offset_ns) return error.AlreadySet;
}

/// Reads UTC between two readings of the monotonic clock, several times, and keeps the tightest.
pub fn measure() Mapping {
    var best: Mapping = .{ .offset_ns = 0, .error_ns = std.math.maxInt(u64), .source = .system, .tai_utc_s = 0 };
    for (0..16) |_| {
        const before = monotonicNs();
        const utc_ns = system.utcNs();
        const after = monotonicNs();
        const error_ns = (after - before + 1) / 2;
        if (error_ns >= best.error_ns) continue;
        best.error_ns = error_ns;
        best.offset_ns = @as(i64, @intCast(utc_ns)) - @as(i64, @intCast(before + (after - before) / 2));
    }
    const kernel_s = kernelTaiUtcSeconds();
    best.source = if (kernel_s == null) .system else .kernel;
    best.tai_utc_s = kernel_s orelse tai_utc_s_default;
    best.offset_ns += @as(i64, best.tai_utc_s) * ns_per_s;
    return best;
}

/// TAI - UTC as the kernel has it, null if nobody told the kernel.
fn kernelTaiUtcSeconds() ?u32 {
    const utc_ns = system.utcNs();
    const tai_ns = system.taiNs() orelse return null;
    if (tai_ns < utc_ns) return null;
    const difference_s = (tai_ns - utc_ns + ns_per_s / 2) / ns_per_s;
    return if (difference_s >= tai_utc_s_min and difference_s < 1000) @intCast(difference_s) else null;
}

/// Sleeps until the monotonic clock has reached `deadline_ns`; never comes back early. A deadline that is more than
/// 100 ms away is `error.TimedOut` after 100 ms.
pub fn sleepUntil(deadline_ns: u64) Error!void {
    const limit_ns = monotonicNs() + sleep_ns_max;
    try system.sleepUntil(@min(deadline_ns, limit_ns));
    if (deadline_ns > limit_ns) return error.TimedOut;
}

test "the mapping is fixed, sane and agrees with the system clock" {
    const first = mapping();
    try std.testing.expectEqual(first, mapping());
    try std.testing.expect(first.tai_utc_s >= tai_utc_s_min);
    const tai_ns = @as(i64, @intCast(monotonicNs())) + first.offset_ns;
    const utc_ns: i64 = @intCast(system.utcNs());
    const difference_ns = tai_ns - utc_ns - @as(i64, first.tai_utc_s) * ns_per_s;
    try std.testing.expect(@abs(difference_ns) < ns_per_s);
}

test "adopt() agrees to what is in use and refuses anything else" {
    const offset_ns = mapping().offset_ns;
    try adopt(offset_ns);
    try std.testing.expectError(error.AlreadySet, adopt(offset_ns + 1));
    try std.testing.expectEqual(offset_ns, mapping().offset_ns);
}

test "sleepUntil() is never early and returns at once for the past" {
    for (0..20) |i| {
        const deadline_ns = monotonicNs() + i * 100_000;
        try sleepUntil(deadline_ns);
        try std.testing.expect(monotonicNs() >= deadline_ns);
    }
    try sleepUntil(0);
}

test "sleepUntil() gives up after 100 ms with a state" {
    const start_ns = monotonicNs();
    try std.testing.expectError(error.TimedOut, sleepUntil(std.math.maxInt(u64)));
    try std.testing.expect(monotonicNs() - start_ns >= sleep_ns_max);
}
