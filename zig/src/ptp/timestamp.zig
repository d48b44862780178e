//! Time stamps and intervals of PTP (IEEE 1588-2008 sections 5.3.2, 5.3.3 and 7.7.2.1).
//!
//! A time stamp has 48 bits of seconds: enough for millions of years, where our instants (i64 nanoseconds) end in 2262.
//! `ns` says so instead of wrapping. There is none before the epoch.

const std = @import("std");

pub const bytes_count = 10;
const ns_per_s = std.time.ns_per_s;

/// Seconds and nanoseconds since 1970-01-01 00:00:00, of TAI if the master's timescale is PTP.
pub const Timestamp = struct {
    seconds: u48 = 0,
    /// Below 1 000 000 000 in a good one.
    nanoseconds: u32 = 0,

    pub fn read(bytes: *const [bytes_count]u8) Timestamp {
        return .{
            .seconds = std.mem.readInt(u48, bytes[0..6], .big),
            .nanoseconds = std.mem.readInt(u32, bytes[6..10], .big),
        };
    }

    pub fn write(self: Timestamp, target: *[bytes_count]u8) void {
        std.mem.writeInt(u48, target[0..6], self.seconds, .big);
        std.mem.writeInt(u32, target[6..10], self.nanoseconds, .big);
    }

    /// Nanoseconds since the epoch; null if the nanoseconds are a second or more, or it is after the year 2262.
    pub fn ns(self: Timestamp) ?i64 {
        if (self.nanoseconds >= ns_per_s) return null;
        return std.math.cast(i64, @as(i96, self.seconds) * ns_per_s + self.nanoseconds);
    }

    /// Null before the epoch.
    pub fn fromNs(instant_ns: i64) ?Timestamp {
        if (instant_ns < 0) return null;
        return .{
            .seconds = @intCast(@divFloor(instant_ns, ns_per_s)),
            .nanoseconds = @intCast(@mod(instant_ns, ns_per_s)),
        };
    }
};

/// Nanoseconds in units of 2^-16: a correctionField (IEEE 1588-2008 section 13.3.2.7).
pub const Scaled = i64;

/// The largest says: too large to tell (IEEE 1588-2008 section 5.3.2).
pub const scaled_unknown: Scaled = std.math.maxInt(Scaled);

/// To the nearest nanosecond, halves away from zero.
pub fn roundScaled(scaled: i128) i128 {
    const half: i128 = if (scaled < 0) -(1 << 15) else 1 << 15;
    return @divTrunc(scaled + half, 1 << 16);
}

/// 2^log seconds in nanoseconds, for a logarithm from -16 to 16; beyond that, of the nearest of these.
pub fn intervalNs(log: i8) i64 {
    const bounded = std.math.clamp(log, -16, 16);
    if (bounded >= 0) return @as(i64, ns_per_s) << @intCast(bounded);
    return @as(i64, ns_per_s) >> @intCast(-bounded);
}

/// In the interval field of a message: not known, as in unicast (IEEE 1588-2008 section 13.3.2.11, table 24).
pub const interval_unknown: i8 = 0x7F;

const expect = std.testing.expect;
const expectEqual = std.testing.expectEqual;

test "ns() goes beyond 2106 and ends in 2262" {
    // 2^32 seconds: 2106-02-07.
    try expectEqual(@as(?i64, 4_294_967_296_000_000_001), (Timestamp{ .seconds = 1 << 32, .nanoseconds = 1 }).ns());
    const last = Timestamp.fromNs(std.math.maxInt(i64)).?;
    try expectEqual(@as(?i64, std.math.maxInt(i64)), last.ns());
    try expectEqual(@as(?i64, null), (Timestamp{ .seconds = last.seconds, .nanoseconds = last.nanoseconds + 1 }).ns());
    try expectEqual(@as(?i64, null), (Timestamp{ .seconds = std.math.maxInt(u48) }).ns());
    try expectEqual(@as(?i64, null), (Timestamp{ .nanoseconds = 1_000_000_000 }).ns());
    try expectEqual(@as(?i64, 999_999_999), (Timestamp{ .nanoseconds = 999_999_999 }).ns());
    try expectEqual(@as(?Timestamp, null), Timestamp.fromNs(-1));
}

test "read() and write() use 48 bits of seconds" {
    const bytes = [_]u8{ 0xFF, 0xEE, 0xDD, 0xCC, 0xBB, 0xAA, 0x3B, 0x9A, 0xC9, 0xFF };
    const stamp: Timestamp = .read(&bytes);
    try expectEqual(@as(u48, 0xFFEE_DDCC_BBAA), stamp.seconds);
    try expectEqual(@as(u32, 999_999_999), stamp.nanoseconds);
    var copy: [bytes_count]u8 = undefined;
    stamp.write(&copy);
    try expectEqual(bytes, copy);
}

test "roundScaled() goes to the nearest" {
    try expectEqual(@as(i128, 2), roundScaled(0x18000)); // 1.5
    try expectEqual(@as(i128, 1), roundScaled(0x17FFF));
    try expectEqual(@as(i128, -2), roundScaled(-0x18000));
    try expectEqual(@as(i128, -1), roundScaled(-0x17FFF));
    try expectEqual(@as(i128, 1) << 47, roundScaled(scaled_unknown));
}

test "intervalNs() is bounded both ways" {
    try expectEqual(@as(i64, 125_000_000), intervalNs(-3));
    try expectEqual(@as(i64, 1_000_000_000), intervalNs(0));
    try expectEqual(@as(i64, 2_000_000_000), intervalNs(1));
    try expectEqual(intervalNs(16), intervalNs(127));
    try expectEqual(intervalNs(-16), intervalNs(-128));
}
