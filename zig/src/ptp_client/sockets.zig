//! The two sockets of a client: port 319 for messages that are stamped, 320 for the others. UDP over IPv4 or IPv6.
//!
//! Both are bound to the interface and to every address of it, so that multicast and unicast come to one place, and
//! may share their port with other programs: each gets all multicast, but a unicast message goes to one of them alone.

const std = @import("std");
const linux = std.os.linux;
const actions = @import("../ptp.zig").actions;
const configuration = @import("config.zig");
const net = @import("../net.zig");
const stamps = @import("stamps.zig");
const system = @import("../net/system.zig");

const Config = configuration.Config;
const Endpoint = net.endpoint.Endpoint;
const Error = net.Error;
const Sockaddr = net.endpoint.Sockaddr;
const check = system.check;
const setNumber = system.setNumber;
const setOption = system.setOption;

/// SO_TIMESTAMPING.
const tx_hardware = 1 << 0;
const tx_software = 1 << 1;
const rx_hardware = 1 << 2;
const rx_software = 1 << 3;
const software = 1 << 4;
const raw_hardware = 1 << 6;
const opt_id = 1 << 7;
const opt_tsonly = 1 << 11;

const mcast_join_group = 42;
const ipv6_multicast_all = 29;

/// Longer than any message that we read; what is longer is dropped.
pub const datagram_bytes_max = 1536;
/// Sent messages whose time of sending may still come.
pub const sent_max = 64;

pub const Kind = actions.Kind;

/// Whom a multicast message is for: all clocks, or the neighbour.
pub const Group = enum { multicast, peer };

/// A message that came, in the caller's memory.
pub const Datagram = struct {
    bytes: []const u8,
    from: Endpoint,
    received: stamps.Received,
};

pub const Outcome = union(enum) {
    datagram: Datagram,
    /// The socket is empty.
    nothing,
    /// It was longer than any message.
    too_long,
    /// What failed; the socket may be dead.
    failed: linux.E,
};

const Sent = struct { number: u32, token: u32 };

/// A message that left: the token of it, and when; null if it is none that we wait for.
pub const Departure = struct { token: ?u32, received: stamps.Received };

pub const Options = struct {
    transport: configuration.Transport,
    interface: u32,
    /// Also joins the group of all clocks; that of neighbours is always joined.
    multicast: bool,
    is_hardware: bool,
};

