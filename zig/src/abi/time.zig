//! Clock and waiting. See ../time.zig.

const result = @import("../result.zig");
const time = @import("../time.zig");

/// Nanoseconds of CLOCK_MONOTONIC.
pub fn sl_time_monotonic_ns() callconv(.c) u64 {
    return time.monotonicNs();
}

/// Blocks until CLOCK_MONOTONIC has reached the instant; never returns early with `ok`. A deadline more than 100 ms
/// away returns `timed_out` after 100 ms: call again.
pub fn sl_time_sleep_until(monotonic_ns: u64) callconv(.c) i32 {
    return result.code(time.sleepUntil(monotonic_ns));
}
