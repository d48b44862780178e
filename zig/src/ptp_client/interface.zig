//! The network interface of a client, found by name or address each time the sockets are opened: it may have gone and
//! come back with another index.

const std = @import("std");
const linux = std.os.linux;
const Config = @import("config.zig").Config;
const interfaces = @import("../net/interfaces.zig");
const kit = @import("../net/test_kit.zig");
const net = @import("../net.zig");
const system = @import("../net/system.zig");

const Endpoint = net.endpoint.Endpoint;
const Error = net.Error;

const siocgifname = 0x8910;
const siocgifconf = 0x8912;
const siocgifflags = 0x8913;
const siocgifaddr = 0x8915;
const siocgifhwaddr = 0x8927;
const siocgifindex = 0x8933;
const iff_up = 0x1;
const iff_running = 0x40;
const arphrd_ether = 1;

pub const name_bytes = 16;

pub const Interface = struct {
    index: u32,
    name: [name_bytes]u8,
    /// It is up and its cable is in.
    is_running: bool,
    /// Whether it has an IPv4 address: without one nothing can be sent over that.
    has_address_4: bool,
    /// Null if it has none, as a loopback.
    mac: ?[6]u8,

    /// `NoSuchInterface` if there is none of the name, `AddressNotLocal` if none has the address.
    pub fn find(config: *const Config) Error!Interface {
        const fd: i32 = @intCast(try system.check(
            linux.socket(linux.AF.INET, linux.SOCK.DGRAM | linux.SOCK.CLOEXEC, 0),
        ));
        defer _ = linux.close(fd);
        var request: linux.ifreq = std.mem.zeroes(linux.ifreq);
        if (config.interface[0] != 0) {
            request.ifrn.name = config.interface;
            try ask(fd, siocgifindex, &request);
        } else {
            request.ifru.ivalue = @intCast(try indexOf(fd, config.local));
            try ask(fd, siocgifname, &request);
            try ask(fd, siocgifindex, &request);
        }
        const index: u32 = @intCast(request.ifru.ivalue);
        const name = request.ifrn.name;
        try ask(fd, siocgifflags, &request);
        const flags: u16 = @bitCast(std.mem.asBytes(&request.ifru)[0..2].*);
        try ask(fd, siocgifhwaddr, &request);
        const mac = macOf(std.mem.asBytes(&request.ifru)[0..8].*);
        request = std.mem.zeroes(linux.ifreq);
        request.ifrn.name = name;
        return .{
            .index = index,
            .name = name,
            .is_running = flags & iff_up != 0 and flags & iff_running != 0,
            .has_address_4 = if (ask(fd, siocgifaddr, &request)) true else |_| false,
            .mac = mac,
        };
    }
};

fn ask(fd: i32, number: u32, request: *linux.ifreq) Error!void {
    _ = try system.check(linux.ioctl(fd, number, @intFromPtr(request)));
}

/// From a struct sockaddr: the kind of card, and its address.
fn macOf(bytes: [8]u8) ?[6]u8 {
    if (std.mem.readInt(u16, bytes[0..2], @import("builtin").cpu.arch.endian()) != arphrd_ether) return null;
    const mac = bytes[2..8].*;
    return if (std.mem.allEqual(u8, &mac, 0)) null else mac;
}

const entries_max = 64;

fn indexOf(fd: i32, address: Endpoint) Error!u32 {
    if (address.family == 6) return interfaces.indexOfAddress(address);
    var entries: [entries_max]linux.ifreq = undefined;
    // struct ifconf.
    var list: extern struct { bytes: i32, entries: [*]linux.ifreq } = .{
        .bytes = @sizeOf(@TypeOf(entries)),
        .entries = &entries,
    };
    _ = try system.check(linux.ioctl(fd, siocgifconf, @intFromPtr(&list)));
    const count = @as(usize, @intCast(list.bytes)) / @sizeOf(linux.ifreq);
    for (entries[0..count]) |*one| {
        if (!std.mem.eql(u8, std.mem.asBytes(&one.ifru)[4..8], address.bytes[0..4])) continue;
        var request = one.*;
        // A second address of an interface has a name such as "eth0:1".
        if (std.mem.indexOfScalar(u8, &request.ifrn.name, ':')) |end| @memset(request.ifrn.name[end..], 0);
        try ask(fd, siocgifindex, &request);
        return @intCast(request.ifru.ivalue);
    }
    return error.AddressNotLocal;
}

const expect = std.testing.expect;
const expectEqual = std.testing.expectEqual;

test "the loopback by name and by address: it runs and has no card address" {
    var named: Config = .{};
    named.interface[0..2].* = "lo".*;
    const found: Interface = try .find(&named);
    try expectEqual(try kit.indexOf("lo"), found.index);
    try expect(found.is_running and found.mac == null and found.has_address_4);
    const addressed: Config = .{ .local = .ip4(.{ 127, 0, 0, 1 }, 0) };
    try expectEqual(found.index, (try Interface.find(&addressed)).index);
    if (try kit.hasFamily(kit.loopback6)) {
        const version6: Config = .{ .local = kit.loopback6 };
        try expectEqual(found.index, (try Interface.find(&version6)).index);
    }
}

test "an interface that is not there has an error of its own" {
    var named: Config = .{};
    named.interface[0..6].* = "no_one".*;
    try std.testing.expectError(error.NoSuchInterface, Interface.find(&named));
    const addressed: Config = .{ .local = .ip4(.{ 192, 0, 2, 77 }, 0) };
    try std.testing.expectError(error.AddressNotLocal, Interface.find(&addressed));
}

test "macOf() takes cards of Ethernet alone" {
    try expectEqual([6]u8{ 2, 3, 4, 5, 6, 7 }, macOf(.{ 1, 0, 2, 3, 4, 5, 6, 7 }).?);
    try expectEqual(null, macOf(.{ 1, 0, 0, 0, 0, 0, 0, 0 }));
    try expectEqual(null, macOf(.{ 4, 3, 2, 3, 4, 5, 6, 7 }));
}
