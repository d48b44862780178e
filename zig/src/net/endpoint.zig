//! An address and a port of IPv4 or IPv6.

const std = @import("std");
const linux = std.os.linux;

/// Room for a socket address of either family.
pub const Sockaddr = linux.sockaddr.storage;

/// Crosses the ABI as bytes.
pub const Endpoint = extern struct {
    /// 4 or 6; 0 is no endpoint.
    family: u32,
    /// 0 to 65535.
    port: u32,
    /// The address in network order; IPv4 is the first four bytes.
    bytes: [16]u8,
    /// The interface that a link-local IPv6 address belongs to, else 0.
    scope: u32,

    pub const none: Endpoint = .{ .family = 0, .port = 0, .bytes = @splat(0), .scope = 0 };

    pub fn ip4(address: [4]u8, port: u16) Endpoint {
        return .{ .family = 4, .port = port, .bytes = address ++ @as([12]u8, @splat(0)), .scope = 0 };
    }

    pub fn ip6(address: [16]u8, port: u16, scope: u32) Endpoint {
        return .{ .family = 6, .port = port, .bytes = address, .scope = scope };
    }

    pub fn isNone(self: Endpoint) bool {
        return self.family == 0;
    }

    /// Whether it can be used as it is: a family there is, a port there is. `none` is not.
    pub fn isValid(self: Endpoint) bool {
        return (self.family == 4 or self.family == 6) and self.port <= std.math.maxInt(u16);
    }

    /// 224.0.0.0/4 or ff00::/8.
    pub fn isMulticast(self: Endpoint) bool {
        return switch (self.family) {
            4 => self.bytes[0] & 0xf0 == 0xe0,
            6 => self.bytes[0] == 0xff,
            else => false,
        };
    }

    /// 0.0.0.0 or ::, any address of the machine.
    pub fn isUnspecified(self: Endpoint) bool {
        return std.mem.allEqual(u8, &self.bytes, 0);
    }

    /// Whether the address says nothing without an interface: fe80::/10, ff01::/16, ff02::/16 and the like.
    pub fn isLinkLocal(self: Endpoint) bool {
        if (self.family != 6) return false;
        if (self.bytes[0] == 0xff) return self.bytes[1] & 0x0f == 1 or self.bytes[1] & 0x0f == 2;
        return self.bytes[0] == 0xfe and self.bytes[1] & 0xc0 == 0x80;
    }

    /// Whether both have one address; ports are not looked at.
    pub fn hasAddressOf(self: Endpoint, other: Endpoint) bool {
        return self.family == other.family and std.mem.eql(u8, &self.bytes, &other.bytes) and
            self.scope == other.scope;
    }

    pub fn eql(self: Endpoint, other: Endpoint) bool {
        return self.port == other.port and self.hasAddressOf(other);
    }

    /// Writes the kernel's form and returns its length; 0 for `none`.
    pub fn toSockaddr(self: Endpoint, storage: *Sockaddr) u32 {
        const port = std.mem.nativeToBig(u16, @intCast(self.port));
        switch (self.family) {
            4 => {
                const address: *linux.sockaddr.in = @ptrCast(storage);
                address.* = .{ .port = port, .addr = @bitCast(self.bytes[0..4].*) };
                return @sizeOf(linux.sockaddr.in);
            },
            6 => {
                const address: *linux.sockaddr.in6 = @ptrCast(storage);
                address.* = .{ .port = port, .flowinfo = 0, .addr = self.bytes, .scope_id = self.scope };
                return @sizeOf(linux.sockaddr.in6);
            },
            else => return 0,
        }
    }

    /// `none` for a family that is neither.
    pub fn fromSockaddr(storage: *const Sockaddr) Endpoint {
        switch (storage.family) {
            linux.AF.INET => {
                const address: *const linux.sockaddr.in = @ptrCast(storage);
                return .ip4(@bitCast(address.addr), std.mem.bigToNative(u16, address.port));
            },
            linux.AF.INET6 => {
                const address: *const linux.sockaddr.in6 = @ptrCast(storage);
                return .ip6(address.addr, std.mem.bigToNative(u16, address.port), address.scope_id);
            },
            else => return none,
        }
    }

    /// "192.0.2.1:5004", "[2001:db8::1]:5004", "[fe80::1%2]:5004" with the number of the interface, "none".
    pub fn format(self: Endpoint, writer: *std.Io.Writer) std.Io.Writer.Error!void {
        switch (self.family) {
            4 => {
                const b = self.bytes;
                try writer.print("{d}.{d}.{d}.{d}:{d}", .{ b[0], b[1], b[2], b[3], self.port });
            },
            6 => {
                try writer.writeByte('[');
                try self.formatIp6(writer);
                if (self.scope != 0) try writer.print("%{d}", .{self.scope});
                try writer.print("]:{d}", .{self.port});
            },
            else => try writer.writeAll("none"),
        }
    }

    /// RFC 5952: the longest run of two or more zero groups is written as "::", the first of equals.
    fn formatIp6(self: Endpoint, writer: *std.Io.Writer) std.Io.Writer.Error!void {
        var groups: [8]u16 = undefined;
        for (&groups, 0..) |*group, i| group.* = std.mem.readInt(u16, self.bytes[2 * i ..][0..2], .big);
        var gap_start: usize = groups.len;
        var gap_count: usize = 1;
        var start: usize = 0;
        while (start < groups.len) : (start += 1) {
            var end = start;
            while (end < groups.len and groups[end] == 0) end += 1;
            if (end - start > gap_count) {
                gap_start = start;
                gap_count = end - start;
            }
            start = end;
        }
        var i: usize = 0;
        while (i < groups.len) {
            if (i == gap_start) {
                try writer.writeAll("::");
                i += gap_count;
                continue;
            }
            if (i > 0 and i != gap_start + gap_count) try writer.writeByte(':');
            try writer.print("{x}", .{groups[i]});
            i += 1;
        }
    }
};

