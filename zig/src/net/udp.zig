//! UDP sockets for media: a sender is connected to one destination, a receiver is bound to one address and port.
//!
//! Datagrams are never fragmented (ST 2110-10:2022 section 6.3): a datagram that the path does not take is
//! `MessageTooLong`.

const std = @import("std");
const linux = std.os.linux;
const interfaces = @import("interfaces.zig");
const system = @import("system.zig");
const endpoint_module = @import("endpoint.zig");

const Endpoint = endpoint_module.Endpoint;
const Error = system.Error;
const Sockaddr = endpoint_module.Sockaddr;
const check = system.check;
const setNumber = system.setNumber;
const setOption = system.setOption;

/// A send that finds no room for so long gives up, so that a thread can be stopped.
const send_timeout_us = 100_000;

const ipv6_multicast_all = 29;
const mcast_join_group = 42;
const mcast_block_source = 43;
const mcast_join_source_group = 46;

const udp_header_bytes = 8;
/// What the length field of IP can say: with the header of IPv4, without that of IPv6.
const length_max = 65535;

/// Members of SO_MEMINFO; the last is the count of drops.
const meminfo_count = 9;

pub const SendOptions = struct {
    to: Endpoint,
    /// Local address and port to bind; port 0 is any.
    from: Endpoint = .none,
    /// The interface to send by; 0 is by route, for multicast by the address of `from` if that has one.
    interface: u32 = 0,
    /// TTL or hop limit. 0 is allowed for IPv4 multicast alone: the datagrams stay on this machine.
    hops: u8 = 64,
    dscp: u6 = 0,
    /// Whether receivers on this machine get the multicast too.
    multicast_loop: bool = true,
    /// 0 is what the system gives by default. See `Socket.sendBufferBytes` for what it became.
    send_buffer_bytes: u32 = 0,
    /// SO_MAX_PACING_RATE; 0 is none. Has an effect only where the interface has the queueing discipline fq.
    pacing_bytes_per_second: u64 = 0,
    /// Lets datagrams have a time to leave at (SO_TXTIME by the monotonic clock), see `Sender.addAt`. Has an effect
    /// only where the interface has the queueing discipline fq.
    tx_time: bool = false,
    /// Whether `to` is the one that is heard and that `send` goes to; else datagrams from anybody come in, and each call
    /// names its destination.
    connected: bool = true,
};

pub const ReceiveOptions = struct {
    /// Address and port. A multicast address is a group: it is joined, and nothing else is received.
    local: Endpoint,
    /// For a group: joined for this source alone (IGMPv3, MLDv2); its port is not looked at. For a unicast address it
    /// has no effect: whoever reads the datagrams sees where they come from.
    source: Endpoint = .none,
    /// For a group that is joined for all sources: but not for this one. If it is an address of this machine, the kernel
    /// makes no copies of what is sent from it for this socket's sake.
    except: Endpoint = .none,
    /// For a group: where it is joined, 0 by route. Else: the one interface to receive by, 0 is all.
    interface: u32 = 0,
    /// 0 is what the system gives by default. See `Socket.receiveBufferBytes` for what it became.
    receive_buffer_bytes: u32 = 0,
    /// Other sockets may receive the same group and port too. `NotMulticast` for another address.
    reuse: bool = false,
};