pub const Sockets = struct {
    event_fd: i32,
    general_fd: i32,
    family: u32,
    interface: u32,
    event_port: u16,
    general_port: u16,
    scope: u8,
    is_hardware: bool,
    /// Of the next event message, as the kernel counts.
    number: u32 = 0,
    sent: [sent_max]Sent = @splat(.{ .number = 0, .token = 0 }),
    /// Messages whose time of sending was waited for in vain.
    lost_count: u64 = 0,

    pub fn open(config: *const Config, options: Options) Error!Sockets {
        const event_fd = try openOne(config, options, @intCast(config.event_port));
        errdefer _ = linux.close(event_fd);
        const general_fd = try openOne(config, options, @intCast(config.general_port));
        errdefer _ = linux.close(general_fd);
        var self: Sockets = .{
            .event_fd = event_fd,
            .general_fd = general_fd,
            .family = @backingInt(options.transport),
            .interface = options.interface,
            .event_port = @intCast(config.event_port),
            .general_port = @intCast(config.general_port),
            .scope = @intCast(config.multicast_scope),
            .is_hardware = options.is_hardware,
        };
        try self.restartNumbers();
        return self;
    }

    pub fn close(self: *Sockets) void {
        _ = linux.close(self.event_fd);
        _ = linux.close(self.general_fd);
    }

    fn openOne(config: *const Config, options: Options, port: u16) Error!i32 {
        const is_4 = options.transport == .udp4;
        const domain: u32 = if (is_4) linux.AF.INET else linux.AF.INET6;
        const flags = linux.SOCK.DGRAM | linux.SOCK.CLOEXEC | linux.SOCK.NONBLOCK;
        const fd: i32 = @intCast(try check(linux.socket(domain, flags, 0)));
        errdefer _ = linux.close(fd);
        const index = std.math.cast(i32, options.interface) orelse return error.NoSuchInterface;
        try setNumber(fd, linux.SOL.SOCKET, linux.SO.REUSEADDR, 1);
        try setNumber(fd, linux.SOL.SOCKET, linux.SO.BINDTOIFINDEX, index);
        const hops = configuration.hopsOf(config);
        const traffic_class = @as(i32, @intCast(config.dscp)) << 2;
        if (is_4) {
            try setNumber(fd, linux.SOL.IP, linux.IP.MULTICAST_ALL, 0);
            try setNumber(fd, linux.SOL.IP, linux.IP.TOS, traffic_class);
            try setNumber(fd, linux.SOL.IP, linux.IP.TTL, hops.unicast);
            try setNumber(fd, linux.SOL.IP, linux.IP.MULTICAST_TTL, hops.multicast);
            try setOption(fd, linux.SOL.IP, linux.IP.MULTICAST_IF, MulticastInterface{ .interface = index });
        } else {
            try setNumber(fd, linux.SOL.IPV6, linux.IPV6.V6ONLY, 1);
            // Linux 4.20. Without it every group that anybody has joined on the interface comes, and is read and told
            // apart by its domain.
            setNumber(fd, linux.SOL.IPV6, ipv6_multicast_all, 0) catch |err| if (err != error.Unsupported) return err;
            try setNumber(fd, linux.SOL.IPV6, linux.IPV6.TCLASS, traffic_class);
            try setNumber(fd, linux.SOL.IPV6, linux.IPV6.UNICAST_HOPS, hops.unicast);
            try setNumber(fd, linux.SOL.IPV6, linux.IPV6.MULTICAST_HOPS, hops.multicast);
            try setNumber(fd, linux.SOL.IPV6, linux.IPV6.MULTICAST_IF, index);
        }
        const any: Endpoint = if (is_4) .ip4(@splat(0), port) else .ip6(@splat(0), port, 0);
        var address: Sockaddr = undefined;
        const bytes = any.toSockaddr(&address);
        _ = try check(linux.bind(fd, @ptrCast(&address), bytes));
        if (options.multicast) try join(fd, group(options.transport, .multicast, config.multicast_scope), index);
        try join(fd, group(options.transport, .peer, config.multicast_scope), index);
        return fd;
    }

    /// Has the kernel count what is sent from 0 on: after a failed send nobody knows whether that one was counted.
    pub fn restartNumbers(self: *Sockets) Error!void {
        const base: i32 = if (self.is_hardware)
            tx_hardware | rx_hardware | raw_hardware | opt_tsonly
        else
            tx_software | rx_software | software | opt_tsonly;
        const level = linux.SOL.SOCKET;
        try setNumber(self.event_fd, level, linux.SO.TIMESTAMPING_OLD, base);
        try setNumber(self.event_fd, level, linux.SO.TIMESTAMPING_OLD, base | opt_id);
        self.number = 0;
        for (&self.sent) |*one| self.forget(one);
    }

    /// Sends a message. `token` is that of an event message. `null` on success, else why not.
    pub fn send(self: *Sockets, kind: Kind, to: Endpoint, is_peer: bool, token: u32, bytes: []const u8) ?linux.E {
        var target = to;
        target.port = if (kind == .event) self.event_port else self.general_port;
        if (target.isMulticast() or (target.isLinkLocal() and target.scope == 0)) target.scope = self.interface;
        var address: Sockaddr = undefined;
        const address_bytes = target.toSockaddr(&address);
        var piece: std.posix.iovec_const = .{ .base = bytes.ptr, .len = bytes.len };
        var hops: Hops = .{
            .level = if (self.family == 4) linux.SOL.IP else linux.SOL.IPV6,
            .kind = if (self.family == 4) linux.IP.TTL else linux.IPV6.HOPLIMIT,
        };
        const header: linux.msghdr_const = .{
            .name = @ptrCast(&address),
            .namelen = address_bytes,
            .iov = @ptrCast(&piece),
            .iovlen = 1,
            .control = if (is_peer) &hops else null,
            .controllen = if (is_peer) @sizeOf(Hops) else 0,
            .flags = 0,
        };
        const fd = if (kind == .event) self.event_fd else self.general_fd;
        const errno = linux.errno(linux.sendmsg(fd, &header, linux.MSG.NOSIGNAL));
        if (kind == .general) return if (errno == .SUCCESS) null else errno;
        if (errno != .SUCCESS) {
            // The next send finds it out if the socket is dead.
            self.restartNumbers() catch {};
            return errno;
        }
        const place = &self.sent[self.number % sent_max];
        self.forget(place);
        place.* = .{ .number = self.number, .token = token };
        self.number +%= 1;
        return null;
    }

    /// Where a message goes that goes to all, or to the neighbour.
    pub fn groupOf(self: *const Sockets, destination: Group) Endpoint {
        return group(if (self.family == 4) .udp4 else .udp6, destination, self.scope);
    }

    /// Reads a message into `buffer`, which has `datagram_bytes_max` bytes.
    pub fn receive(self: *Sockets, kind: Kind, buffer: []u8) Outcome {
        var from: Sockaddr = undefined;
        var control: [256]u8 align(8) = undefined;
        const fd = if (kind == .event) self.event_fd else self.general_fd;
        const read = switch (readOne(fd, buffer, &from, &control, 0)) {
            .read => |read| read,
            .errno => |errno| return failure(errno),
        };
        if (read.flags & linux.MSG.TRUNC != 0) return .too_long;
        return .{ .datagram = .{
            .bytes = buffer[0..read.bytes],
            .from = .fromSockaddr(&from),
            .received = stamps.read(control[0..read.control_bytes]),
        } };
    }

    /// The next time of sending; null if there is none.
    pub fn departure(self: *Sockets) ?Departure {
        var nothing: [1]u8 = undefined;
        var from: Sockaddr = undefined;
        var control: [256]u8 align(8) = undefined;
        const read = switch (readOne(self.event_fd, &nothing, &from, &control, linux.MSG.ERRQUEUE)) {
            .read => |read| read,
            .errno => return null,
        };
        const received = stamps.read(control[0..read.control_bytes]);
        return .{ .token = self.take(received.number), .received = received };
    }

    fn forget(self: *Sockets, one: *Sent) void {
        if (one.token != 0) self.lost_count += 1;
        one.token = 0;
    }

    fn take(self: *Sockets, number: ?u32) ?u32 {
        const wanted = number orelse return null;
        const one = &self.sent[wanted % sent_max];
        if (one.token == 0 or one.number != wanted) return null;
        defer one.token = 0;
        return one.token;
    }
};

