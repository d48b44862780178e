//! Which port number of a clock a client has. All clients on one network interface have the identity of its card, so
//! they are ports of one clock, and an answer to one is told from an answer to another by the number alone.
//!
//! The lowest free number is claimed by the name of a local socket, which the kernel frees when the process dies. Such
//! names belong to a network namespace, as interfaces do.

const std = @import("std");
const linux = std.os.linux;
const net = @import("../net.zig");
const system = @import("../net/system.zig");

pub const number_max = 64;

pub const PortClaim = struct {
    fd: i32,
    number: u16,

    /// `QueueFull` if all numbers are taken.
    pub fn open(identity: u64, event_port: u32) net.Error!PortClaim {
        const flags = linux.SOCK.DGRAM | linux.SOCK.CLOEXEC;
        const fd: i32 = @intCast(try system.check(linux.socket(linux.AF.UNIX, flags, 0)));
        errdefer _ = linux.close(fd);
        for (1..number_max + 1) |number| {
            // The first byte of an abstract name is 0.
            var address: linux.sockaddr.un = .{ .path = @splat(0) };
            const name = std.fmt.bufPrint(address.path[1..], "streamlib-ptp-{x}-{d}-{d}", .{
                identity,
                event_port,
                number,
            }) catch unreachable;
            const bytes = @offsetOf(linux.sockaddr.un, "path") + 1 + name.len;
            _ = system.check(linux.bind(fd, @ptrCast(&address), @intCast(bytes))) catch |err| switch (err) {
                error.PortTaken => continue,
                else => return err,
            };
            return .{ .fd = fd, .number = @intCast(number) };
        }
        return error.QueueFull;
    }

    pub fn close(self: PortClaim) void {
        _ = linux.close(self.fd);
    }
};

const expectEqual = std.testing.expectEqual;

test "each claim has the lowest number that is free" {
    const first: PortClaim = try .open(0x1234, 7);
    const second: PortClaim = try .open(0x1234, 7);
    defer second.close();
    const other: PortClaim = try .open(0x1235, 7);
    defer other.close();
    try expectEqual(@as(u16, 1), first.number);
    try expectEqual(@as(u16, 2), second.number);
    try expectEqual(@as(u16, 1), other.number);
    first.close();
    const third: PortClaim = try .open(0x1234, 7);
    defer third.close();
    try expectEqual(@as(u16, 1), third.number);
}

test "there are not more claims than numbers" {
    var claims: [number_max]PortClaim = undefined;
    for (&claims) |*claim| claim.* = try .open(0x9999, 7);
    defer for (claims) |claim| claim.close();
    try std.testing.expectError(error.QueueFull, PortClaim.open(0x9999, 7));
}
