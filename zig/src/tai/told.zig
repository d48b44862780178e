//! What is told of TAI.

/// What TAI was at an instant, and how good.
pub const Told = extern struct {
    tai_ns: u64,
    /// How far TAI may be from its source's, ns, with what it is told ahead after a step back; of a fixed one how exactly
    /// the two clocks were read.
    error_ns: u64,
    /// TAI less monotonic time by this process's own reading, which counts while nobody publishes.
    fixed_offset_ns: i64,
    /// Those before that instant: who sees another number has a discontinuity.
    steps: u64,
    /// Rate of TAI against the monotonic clock, less one, in 2^-48.
    frequency: i64,
    /// Values of `Source`.
    source: u32,
    /// Values of `ptp/tai_mapping.zig` State.
    state: u32,
    /// TAI - UTC as far as the source knows, s.
    tai_utc_s: u32,
    /// 0 when nobody publishes now.
    publisher_pid: u32,
    /// 1 when other processes of this machine are told the same.
    is_shared: u32,
    /// Values of `Refusal`: why there is a file that is not used, or none could be made.
    refusal: u32,
};
