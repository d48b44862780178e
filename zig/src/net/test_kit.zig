//! What the tests of sockets share.

const std = @import("std");
const linux = std.os.linux;
const control = @import("control.zig");
const system = @import("system.zig");
const time = @import("../time.zig");
const udp = @import("udp.zig");
const Endpoint = @import("endpoint.zig").Endpoint;

const Socket = udp.Socket;

pub const loopback4: Endpoint = .ip4(.{ 127, 0, 0, 1 }, 0);
pub const loopback6: Endpoint = .ip6(@as([15]u8, @splat(0)) ++ .{1}, 0, 0);

/// How long a test waits for what must come; a test that needs it all has failed.
pub const patience_ns = 20 * std.time.ns_per_s;

/// Whether the machine has addresses of this family; all have IPv4.
pub fn hasFamily(local: Endpoint) !bool {
    const socket = Socket.openReceive(.{ .local = local }) catch |err| {
        return if (err == error.AddressNotLocal and local.family == 6) false else err;
    };
    socket.close();
    return true;
}

/// A socket that receives, and one that sends to it.
pub const Pair = struct {
    receiver: Socket,
    sender: Socket,

    pub fn open(receive: udp.ReceiveOptions, send: anytype) !Pair {
        const receiver = try Socket.openReceive(receive);
        errdefer receiver.close();
        var options: udp.SendOptions = .{ .to = try receiver.localEndpoint() };
        inline for (@typeInfo(@TypeOf(send)).@"struct".field_names) |name| @field(options, name) = @field(send, name);
        return .{ .receiver = receiver, .sender = try Socket.openSend(options) };
    }

    pub fn close(self: Pair) void {
        self.sender.close();
        self.receiver.close();
    }
};

pub fn sendText(socket: Socket, text: []const u8) system.Error!void {
    _ = try system.check(linux.sendto(socket.fd, text.ptr, text.len, 0, null, 0));
}

pub const Received = struct {
    buffer: [128]u8 = undefined,
    bytes: usize = 0,
    control_buffer: [256]u8 align(8) = undefined,
    control_bytes: usize = 0,

    pub fn text(self: *const Received) []const u8 {
        return self.buffer[0..self.bytes];
    }

    /// A number that came with it.
    pub fn number(self: *const Received, level: i32, kind: i32) ?i32 {
        var entries: control.Iterator = .{ .bytes = self.control_buffer[0..self.control_bytes] };
        while (entries.next()) |entry| {
            if (entry.level != level or entry.kind != kind) continue;
            // IP_TOS is one byte, the others are an int.
            return entry.value(i32) orelse entry.value(u8).?;
        }
        return null;
    }
};

/// Waits for a datagram.
pub fn receiveText(socket: Socket) !Received {
    var fds = [_]linux.pollfd{.{ .fd = socket.fd, .events = linux.POLL.IN, .revents = 0 }};
    if (try system.check(linux.poll(&fds, 1, patience_ns / std.time.ns_per_ms)) == 0) return error.NothingCame;
    var received: Received = .{};
    var piece: std.posix.iovec = .{ .base = &received.buffer, .len = received.buffer.len };
    var header: linux.msghdr = .{
        .name = null,
        .namelen = 0,
        .iov = @ptrCast(&piece),
        .iovlen = 1,
        .control = &received.control_buffer,
        .controllen = received.control_buffer.len,
        .flags = 0,
    };
    received.bytes = try system.check(linux.recvmsg(socket.fd, &header, 0));
    received.control_bytes = header.controllen;
    return received;
}

const siocgifindex = 0x8933;
const iff_up = 0x1;
const iff_noarp = 0x80;
const iff_multicast = 0x1000;
const siocsifflags = 0x8914;
const siocsifmtu = 0x8922;
const siocsifaddr = 0x8916;

/// The index of an interface.
pub fn indexOf(name: []const u8) !u32 {
    var request: linux.ifreq = std.mem.zeroes(linux.ifreq);
    @memcpy(request.ifrn.name[0..name.len], name);
    const fd: i32 = @intCast(try system.check(linux.socket(linux.AF.INET, linux.SOCK.DGRAM, 0)));
    defer _ = linux.close(fd);
    _ = try system.check(linux.ioctl(fd, siocgifindex, @intFromPtr(&request)));
    return @intCast(request.ifru.ivalue);
}

const NewLink = extern struct {
    header: linux.nlmsghdr,
    message: linux.ifinfomsg,
    name: Attribute(8),
    info_header: [2]u16,
    kind: Attribute(8),
};

/// struct nlattr with a text.
fn Attribute(comptime bytes: u16) type {
    return extern struct {
        length: u16 = 4 + bytes,
        kind: u16,
        data: [bytes]u8,
    };
}

/// Makes interface `i` (0 to 9, in this order) in a network of its own, of a kind that has multicast, with the address
/// 192.0.2.(1 + i); it leads nowhere. Returns its index. Skips the test where the kernel does not have one.
pub fn addInterface(i: u8) !u32 {
    const digit = [_]u8{'0' + i};
    for ([_]*const [8]u8{ "dummy\x00\x00\x00", "veth\x00\x00\x00\x00" }) |kind| {
        addLink("test".* ++ digit ++ "\x00\x00\x00".*, kind) catch |err| switch (err) {
            error.Unsupported => continue,
            else => return err,
        };
        // Without ARP addresses are good at once. An end of a cable has an end that must be up too.
        for ([_][5]u8{ "test".* ++ digit, "veth".* ++ digit }) |name| {
            changeInterface(&name, siocsifflags, iff_up | iff_noarp | iff_multicast) catch |err| {
                if (kind[0] == 'v' or err != error.NoSuchInterface) return err;
            };
        }
        const name = "test".* ++ digit;
        try setAddress4(&name, .{ 192, 0, 2, 1 + i });
        return indexOf(&name);
    }
    return error.SkipZigTest;
}

