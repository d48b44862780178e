//! Clock and waiting. See ../time.zig.

const result = @import("../result.zig");
const time = @import("../time.zig");
const Buffer = @import("buffer.zig");

pub const layouts = .{ .TimeMapping = time.Mapping };

/// Nanoseconds of CLOCK_MONOTONIC.
pub fn sl_time_monotonic_ns() callconv(.c) u64 {
    return time.monotonicNs();
}

/// Nanoseconds of TAI since 1970-01-01 00:00:00 TAI: the monotonic clock plus the offset of `sl_time_mapping`.
pub fn sl_time_tai_ns() callconv(.c) u64 {
    return time.taiNs();
}

/// Writes the process's fixed mapping from the monotonic clock to TAI (layout TimeMapping).
pub fn sl_time_mapping(out: ?[*]u8, out_bytes: u32) callconv(.c) i32 {
    return result.code(Buffer.write(time.Mapping, time.mapping(), out, out_bytes));
}

/// Blocks until CLOCK_MONOTONIC has reached the instant; never returns early with `ok`. A deadline more than 100 ms
/// away returns `timed_out` after 100 ms: call again.
pub fn sl_time_sleep_until(monotonic_ns: u64) callconv(.c) i32 {
    return result.code(time.sleepUntil(monotonic_ns));
}
