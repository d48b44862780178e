//! Who is who in PTP: clocks and their ports (IEEE 1588-2008 sections 5.3.4, 5.3.5 and 7.5.2).

const std = @import("std");

pub const clock_bytes = 8;
pub const port_bytes = 10;

/// Eight bytes that no other clock has (an EUI-64). They are compared as a number, the first byte first.
pub const ClockIdentity = struct {
    bytes: [clock_bytes]u8,

    /// From the address of a network card, with FF-FE in its midst (IEEE 1588-2008 section 7.5.2.2.2).
    pub fn fromMac(mac: [6]u8) ClockIdentity {
        return .{ .bytes = mac[0..3].* ++ [2]u8{ 0xFF, 0xFE } ++ mac[3..6].* };
    }

    pub fn fromNumber(number: u64) ClockIdentity {
        var identity: ClockIdentity = undefined;
        std.mem.writeInt(u64, &identity.bytes, number, .big);
        return identity;
    }

    pub fn order(self: ClockIdentity, other: ClockIdentity) std.math.Order {
        return std.mem.order(u8, &self.bytes, &other.bytes);
    }

    pub fn equals(self: ClockIdentity, other: ClockIdentity) bool {
        return self.order(other) == .eq;
    }
};

pub const PortIdentity = struct {
    clock: ClockIdentity,
    /// From 1; all ones in a target means every port.
    port: u16,

    /// Every port of every clock, as the target of signaling and management.
    pub const all: PortIdentity = .{ .clock = .{ .bytes = @splat(0xFF) }, .port = 0xFFFF };

    pub fn order(self: PortIdentity, other: PortIdentity) std.math.Order {
        return switch (self.clock.order(other.clock)) {
            .eq => std.math.order(self.port, other.port),
            else => |different| different,
        };
    }

    pub fn equals(self: PortIdentity, other: PortIdentity) bool {
        return self.order(other) == .eq;
    }

    /// Whether a message with this target is meant for `port` (IEEE 1588-2008 section 13.12.1).
    pub fn targets(self: PortIdentity, port: PortIdentity) bool {
        const clock_matches = self.clock.equals(all.clock) or self.clock.equals(port.clock);
        return clock_matches and (self.port == all.port or self.port == port.port);
    }

    pub fn read(bytes: *const [port_bytes]u8) PortIdentity {
        return .{ .clock = .{ .bytes = bytes[0..8].* }, .port = std.mem.readInt(u16, bytes[8..10], .big) };
    }

    pub fn write(self: PortIdentity, target: *[port_bytes]u8) void {
        target[0..8].* = self.clock.bytes;
        std.mem.writeInt(u16, target[8..10], self.port, .big);
    }
};

const expect = std.testing.expect;
const expectEqual = std.testing.expectEqual;

test "fromMac() puts FF-FE in the midst" {
    const identity: ClockIdentity = .fromMac(.{ 0x00, 0x1B, 0x19, 0x01, 0x02, 0x03 });
    try expectEqual([8]u8{ 0x00, 0x1B, 0x19, 0xFF, 0xFE, 0x01, 0x02, 0x03 }, identity.bytes);
}

test "order() is that of numbers, the port last" {
    const low: PortIdentity = .{ .clock = .fromNumber(0x7F00_0000_0000_00FF), .port = 9 };
    const high: PortIdentity = .{ .clock = .fromNumber(0x8000_0000_0000_0000), .port = 1 };
    const same_clock: PortIdentity = .{ .clock = low.clock, .port = 256 };
    try expectEqual(std.math.Order.lt, low.order(high));
    try expectEqual(std.math.Order.gt, high.order(low));
    try expectEqual(std.math.Order.lt, low.order(same_clock));
    try expect(low.equals(low) and !low.equals(same_clock));
}

test "targets() knows the wildcards" {
    const port: PortIdentity = .{ .clock = .fromNumber(7), .port = 1 };
    try expect(PortIdentity.all.targets(port));
    try expect(port.targets(port));
    try expect((PortIdentity{ .clock = port.clock, .port = 0xFFFF }).targets(port));
    try expect((PortIdentity{ .clock = PortIdentity.all.clock, .port = 1 }).targets(port));
    try expect(!(PortIdentity{ .clock = port.clock, .port = 2 }).targets(port));
    try expect(!(PortIdentity{ .clock = .fromNumber(8), .port = 0xFFFF }).targets(port));
}

test "read() and write() are ten bytes, big-endian" {
    const bytes = [port_bytes]u8{ 1, 2, 3, 4, 5, 6, 7, 8, 0x12, 0x34 };
    const port: PortIdentity = .read(&bytes);
    try expectEqual(@as(u16, 0x1234), port.port);
    var copy: [port_bytes]u8 = undefined;
    port.write(&copy);
    try expectEqual(bytes, copy);
}