fn failure(errno: linux.E) Outcome {
    return switch (errno) {
        .AGAIN, .INTR => .nothing,
        else => .{ .failed = errno },
    };
}

const Read = union(enum) {
    read: struct { bytes: usize, control_bytes: usize, flags: u32 },
    errno: linux.E,
};

fn readOne(fd: i32, buffer: []u8, from: *Sockaddr, control: []align(8) u8, flags: u32) Read {
    var piece: std.posix.iovec = .{ .base = buffer.ptr, .len = buffer.len };
    var header: linux.msghdr = .{
        .name = @ptrCast(from),
        .namelen = @sizeOf(Sockaddr),
        .iov = @ptrCast(&piece),
        .iovlen = 1,
        .control = control.ptr,
        .controllen = control.len,
        .flags = 0,
    };
    const returned = linux.recvmsg(fd, &header, flags);
    const errno = linux.errno(returned);
    if (errno != .SUCCESS) return .{ .errno = errno };
    return .{ .read = .{ .bytes = returned, .control_bytes = header.controllen, .flags = @bitCast(header.flags) } };
}

/// 224.0.1.129 or FF0x::181 for all clocks, 224.0.0.107 or FF02::6B for neighbours.
pub fn group(transport: configuration.Transport, destination: Group, scope: u32) Endpoint {
    if (transport == .udp4) return switch (destination) {
        .multicast => .ip4(.{ 224, 0, 1, 129 }, 0),
        .peer => .ip4(.{ 224, 0, 0, 107 }, 0),
    };
    var bytes: [16]u8 = @splat(0);
    bytes[0] = 0xFF;
    bytes[1] = if (destination == .peer) 0x02 else @intCast(scope);
    if (destination == .peer) bytes[15] = 0x6B else bytes[14..16].* = .{ 0x01, 0x81 };
    return .ip6(bytes, 0, 0);
}

fn join(fd: i32, address: Endpoint, interface: i32) Error!void {
    const level: i32 = if (address.family == 4) linux.SOL.IP else linux.SOL.IPV6;
    var request: GroupRequest = std.mem.zeroes(GroupRequest);
    request.interface = @intCast(interface);
    _ = address.toSockaddr(&request.group);
    setOption(fd, level, mcast_join_group, request) catch |err| return switch (err) {
        // ENOBUFS here is a limit of the system: net.ipv4.igmp_max_memberships.
        error.QueueFull => error.OutOfMemory,
        else => err,
    };
}

/// struct ip_mreqn.
const MulticastInterface = extern struct {
    group: [4]u8 = @splat(0),
    address: [4]u8 = @splat(0),
    interface: i32,
};

/// struct group_req.
const GroupRequest = extern struct {
    interface: u32,
    group: Sockaddr,
};

/// A control message that has a peer delay message go no further than the neighbour.
const Hops = extern struct {
    length: usize = @sizeOf(usize) + 2 * @sizeOf(i32) + @sizeOf(i32),
    level: i32,
    kind: i32,
    value: i32 = 1,
    padding: i32 = 0,
};
