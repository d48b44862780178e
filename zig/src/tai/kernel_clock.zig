//! The kernel's own clock, and what it knows of itself (adjtimex).

const std = @import("std");
const linux = std.os.linux;
const time = @import("../time.zig");

const ns_per_us = std.time.ns_per_us;

/// The clock is not synchronised.
const sta_unsync = 0x40;
const time_error = 5;

/// `struct timex` of 64-bit machines.
const Timex = extern struct {
    modes: u32 = 0,
    offset: i64 = 0,
    freq: i64 = 0,
    maxerror: i64 = 0,
    esterror: i64 = 0,
    status: i32 = 0,
    constant: i64 = 0,
    precision: i64 = 0,
    tolerance: i64 = 0,
    time: [2]i64 = @splat(0),
    tick: i64 = 0,
    ppsfreq: i64 = 0,
    jitter: i64 = 0,
    shift: i32 = 0,
    stabil: i64 = 0,
    jitcnt: i64 = 0,
    calcnt: i64 = 0,
    errcnt: i64 = 0,
    stbcnt: i64 = 0,
    tai: i32 = 0,
    reserved: [11]i32 = @splat(0),
};

comptime {
    std.debug.assert(@sizeOf(Timex) == 208);
}

/// One look at the kernel's clock.
pub const Reading = struct {
    /// Monotonic instant.
    monotonic_ns: i64,
    /// TAI less monotonic time: by CLOCK_TAI if somebody has set it, else UTC + 37 s.
    offset_ns: i64,
    /// Half the time that the reading took.
    error_ns: u64,
    tai_utc_s: u32,
    /// Whether somebody has told the kernel what TAI - UTC is.
    is_tai_set: bool,
    /// Somebody disciplines the clock and says that it is right.
    is_synchronised: bool,
    /// How far off that somebody takes the clock to be, and at most; 0 when nothing is said.
    estimated_error_ns: u64,
    max_error_ns: u64,
    /// By how much the clock is made faster than its oscillator.
    frequency_ppb: f64,
};

/// Reads the tightest of several pairs.
pub fn read() Reading {
    const fixed = time.measure();
    var info: Timex = .{};
    const returned = linux.syscall1(.adjtimex, @intFromPtr(&info));
    const is_known = linux.errno(returned) == .SUCCESS;
    return .{
        .monotonic_ns = @intCast(time.monotonicNs()),
        .offset_ns = fixed.offset_ns,
        .error_ns = fixed.error_ns,
        .tai_utc_s = fixed.tai_utc_s,
        .is_tai_set = fixed.source == .kernel,
        .is_synchronised = is_known and returned != time_error and info.status & sta_unsync == 0,
        .estimated_error_ns = if (is_known) nsOf(info.esterror) else 0,
        .max_error_ns = if (is_known) nsOf(info.maxerror) else 0,
        // Parts per million with 16 bits behind the point.
        .frequency_ppb = @as(f64, @floatFromInt(info.freq)) * 1000 / 65_536,
    };
}

fn nsOf(us: i64) u64 {
    return @as(u64, @intCast(@max(0, us))) *| ns_per_us;
}

test "read() tells the clock's offset and what the kernel knows of it" {
    const first = read();
    const second = read();
    try std.testing.expect(second.monotonic_ns >= first.monotonic_ns);
    try std.testing.expect(@abs(second.offset_ns - first.offset_ns) < std.time.ns_per_s);
    try std.testing.expect(first.tai_utc_s >= 10 and first.error_ns < std.time.ns_per_s);
    try std.testing.expect(@abs(first.frequency_ppb) <= 1_000_000);
}
