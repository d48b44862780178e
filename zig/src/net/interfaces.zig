//! Network interfaces: whether one is there, and which has an address.

const std = @import("std");
const linux = std.os.linux;
const Endpoint = @import("endpoint.zig").Endpoint;
const kit = @import("test_kit.zig");
const system = @import("system.zig");

const Error = system.Error;

const siocgifname = 0x8910;
const siocgifconf = 0x8912;
const siocgifindex = 0x8933;
/// IPv4 addresses of this machine that are looked at.
const addresses_max = 256;

/// `NoSuchInterface` if no interface has the index. `fd` is any socket.
pub fn expectIndex(fd: i32, index: u32) Error!void {
    var request: linux.ifreq = std.mem.zeroes(linux.ifreq);
    request.ifru.ivalue = std.math.cast(i32, index) orelse return error.NoSuchInterface;
    _ = try system.check(linux.ioctl(fd, siocgifname, @intFromPtr(&request)));
}

/// The interface that has an address. `AddressNotLocal` if none has it.
pub fn indexOfAddress(address: Endpoint) Error!u32 {
    if (address.family == 4) return indexOfAddress4(address.bytes[0..4].*);
    if (address.scope != 0) return address.scope;
    var buffer: [16 << 10]u8 = undefined;
    // Of the thread: its network need not be that of the process.
    const text = try readAll("/proc/thread-self/net/if_inet6", &buffer);
    // A line: the address in 32 hexadecimal digits, the index in hexadecimal, and more.
    const wanted = std.fmt.bytesToHex(address.bytes, .lower);
    var lines = std.mem.tokenizeScalar(u8, text, '\n');
    while (lines.next()) |line| {
        var words = std.mem.tokenizeScalar(u8, line, ' ');
        if (!std.mem.eql(u8, words.next() orelse continue, &wanted)) continue;
        return std.fmt.parseInt(u32, words.next() orelse continue, 16) catch continue;
    }
    return error.AddressNotLocal;
}

fn indexOfAddress4(address: [4]u8) Error!u32 {
    var requests: [addresses_max]linux.ifreq = undefined;
    // struct ifconf.
    var list: extern struct { bytes: i32, requests: [*]linux.ifreq } = .{ .bytes = @sizeOf(@TypeOf(requests)), .requests = &requests };
    const fd: i32 = @intCast(try system.check(linux.socket(linux.AF.INET, linux.SOCK.DGRAM | linux.SOCK.CLOEXEC, 0)));
    defer _ = linux.close(fd);
    _ = try system.check(linux.ioctl(fd, siocgifconf, @intFromPtr(&list)));
    for (requests[0 .. @as(usize, @intCast(list.bytes)) / @sizeOf(linux.ifreq)]) |*request| {
        // struct sockaddr_in: the address stands behind family and port.
        if (!std.mem.eql(u8, std.mem.asBytes(&request.ifru)[4..8], &address)) continue;
        _ = try system.check(linux.ioctl(fd, siocgifindex, @intFromPtr(request)));
        return @intCast(request.ifru.ivalue);
    }
    return error.AddressNotLocal;
}

/// What fits of a file of the kernel.
pub fn readAll(path: [:0]const u8, buffer: []u8) Error![]const u8 {
    const fd: i32 = @intCast(try system.check(linux.open(path, .{ .CLOEXEC = true }, 0)));
    defer _ = linux.close(fd);
    var length: usize = 0;
    while (length < buffer.len) {
        const count = try system.check(linux.read(fd, buffer[length..].ptr, buffer.len - length));
        if (count == 0) break;
        length += count;
    }
    return buffer[0..length];
}

test "an interface that is not there, and the one that has an address" {
    const lo = try kit.indexOf("lo");
    const fd: i32 = @intCast(try system.check(linux.socket(linux.AF.INET, linux.SOCK.DGRAM, 0)));
    defer _ = linux.close(fd);
    try expectIndex(fd, lo);
    for ([_]u32{ 0, 0x7fff_fff0, 0xffff_ffff }) |index| {
        try std.testing.expectError(error.NoSuchInterface, expectIndex(fd, index));
    }
    try std.testing.expectEqual(lo, try indexOfAddress(kit.loopback4));
    try std.testing.expectError(error.AddressNotLocal, indexOfAddress(.ip4(.{ 203, 0, 113, 9 }, 0)));
    if (!try kit.hasFamily(kit.loopback6)) return;
    try std.testing.expectEqual(lo, try indexOfAddress(kit.loopback6));
    var address = kit.loopback6;
    address.bytes[0] = 0x20;
    try std.testing.expectError(error.AddressNotLocal, indexOfAddress(address));
    address.scope = 7;
    try std.testing.expectEqual(@as(u32, 7), try indexOfAddress(address));
}