fn addLink(name: [8]u8, kind: *const [8]u8) !void {
    const fd: i32 = @intCast(try system.check(linux.socket(linux.AF.NETLINK, linux.SOCK.RAW, linux.NETLINK.ROUTE)));
    defer _ = linux.close(fd);
    const request: NewLink = .{
        .header = .{
            .len = @sizeOf(NewLink),
            .type = .RTM_NEWLINK,
            .flags = linux.NLM_F_REQUEST | linux.NLM_F_ACK | linux.NLM_F_CREATE | linux.NLM_F_EXCL,
            .seq = 1,
            .pid = 0,
        },
        .message = std.mem.zeroes(linux.ifinfomsg),
        .name = .{ .kind = @backingInt(linux.IFLA.IFNAME), .data = name },
        .info_header = .{ 4 + @sizeOf(Attribute(8)), @backingInt(linux.IFLA.LINKINFO) },
        .kind = .{ .kind = 1, .data = kind.* },
    };
    _ = try system.check(linux.sendto(fd, std.mem.asBytes(&request), @sizeOf(NewLink), 0, null, 0));
    var answer: [1024]u8 align(4) = undefined;
    _ = try system.check(linux.recvfrom(fd, &answer, answer.len, 0, null, null));
    _ = try system.check(@bitCast(@as(isize, std.mem.bytesToValue(i32, answer[@sizeOf(linux.nlmsghdr)..][0..4]))));
}

/// struct in6_ifreq.
const Address6 = extern struct {
    address: [16]u8,
    prefix_bits: u32,
    interface: i32,
};

fn setAddress4(name: []const u8, address: [4]u8) !void {
    var request: linux.ifreq = std.mem.zeroes(linux.ifreq);
    @memcpy(request.ifrn.name[0..name.len], name);
    const value: linux.sockaddr.in = .{ .port = 0, .addr = @bitCast(address) };
    @memcpy(std.mem.asBytes(&request.ifru.addr), std.mem.asBytes(&value));
    const fd: i32 = @intCast(try system.check(linux.socket(linux.AF.INET, linux.SOCK.DGRAM, 0)));
    defer _ = linux.close(fd);
    _ = try system.check(linux.ioctl(fd, siocsifaddr, @intFromPtr(&request)));
}

/// Gives an interface of a network of its own one more address.
pub fn addAddress6(interface: u32, address: Endpoint) !void {
    const request: Address6 = .{ .address = address.bytes, .prefix_bits = 128, .interface = @intCast(interface) };
    const fd: i32 = @intCast(try system.check(linux.socket(linux.AF.INET6, linux.SOCK.DGRAM, 0)));
    defer _ = linux.close(fd);
    _ = try system.check(linux.ioctl(fd, siocsifaddr, @intFromPtr(&request)));
    // The kernel makes it good in its own time.
    const deadline_ns = time.monotonicNs() + patience_ns;
    while (time.monotonicNs() < deadline_ns) {
        const socket = Socket.openReceive(.{ .local = address }) catch |err| switch (err) {
            error.AddressNotLocal => {
                _ = linux.syscall0(.sched_yield);
                continue;
            },
            else => return err,
        };
        return socket.close();
    }
    return error.NothingCame;
}

/// Runs a test in a network of its own where nothing is but a loopback interface that is up. Skips it where
/// the system does not let this user make one.
pub fn inNetworkOfItsOwn(comptime function: fn () anyerror!void) !void {
    const Runner = struct {
        fn run(outcome: *anyerror!void) void {
            outcome.* = enter();
        }

        fn enter() anyerror!void {
            // Of this thread alone.
            switch (linux.errno(linux.unshare(linux.CLONE.NEWNET))) {
                .SUCCESS => {},
                .PERM, .INVAL, .NOSYS => return error.SkipZigTest,
                else => return error.Unexpected,
            }
            try changeInterface("lo", siocsifflags, iff_up);
            try function();
        }
    };
    var outcome: anyerror!void = undefined;
    const thread = try std.Thread.spawn(.{}, Runner.run, .{&outcome});
    thread.join();
    return outcome;
}

pub fn setLoopbackMtu(bytes: i32) !void {
    try changeInterface("lo", siocsifmtu, bytes);
}

fn changeInterface(name: []const u8, request_number: u32, value: i32) !void {
    var request: linux.ifreq = std.mem.zeroes(linux.ifreq);
    @memcpy(request.ifrn.name[0..name.len], name);
    if (request_number == siocsifflags) {
        request.ifru.flags = @bitCast(@as(u16, @intCast(value)));
    } else {
        request.ifru.ivalue = value;
    }
    const fd: i32 = @intCast(try system.check(linux.socket(linux.AF.INET, linux.SOCK.DGRAM, 0)));
    defer _ = linux.close(fd);
    _ = try system.check(linux.ioctl(fd, request_number, @intFromPtr(&request)));
}