pub const Socket = struct {
    fd: i32,

    /// Opens a socket that is connected to `to`, unless the options say otherwise.
    pub fn openSend(options: SendOptions) Error!Socket {
        var to = options.to;
        if (!to.isValid() or to.port == 0 or to.isUnspecified()) return error.InvalidArgument;
        if (!options.from.isNone() and (!options.from.isValid() or options.from.family != to.family))
            return error.InvalidArgument;
        if (to.isLinkLocal() and to.scope == 0) to.scope = options.interface;
        const self = try open(to.family);
        errdefer self.close();
        try self.setSendOptions(options);
        if (!options.from.isNone()) {
            var from = options.from;
            if (from.isLinkLocal() and from.scope == 0) from.scope = options.interface;
            try self.bind(from);
        }
        if (options.connected) {
            var address: Sockaddr = undefined;
            const bytes = to.toSockaddr(&address);
            _ = try check(linux.connect(self.fd, &address, bytes));
        }
        return self;
    }

    /// Opens a socket that is bound to `local`.
    pub fn openReceive(options: ReceiveOptions) Error!Socket {
        var local = options.local;
        if (!local.isValid()) return error.InvalidArgument;
        if (!options.source.isNone() and (!options.source.isValid() or options.source.family != local.family or
            options.source.isMulticast())) return error.InvalidArgument;
        if (options.reuse and !local.isMulticast()) return error.NotMulticast;
        if (local.isLinkLocal() and local.scope == 0) local.scope = options.interface;
        const self = open(local.family) catch |err| return if (err == error.NoRoute) error.AddressNotLocal else err;
        errdefer self.close();
        const fd = self.fd;
        try setBuffer(fd, linux.SO.RCVBUFFORCE, linux.SO.RCVBUF, options.receive_buffer_bytes);
        if (options.reuse) try setNumber(fd, linux.SOL.SOCKET, linux.SO.REUSEADDR, 1);
        if (local.isMulticast()) {
            // A group that another socket of this machine has joined is nothing to this one.
            if (local.family == 4) {
                try setNumber(fd, linux.SOL.IP, linux.IP.MULTICAST_ALL, 0);
            } else {
                // Linux 4.20. Without it the bind below keeps other groups out as well.
                setNumber(fd, linux.SOL.IPV6, ipv6_multicast_all, 0) catch |err| {
                    if (err != error.Unsupported) return err;
                };
                // For IPv6 the kernel does not look where a group was joined that arrives.
                if (options.interface != 0) try self.bindToInterface(options.interface);
            }
            try self.join(local, options.source, options.interface);
            if (!options.except.isNone()) try self.block(local, options.except, options.interface);
        } else if (options.interface != 0) {
            try self.bindToInterface(options.interface);
        }
        try self.bind(local);
        return self;
    }

    pub fn close(self: Socket) void {
        _ = linux.close(self.fd);
    }

    /// Where the socket is bound to, with the port that it got.
    pub fn localEndpoint(self: Socket) Error!Endpoint {
        var address: Sockaddr = undefined;
        var bytes: linux.socklen_t = @sizeOf(Sockaddr);
        _ = try check(linux.getsockname(self.fd, @ptrCast(&address), &bytes));
        return .fromSockaddr(&address);
    }

    /// What the kernel gave for receiving, in the measure of the options: the kernel takes and tells the double of it,
    /// for its own bookkeeping.
    pub fn receiveBufferBytes(self: Socket) u32 {
        return self.bufferBytes(linux.SO.RCVBUF);
    }

    /// What the kernel gave for sending, in the measure of the options.
    pub fn sendBufferBytes(self: Socket) u32 {
        return self.bufferBytes(linux.SO.SNDBUF);
    }

    fn bufferBytes(self: Socket, name: u32) u32 {
        const doubled = system.getNumber(self.fd, linux.SOL.SOCKET, name) catch return 0;
        return @intCast(@divTrunc(doubled, 2));
    }

    /// How many datagrams the kernel dropped by now because the receive buffer was full, modulo 2^32. A `Receiver`
    /// counts on from it.
    pub fn kernelDrops(self: Socket) Error!u32 {
        var values: [meminfo_count]u32 = @splat(0);
        var bytes: linux.socklen_t = @sizeOf(@TypeOf(values));
        _ = try check(linux.getsockopt(self.fd, linux.SOL.SOCKET, linux.SO.MEMINFO, std.mem.asBytes(&values), &bytes));
        return values[meminfo_count - 1];
    }

    /// What the path of a connected socket takes in one datagram, without the headers of IP and UDP, as far as it is
    /// known by now: the MTU of the interface, less where a router has said so.
    pub fn payloadBytesMax(self: Socket) Error!u32 {
        const local = try self.localEndpoint();
        if (local.family == 4) {
            const mtu = try system.getNumber(self.fd, linux.SOL.IP, linux.IP.MTU);
            return @intCast(@max(0, @min(mtu, length_max) - (20 + udp_header_bytes)));
        }
        const mtu = try system.getNumber(self.fd, linux.SOL.IPV6, linux.IPV6.MTU);
        return @intCast(@max(0, @min(mtu - 40, length_max) - udp_header_bytes));
    }

    fn open(family: u32) Error!Socket {
        const domain: u32 = if (family == 4) linux.AF.INET else linux.AF.INET6;
        const fd: i32 = @intCast(try check(linux.socket(domain, linux.SOCK.DGRAM | linux.SOCK.CLOEXEC, 0)));
        const self: Socket = .{ .fd = fd };
        errdefer self.close();
        if (family == 6) try setNumber(fd, linux.SOL.IPV6, linux.IPV6.V6ONLY, 1);
        return self;
    }

    fn bind(self: Socket, local: Endpoint) Error!void {
        var address: Sockaddr = undefined;
        const bytes = local.toSockaddr(&address);
        _ = try check(linux.bind(self.fd, @ptrCast(&address), bytes));
    }

    fn bindToInterface(self: Socket, interface: u32) Error!void {
        // The kernel takes any number here.
        try interfaces.expectIndex(self.fd, interface);
        try setNumber(self.fd, linux.SOL.SOCKET, linux.SO.BINDTOIFINDEX, try numberOf(interface));
    }

    fn setSendOptions(self: Socket, options: SendOptions) Error!void {
        const fd = self.fd;
        const multicast = options.to.isMulticast();
        const traffic_class = @as(i32, options.dscp) << 2;
        if (options.to.family == 4) {
            try setNumber(fd, linux.SOL.IP, linux.IP.MTU_DISCOVER, linux.IP.PMTUDISC_DO);
            try setNumber(fd, linux.SOL.IP, linux.IP.TOS, traffic_class);
            const hops: u32 = if (multicast) linux.IP.MULTICAST_TTL else linux.IP.TTL;
            try setNumber(fd, linux.SOL.IP, hops, options.hops);
        } else {
            try setNumber(fd, linux.SOL.IPV6, linux.IPV6.MTU_DISCOVER, linux.IPV6.PMTUDISC_DO);
            try setNumber(fd, linux.SOL.IPV6, linux.IPV6.TCLASS, traffic_class);
            const hops: u32 = if (multicast) linux.IPV6.MULTICAST_HOPS else linux.IPV6.UNICAST_HOPS;
            try setNumber(fd, linux.SOL.IPV6, hops, options.hops);
        }
        if (multicast) {
            try self.setMulticastInterface(options);
        } else if (options.interface != 0) {
            try self.bindToInterface(options.interface);
        }
        const timeout: linux.timeval = .{ .sec = 0, .usec = send_timeout_us };
        try setOption(fd, linux.SOL.SOCKET, linux.SO.SNDTIMEO, timeout);
        try setBuffer(fd, linux.SO.SNDBUFFORCE, linux.SO.SNDBUF, options.send_buffer_bytes);
        if (options.pacing_bytes_per_second != 0) {
            const rate = std.math.cast(c_ulong, options.pacing_bytes_per_second) orelse return error.InvalidArgument;
            try setOption(fd, linux.SOL.SOCKET, linux.SO.MAX_PACING_RATE, rate);
        }
        if (options.tx_time) try setTxTime(fd);
    }

    fn setMulticastInterface(self: Socket, options: SendOptions) Error!void {
        const fd = self.fd;
        const by_address = options.interface == 0 and !options.from.isNone() and !options.from.isUnspecified();
        if (options.to.family == 4) {
            try setNumber(fd, linux.SOL.IP, linux.IP.MULTICAST_LOOP, @intFromBool(options.multicast_loop));
            if (options.interface == 0 and !by_address) return;
            setOption(fd, linux.SOL.IP, linux.IP.MULTICAST_IF, MulticastInterface{
                .address = if (by_address) options.from.bytes[0..4].* else @splat(0),
                .interface = try numberOf(options.interface),
            }) catch |err| {
                return if (err == error.AddressNotLocal and !by_address) error.NoSuchInterface else err;
            };
        } else {
            try setNumber(fd, linux.SOL.IPV6, linux.IPV6.MULTICAST_LOOP, @intFromBool(options.multicast_loop));
            const interface = if (by_address) try interfaces.indexOfAddress(options.from) else options.interface;
            if (interface != 0) {
                try setNumber(fd, linux.SOL.IPV6, linux.IPV6.MULTICAST_IF, try numberOf(interface));
            }
        }
    }

    fn block(self: Socket, group: Endpoint, source: Endpoint, interface: u32) Error!void {
        var request: GroupSourceRequest = std.mem.zeroes(GroupSourceRequest);
        request.interface = if (interface == 0) group.scope else interface;
        _ = group.toSockaddr(&request.group);
        _ = source.toSockaddr(&request.source);
        const level: i32 = if (group.family == 4) linux.SOL.IP else linux.SOL.IPV6;
        return setOption(self.fd, level, mcast_block_source, request);
    }

    fn join(self: Socket, group: Endpoint, source: Endpoint, interface: u32) Error!void {
        const level: i32 = if (group.family == 4) linux.SOL.IP else linux.SOL.IPV6;
        var request: GroupSourceRequest = std.mem.zeroes(GroupSourceRequest);
        request.interface = if (interface == 0) group.scope else interface;
        _ = group.toSockaddr(&request.group);
        const joined = if (source.isNone())
            setOption(self.fd, level, mcast_join_group, GroupRequest{
                .interface = request.interface,
                .group = request.group,
            })
        else joined: {
            _ = source.toSockaddr(&request.source);
            break :joined setOption(self.fd, level, mcast_join_source_group, request);
        };
        joined catch |err| return switch (err) {
            error.NoSuchInterface, error.AddressNotLocal => if (request.interface == 0)
                error.NoRoute
            else
                error.NoSuchInterface,
            error.Unsupported => if (source.isNone()) err else error.SourceFilterUnsupported,
            // ENOBUFS here is a limit of the system: net.ipv4.igmp_max_memberships, igmp_max_msf.
            error.QueueFull => error.OutOfMemory,
            else => err,
        };
    }
};

