//! How a process gets at TAI where processes share none: it has a reading of the system's clock of its own, a constant
//! offset (`time.mapping`). What tai/reader.zig tells while nobody publishes.

const std = @import("std");
const region = @import("region.zig");
const time = @import("../time.zig");
const State = @import("../ptp/tai_mapping.zig").State;
const Told = @import("told.zig").Told;

pub const OwnReader = struct {
    pub fn taiOf(_: *OwnReader, monotonic_ns: u64) u64 {
        return moved(monotonic_ns, time.mapping().offset_ns);
    }

    pub fn monotonicOf(_: *OwnReader, tai_ns: u64) u64 {
        return moved(tai_ns, -time.mapping().offset_ns);
    }

    pub fn told(self: *OwnReader, monotonic_ns: u64) Told {
        const fixed = time.mapping();
        return .{
            .tai_ns = self.taiOf(monotonic_ns),
            .error_ns = fixed.error_ns,
            .fixed_offset_ns = fixed.offset_ns,
            .steps = 0,
            .frequency = 0,
            .source = @backingInt(fixed.source),
            .state = @backingInt(State.free),
            .tai_utc_s = fixed.tai_utc_s,
            .publisher_pid = 0,
            .is_shared = 0,
            .refusal = @backingInt(region.Refusal.no_directory),
        };
    }

    /// Nobody publishes.
    pub fn status(_: *OwnReader) ?region.Status {
        return null;
    }
};

/// Within what signed instants can be, as the reader of shared TAI has it.
fn moved(ns: u64, by_ns: i64) u64 {
    return std.math.lossyCast(u64, std.math.lossyCast(i64, ns) +| by_ns);
}

test "TAI of one process alone goes with its monotonic clock, and back" {
    var reader: OwnReader = .{};
    const offset_ns = time.mapping().offset_ns;
    for ([_]u64{ 0, 1, time.monotonicNs(), 1 << 60 }) |monotonic_ns| {
        const tai_ns = reader.taiOf(monotonic_ns);
        try std.testing.expectEqual(@as(i64, @intCast(monotonic_ns)) + offset_ns, @as(i64, @intCast(tai_ns)));
        try std.testing.expectEqual(monotonic_ns, reader.monotonicOf(tai_ns));
    }
    try std.testing.expectEqual(@as(u64, std.math.maxInt(i64)), reader.taiOf(std.math.maxInt(u64)));
    try std.testing.expectEqual(@as(u64, 0), reader.monotonicOf(0));
    const told = reader.told(7);
    try std.testing.expectEqual(reader.taiOf(7), told.tai_ns);
    try std.testing.expectEqual(offset_ns, told.fixed_offset_ns);
    try std.testing.expect(told.is_shared == 0 and told.publisher_pid == 0 and told.tai_utc_s >= 10);
    try std.testing.expectEqual(null, reader.status());
}
