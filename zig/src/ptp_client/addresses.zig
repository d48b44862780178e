//! Numbers for the addresses that messages come from, as the pure part wants them. 0 to count - 1 are the unicast
//! masters that were configured.
//!
//! An IPv4 address is its own number: no address of a host is below 0.0.0.8. Those of IPv6 stand in a table; the one
//! that was not heard for longest makes place, and its number is never good for another address.

const std = @import("std");
const net = @import("../net.zig");
const ptp = @import("../ptp.zig");

const Endpoint = net.endpoint.Endpoint;

const masters_max = ptp.unicast_client.masters_max;
const place_bits = 8;
pub const place_count = 1 << place_bits;

/// Somebody who was heard within this time should not have to make place.
const recent_ns = 60 * std.time.ns_per_s;

const Place = struct {
    address: Endpoint = .none,
    /// From 1: 0 marks a place that was never used.
    generation: u16 = 0,
    heard_ns: i64 = 0,
};

pub const Addresses = struct {
    masters: [masters_max]Endpoint = @splat(.none),
    master_count: u32 = 0,
    places: [place_count]Place = @splat(.{}),
    /// Somebody who was heard lately had to make place.
    full_count: u64 = 0,

    pub fn init(masters: []const Endpoint) Addresses {
        var self: Addresses = .{ .master_count = @intCast(masters.len) };
        @memcpy(self.masters[0..masters.len], masters);
        return self;
    }

    /// The number of the address that a message came from.
    pub fn numberOf(self: *Addresses, from: Endpoint, now_ns: i64) u32 {
        for (self.masters[0..self.master_count], 0..) |master, number| {
            if (isSame(master, from)) return @intCast(number);
        }
        if (from.family == 4) return std.mem.readInt(u32, from.bytes[0..4], .big);
        var oldest: usize = 0;
        for (&self.places, 0..) |*place, index| {
            if (place.generation != 0 and isSame(place.address, from)) {
                place.heard_ns = now_ns;
                return numberAt(index, place.generation);
            }
            const other = &self.places[oldest];
            if (other.generation == 0) continue;
            if (place.generation == 0 or place.heard_ns < other.heard_ns) oldest = index;
        }
        const place = &self.places[oldest];
        if (place.generation != 0 and now_ns -| place.heard_ns < recent_ns) self.full_count += 1;
        const generation: u16 = if (place.generation == std.math.maxInt(u16)) 1 else place.generation + 1;
        place.* = .{ .address = from, .generation = generation, .heard_ns = now_ns };
        return numberAt(oldest, generation);
    }

    /// The address of a number, with port 0; null if it has made place for another.
    pub fn addressOf(self: *const Addresses, number: u32, family: u32) ?Endpoint {
        if (number < self.master_count) return self.masters[number];
        if (family == 4) {
            var bytes: [4]u8 = undefined;
            std.mem.writeInt(u32, &bytes, number, .big);
            return .ip4(bytes, 0);
        }
        const place = self.places[number % place_count];
        const is_good = place.generation != 0 and numberAt(number % place_count, place.generation) == number;
        return if (is_good) place.address else null;
    }
};

fn numberAt(index: usize, generation: u16) u32 {
    return @as(u32, generation) << place_bits | @as(u32, @intCast(index));
}

/// A link-local address that was configured without its interface is that of the client's.
fn isSame(a: Endpoint, b: Endpoint) bool {
    if (a.family != b.family) return false;
    return std.mem.eql(u8, &a.bytes, &b.bytes) and (a.scope == b.scope or a.scope == 0 or b.scope == 0);
}

const expect = std.testing.expect;
const expectEqual = std.testing.expectEqual;

fn hostOf(number: u32) Endpoint {
    var bytes: [16]u8 = @splat(0);
    bytes[0] = 0x20;
    std.mem.writeInt(u32, bytes[12..16], number, .big);
    return .ip6(bytes, 319, 0);
}

test "masters have the first numbers, IPv4 addresses are their own" {
    const masters = [_]Endpoint{ .ip4(.{ 192, 0, 2, 1 }, 0), .ip4(.{ 192, 0, 2, 2 }, 0) };
    var addresses: Addresses = .init(&masters);
    try expectEqual(@as(u32, 1), addresses.numberOf(.ip4(.{ 192, 0, 2, 2 }, 320), 0));
    const other = addresses.numberOf(.ip4(.{ 192, 0, 2, 3 }, 319), 0);
    try expect(other >= masters_max);
    try expect(addresses.addressOf(other, 4).?.eql(.ip4(.{ 192, 0, 2, 3 }, 0)));
    try expect(addresses.addressOf(0, 4).?.eql(masters[0]));
}

test "IPv6 addresses keep their number, and a flood takes no number for another address" {
    var addresses: Addresses = .init(&.{hostOf(7)});
    try expectEqual(@as(u32, 0), addresses.numberOf(hostOf(7), 0));
    const first = addresses.numberOf(hostOf(1), 1);
    try expect(first >= masters_max);
    try expectEqual(first, addresses.numberOf(hostOf(1), 2));
    for (0..10 * place_count) |i| {
        const host = hostOf(@intCast(1_000 + i));
        const number = addresses.numberOf(host, @intCast(10 + i));
        try expect(number != first);
        try expect(addresses.addressOf(number, 6).?.eql(host));
    }
    try expectEqual(null, addresses.addressOf(first, 6));
    try expect(addresses.full_count > 8 * place_count);
}

test "who is heard all the time stays through a flood" {
    var addresses: Addresses = .init(&.{});
    const first = addresses.numberOf(hostOf(1), 0);
    for (0..4 * place_count) |i| {
        _ = addresses.numberOf(hostOf(@intCast(1_000 + i)), @intCast(10 * i + 5));
        if (i % 100 == 0) try expectEqual(first, addresses.numberOf(hostOf(1), @intCast(10 * i + 6)));
    }
    try expectEqual(first, addresses.numberOf(hostOf(1), 1 << 40));
}

test "no number is out of bounds" {
    var addresses: Addresses = .init(&.{});
    for ([_]u32{ 0, 7, 255, 256, 0xffff_ffff }) |number| try expectEqual(null, addresses.addressOf(number, 6));
}