/// struct ip_mreqn.
const MulticastInterface = extern struct {
    group: [4]u8 = @splat(0),
    address: [4]u8,
    interface: i32,
};

/// struct group_req.
const GroupRequest = extern struct {
    interface: u32,
    group: Sockaddr,
};

/// struct group_source_req.
const GroupSourceRequest = extern struct {
    interface: u32,
    group: Sockaddr,
    source: Sockaddr,
};

/// struct sock_txtime.
const TxTime = extern struct {
    clock: i32,
    flags: u32,
};

/// By the monotonic clock, which is the one that fq knows; it takes no privilege.
pub fn setTxTime(fd: i32) Error!void {
    return setOption(fd, linux.SOL.SOCKET, linux.SO.TXTIME, TxTime{
        .clock = @intCast(@backingInt(linux.clockid_t.MONOTONIC)),
        .flags = 0,
    });
}

/// Tries to go beyond the limit of the system, which takes CAP_NET_ADMIN, and else takes what the limit lets it have.
fn setBuffer(fd: i32, forced_name: u32, name: u32, bytes: u32) Error!void {
    if (bytes == 0) return;
    // The kernel doubles it and counts in an i32.
    const value: i32 = @intCast(@min(bytes, std.math.maxInt(i32) / 2));
    setNumber(fd, linux.SOL.SOCKET, forced_name, value) catch
        try setNumber(fd, linux.SOL.SOCKET, name, value);
}

fn numberOf(interface: u32) Error!i32 {
    return std.math.cast(i32, interface) orelse error.NoSuchInterface;
}