fn expectText(expected: []const u8, endpoint: Endpoint) !void {
    var buffer: [64]u8 = undefined;
    try std.testing.expectEqualStrings(expected, try std.fmt.bufPrint(&buffer, "{f}", .{endpoint}));
}

fn groupsOf(groups: [8]u16) [16]u8 {
    var bytes: [16]u8 = undefined;
    for (groups, 0..) |group, i| std.mem.writeInt(u16, bytes[2 * i ..][0..2], group, .big);
    return bytes;
}

test "an endpoint is written as people write it" {
    try expectText("192.0.2.1:5004", .ip4(.{ 192, 0, 2, 1 }, 5004));
    try expectText("[2001:db8::1]:5004", .ip6(groupsOf(.{ 0x2001, 0xdb8, 0, 0, 0, 0, 0, 1 }), 5004, 0));
    try expectText("[::]:0", .ip6(groupsOf(@splat(0)), 0, 0));
    try expectText("[::1]:1", .ip6(groupsOf(.{ 0, 0, 0, 0, 0, 0, 0, 1 }), 1, 0));
    try expectText("[ff0e::]:65535", .ip6(groupsOf(.{ 0xff0e, 0, 0, 0, 0, 0, 0, 0 }), 65535, 0));
    try expectText("[1:0:3::6:0:8]:9", .ip6(groupsOf(.{ 1, 0, 3, 0, 0, 6, 0, 8 }), 9, 0));
    try expectText("[1::4:0:0:7:8]:9", .ip6(groupsOf(.{ 1, 0, 0, 4, 0, 0, 7, 8 }), 9, 0));
    try expectText("[1:2:3:4:5:6:0:8]:9", .ip6(groupsOf(.{ 1, 2, 3, 4, 5, 6, 0, 8 }), 9, 0));
    try expectText("[fe80::1%2]:7", .ip6(groupsOf(.{ 0xfe80, 0, 0, 0, 0, 0, 0, 1 }), 7, 2));
    try expectText("none", .none);
}

test "kinds of addresses" {
    const expect = std.testing.expect;
    try expect(!Endpoint.ip4(.{ 223, 255, 255, 255 }, 1).isMulticast());
    try expect(Endpoint.ip4(.{ 224, 0, 0, 1 }, 1).isMulticast());
    try expect(Endpoint.ip4(.{ 239, 255, 255, 255 }, 1).isMulticast());
    try expect(!Endpoint.ip4(.{ 240, 0, 0, 0 }, 1).isMulticast());
    try expect(Endpoint.ip6(groupsOf(.{ 0xff05, 0, 0, 0, 0, 0, 0, 1 }), 1, 0).isMulticast());
    try expect(!Endpoint.ip6(groupsOf(.{ 0xff05, 0, 0, 0, 0, 0, 0, 1 }), 1, 0).isLinkLocal());
    try expect(Endpoint.ip6(groupsOf(.{ 0xff32, 0, 0, 0, 0, 0, 0, 1 }), 1, 0).isLinkLocal());
    try expect(Endpoint.ip6(groupsOf(.{ 0xfebf, 0, 0, 0, 0, 0, 0, 1 }), 1, 0).isLinkLocal());
    try expect(!Endpoint.ip6(groupsOf(.{ 0xfec0, 0, 0, 0, 0, 0, 0, 1 }), 1, 0).isLinkLocal());
    try expect(Endpoint.none.isNone() and !Endpoint.none.isMulticast() and !Endpoint.none.isValid());
    var wrong: Endpoint = .ip4(.{ 1, 2, 3, 4 }, 1);
    try expect(wrong.isValid());
    wrong.port = 65536;
    try expect(!wrong.isValid());
}

test "to the kernel's form and back" {
    var storage: Sockaddr = undefined;
    for ([_]Endpoint{
        .ip4(.{ 192, 0, 2, 1 }, 5004),
        .ip6(groupsOf(.{ 0xfe80, 0, 0, 0, 0, 0, 0, 1 }), 65535, 3),
    }) |endpoint| {
        const bytes = endpoint.toSockaddr(&storage);
        try std.testing.expectEqual(@as(u32, if (endpoint.family == 4) 16 else 28), bytes);
        try std.testing.expect(Endpoint.fromSockaddr(&storage).eql(endpoint));
    }
    try std.testing.expectEqual(@as(u32, 0), Endpoint.none.toSockaddr(&storage));
    // 5004 in network order, then the address: the layout that the kernel reads.
    _ = Endpoint.ip4(.{ 192, 0, 2, 1 }, 5004).toSockaddr(&storage);
    try std.testing.expectEqualSlices(u8, &.{ 0x13, 0x8c, 192, 0, 2, 1 }, std.mem.asBytes(&storage)[2..8]);
    storage.family = linux.AF.UNIX;
    try std.testing.expect(Endpoint.fromSockaddr(&storage).isNone());
}
