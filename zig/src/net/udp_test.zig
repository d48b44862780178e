const std = @import("std");
const linux = std.os.linux;
const kit = @import("test_kit.zig");
const probe = @import("probe.zig");
const system = @import("system.zig");
const udp = @import("udp.zig");
const Endpoint = @import("endpoint.zig").Endpoint;

const Socket = udp.Socket;
const expect = std.testing.expect;
const expectEqual = std.testing.expectEqual;
const expectEqualStrings = std.testing.expectEqualStrings;
const expectError = std.testing.expectError;

const group4: Endpoint = .ip4(.{ 239, 77, 1, 2 }, 0);
/// ff15::4d:1:2, site-local and not permanent.
const group6: Endpoint = .ip6(.{ 0xff, 0x15 } ++ @as([9]u8, @splat(0)) ++ .{ 0x4d, 0, 1, 0, 2 }, 0, 0);

test "a datagram goes from one socket to the other" {
    for ([_]Endpoint{ kit.loopback4, kit.loopback6 }) |local| {
        if (!try kit.hasFamily(local)) continue;
        const pair = try kit.Pair.open(.{ .local = local }, .{ .from = local });
        defer pair.close();
        const from = try pair.sender.localEndpoint();
        try expect(from.port != 0 and from.hasAddressOf(local));
        try kit.sendText(pair.sender, "hop");
        try expectEqualStrings("hop", (try kit.receiveText(pair.receiver)).text());
    }
}

test "receivers see the DSCP and the hops that the sender was given" {
    const Case = struct { local: Endpoint, level: i32, want: [2]u32, kinds: [2]i32 };
    for ([_]Case{ .{
        .local = kit.loopback4,
        .level = linux.SOL.IP,
        .want = .{ linux.IP.RECVTOS, linux.IP.RECVTTL },
        .kinds = .{ linux.IP.TOS, linux.IP.TTL },
    }, .{
        .local = kit.loopback6,
        .level = linux.SOL.IPV6,
        .want = .{ linux.IPV6.RECVTCLASS, linux.IPV6.RECVHOPLIMIT },
        .kinds = .{ linux.IPV6.TCLASS, linux.IPV6.HOPLIMIT },
    } }) |case| {
        if (!try kit.hasFamily(case.local)) continue;
        const pair = try kit.Pair.open(.{ .local = case.local }, .{ .dscp = 34, .hops = 7 });
        defer pair.close();
        for (case.want) |name| try system.setNumber(pair.receiver.fd, case.level, name, 1);
        try kit.sendText(pair.sender, "x");
        const received = try kit.receiveText(pair.receiver);
        try expectEqual(@as(?i32, 34 << 2), received.number(case.level, case.kinds[0]));
        try expectEqual(@as(?i32, 7), received.number(case.level, case.kinds[1]));
    }
}

test "a port that is taken" {
    for ([_]Endpoint{ kit.loopback4, kit.loopback6 }) |local| {
        if (!try kit.hasFamily(local)) continue;
        const first = try Socket.openReceive(.{ .local = local });
        defer first.close();
        const taken = try first.localEndpoint();
        try expectError(error.PortTaken, Socket.openReceive(.{ .local = taken }));
        try expectError(error.PortTaken, Socket.openSend(.{ .to = taken, .from = taken }));
    }
}

test "an address that is not here" {
    const elsewhere: Endpoint = .ip4(.{ 192, 0, 2, 77 }, 0);
    try expectError(error.AddressNotLocal, Socket.openReceive(.{ .local = elsewhere }));
    try expectError(error.AddressNotLocal, Socket.openSend(.{ .to = .ip4(.{ 127, 0, 0, 1 }, 9), .from = elsewhere }));
    try expectError(error.AddressNotLocal, Socket.openSend(.{ .to = .ip4(.{ 239, 1, 1, 1 }, 9), .from = elsewhere }));
}

test "an interface that is not there" {
    const nowhere = 0x7fff_fff0;
    var group = group4;
    group.port = 5004;
    for ([_]u32{ nowhere, 0xffff_ffff }) |interface| {
        try expectError(error.NoSuchInterface, Socket.openSend(.{ .to = group, .interface = interface }));
        try expectError(error.NoSuchInterface, Socket.openReceive(.{ .local = group, .interface = interface }));
        const unicast: Endpoint = .ip4(.{ 127, 0, 0, 1 }, 5004);
        try expectError(error.NoSuchInterface, Socket.openSend(.{ .to = unicast, .interface = interface }));
        try expectError(error.NoSuchInterface, Socket.openReceive(.{ .local = kit.loopback4, .interface = interface }));
    }
    if (!try kit.hasFamily(kit.loopback6)) return;
    group = group6;
    group.port = 5004;
    try expectError(error.NoSuchInterface, Socket.openSend(.{ .to = group, .interface = nowhere }));
    try expectError(error.NoSuchInterface, Socket.openReceive(.{ .local = group, .interface = nowhere }));
}

test "what never makes sense" {
    var wrong = kit.loopback4;
    wrong.port = 65536;
    const receiver: Endpoint = .ip4(.{ 127, 0, 0, 1 }, 5004);
    try expectError(error.InvalidArgument, Socket.openReceive(.{ .local = .none }));
    try expectError(error.InvalidArgument, Socket.openReceive(.{ .local = wrong }));
    try expectError(error.InvalidArgument, Socket.openReceive(.{ .local = group4, .source = kit.loopback6 }));
    try expectError(error.InvalidArgument, Socket.openReceive(.{ .local = group4, .source = group4 }));
    try expectError(error.NotMulticast, Socket.openReceive(.{ .local = kit.loopback4, .reuse = true }));
    try expectError(error.InvalidArgument, Socket.openSend(.{ .to = .none }));
    try expectError(error.InvalidArgument, Socket.openSend(.{ .to = kit.loopback4 }));
    try expectError(error.InvalidArgument, Socket.openSend(.{ .to = .ip4(@splat(0), 5004) }));
    try expectError(error.InvalidArgument, Socket.openSend(.{ .to = receiver, .from = kit.loopback6 }));
    try expectError(error.InvalidArgument, Socket.openSend(.{ .to = receiver, .hops = 0 }));
}

fn expectNoRoute() !void {
    try expectError(error.NoRoute, Socket.openSend(.{ .to = .ip4(.{ 192, 0, 2, 1 }, 5004) }));
    try expectError(error.NoRoute, Socket.openReceive(.{ .local = group4 }));
    if (!try kit.hasFamily(kit.loopback6)) return;
    const far: Endpoint = .ip6(.{ 0x20, 1, 0xd, 0xb8 } ++ @as([11]u8, @splat(0)) ++ .{1}, 5004, 0);
    try expectError(error.NoRoute, Socket.openSend(.{ .to = far }));
}

test "no route" {
    try kit.inNetworkOfItsOwn(expectNoRoute);
}

fn expectTooLong() !void {
    try kit.setLoopbackMtu(1500);
    for ([_]Endpoint{ kit.loopback4, kit.loopback6 }) |local| {
        if (!try kit.hasFamily(local)) continue;
        const pair = try kit.Pair.open(.{ .local = local }, .{});
        defer pair.close();
        const bytes_max: u32 = if (local.family == 4) 1472 else 1452;
        try expectEqual(bytes_max, try pair.sender.payloadBytesMax());
        const bytes: [1500]u8 = @splat(0);
        try kit.sendText(pair.sender, bytes[0..bytes_max]);
        try expectError(error.MessageTooLong, kit.sendText(pair.sender, bytes[0 .. bytes_max + 1]));
    }
}

test "what the path does not take in one piece is too long" {
    try kit.inNetworkOfItsOwn(expectTooLong);
}

fn expectGroupAlone(group: Endpoint, interface: u32) !void {
    const pair = try kit.Pair.open(.{ .local = group, .interface = interface }, .{ .interface = interface });
    defer pair.close();
    // Another group on this port, joined by another socket of this machine, is not ours.
    var other = try pair.receiver.localEndpoint();
    other.bytes[if (group.family == 4) 3 else 15] += 1;
    const others = try kit.Pair.open(.{ .local = other, .interface = interface }, .{ .interface = interface });
    defer others.close();
    try kit.sendText(others.sender, "others");
    try kit.sendText(pair.sender, "ours");
    try expectEqualStrings("ours", (try kit.receiveText(pair.receiver)).text());
    try expectEqualStrings("others", (try kit.receiveText(others.receiver)).text());
}

fn expectByAddress(group: Endpoint, interface: u32, local: Endpoint) !void {
    const pair = try kit.Pair.open(.{ .local = group, .interface = interface }, .{ .from = local });
    defer pair.close();
    try expect((try pair.sender.localEndpoint()).hasAddressOf(local));
    try kit.sendText(pair.sender, "from here");
    try expectEqualStrings("from here", (try kit.receiveText(pair.receiver)).text());
}

fn expectOneSource(group: Endpoint, interface: u32, source: Endpoint, stranger: Endpoint) !void {
    const receive: udp.ReceiveOptions = .{ .local = group, .source = source, .interface = interface };
    const pair = try kit.Pair.open(receive, .{ .from = source, .interface = interface });
    defer pair.close();
    const to = try pair.receiver.localEndpoint();
    const sender = try Socket.openSend(.{ .to = to, .from = stranger, .interface = interface });
    defer sender.close();
    try kit.sendText(sender, "stranger");
    try kit.sendText(pair.sender, "source");
    try expectEqualStrings("source", (try kit.receiveText(pair.receiver)).text());
}

fn expectAllButOne(group: Endpoint, interface: u32, source: Endpoint, stranger: Endpoint) !void {
    const receive: udp.ReceiveOptions = .{ .local = group, .except = stranger, .interface = interface };
    const pair = try kit.Pair.open(receive, .{ .from = source, .interface = interface });
    defer pair.close();
    const to = try pair.receiver.localEndpoint();
    const sender = try Socket.openSend(.{ .to = to, .from = stranger, .interface = interface });
    defer sender.close();
    try kit.sendText(sender, "stranger");
    try kit.sendText(pair.sender, "source");
    try expectEqualStrings("source", (try kit.receiveText(pair.receiver)).text());
}

fn expectNoLoop(group: Endpoint, interface: u32) !void {
    const pair = try kit.Pair.open(.{ .local = group, .interface = interface }, .{ .interface = interface });
    defer pair.close();
    const to = try pair.receiver.localEndpoint();
    const silent = try Socket.openSend(.{ .to = to, .interface = interface, .multicast_loop = false });
    defer silent.close();
    try kit.sendText(silent, "not for this machine");
    try kit.sendText(pair.sender, "heard");
    try expectEqualStrings("heard", (try kit.receiveText(pair.receiver)).text());
}

test "multicast goes by the interface and arrives at the group alone" {
    try expectGroupAlone(group4, try kit.indexOf("lo"));
}

test "multicast goes by the address it is sent from" {
    try expectByAddress(group4, try kit.indexOf("lo"), kit.loopback4);
}

test "a group joined for one source is silent for the others, and the other way round" {
    const lo = try kit.indexOf("lo");
    try expectOneSource(group4, lo, .ip4(.{ 127, 0, 0, 2 }, 0), .ip4(.{ 127, 0, 0, 3 }, 0));
    try expectAllButOne(group4, lo, .ip4(.{ 127, 0, 0, 2 }, 0), .ip4(.{ 127, 0, 0, 3 }, 0));
}

/// Both legs of ST 2022-7 may have one group and port, on two interfaces.
fn expectInterfaceAlone(group: Endpoint, interface: u32, other: u32) !void {
    const receive: udp.ReceiveOptions = .{ .local = group, .interface = interface, .reuse = true };
    const pair = try kit.Pair.open(receive, .{ .interface = interface });
    defer pair.close();
    const local = try pair.receiver.localEndpoint();
    const others = try kit.Pair.open(.{ .local = local, .interface = other, .reuse = true }, .{ .interface = other });
    defer others.close();
    try kit.sendText(others.sender, "others");
    try kit.sendText(pair.sender, "ours");
    try expectEqualStrings("ours", (try kit.receiveText(pair.receiver)).text());
    try expectEqualStrings("others", (try kit.receiveText(others.receiver)).text());
}

fn expectGroups() !void {
    const interface = try kit.addInterface(0);
    const other = try kit.addInterface(1);
    try expectGroupAlone(group4, interface);
    try expectInterfaceAlone(group4, interface, other);
    try expectNoLoop(group4, interface);
    if (!try kit.hasFamily(kit.loopback6)) return;
    const source: Endpoint = .ip6(.{0xfd} ++ @as([14]u8, @splat(0)) ++ .{7}, 0, 0);
    const stranger: Endpoint = .ip6(.{0xfd} ++ @as([14]u8, @splat(0)) ++ .{8}, 0, 0);
    try kit.addAddress6(interface, source);
    try kit.addAddress6(interface, stranger);
    try kit.addAddress6(other, .ip6(.{0xfd} ++ @as([14]u8, @splat(0)) ++ .{9}, 0, 0));
    try expectGroupAlone(group6, interface);
    try expectInterfaceAlone(group6, interface, other);
    try expectNoLoop(group6, interface);
    try expectByAddress(group6, interface, source);
    try expectOneSource(group6, interface, source, stranger);
    try expectAllButOne(group6, interface, source, stranger);
    // ff12::1 is of one link: it means nothing without an interface.
    const of_link: Endpoint = .ip6(.{ 0xff, 0x12 } ++ @as([13]u8, @splat(0)) ++ .{1}, 0, 0);
    try expectError(error.InvalidArgument, Socket.openReceive(.{ .local = of_link }));
    try expectGroupAlone(of_link, interface);
}

test "multicast of both families by an interface that is not the loopback" {
    try kit.inNetworkOfItsOwn(expectGroups);
}

test "two receivers of one group, if both allow it" {
    const lo = try kit.indexOf("lo");
    const pair = try kit.Pair.open(.{ .local = group4, .interface = lo, .reuse = true }, .{ .interface = lo });
    defer pair.close();
    const local = try pair.receiver.localEndpoint();
    try expectError(error.PortTaken, Socket.openReceive(.{ .local = local, .interface = lo }));
    const second = try Socket.openReceive(.{ .local = local, .interface = lo, .reuse = true });
    defer second.close();
    try kit.sendText(pair.sender, "both");
    try expectEqualStrings("both", (try kit.receiveText(pair.receiver)).text());
    try expectEqualStrings("both", (try kit.receiveText(second)).text());
}

test "a socket says what buffers the kernel gave" {
    const asked = 100_000;
    const pair = try kit.Pair.open(.{ .local = kit.loopback4, .receive_buffer_bytes = asked }, .{
        .send_buffer_bytes = asked,
    });
    defer pair.close();
    const found = try probe.probe(0);
    try expectEqual(@as(u32, @min(asked, found.receive_buffer_bytes_max)), pair.receiver.receiveBufferBytes());
    try expectEqual(@as(u32, @min(asked, found.send_buffer_bytes_max)), pair.sender.sendBufferBytes());
    // Beyond the limit: all of it with the privilege, else the limit, and never an error.
    const greedy = try Socket.openReceive(.{
        .local = kit.loopback4,
        .receive_buffer_bytes = found.receive_buffer_bytes_max + 4096,
    });
    defer greedy.close();
    const given = greedy.receiveBufferBytes();
    const max = found.receive_buffer_bytes_max;
    try expect(given == max + 4096 or given == max);
    const everything = try Socket.openReceive(.{ .local = kit.loopback4, .receive_buffer_bytes = 0xffff_ffff });
    defer everything.close();
    try expect(everything.receiveBufferBytes() >= max);
}

test "pacing and times to leave are set where the kernel has them" {
    const found = try probe.probe(0);
    const to: Endpoint = .ip4(.{ 127, 0, 0, 1 }, 5004);
    const rate = 12_345_678;
    if (found.pacing_rate) {
        const socket = try Socket.openSend(.{ .to = to, .pacing_bytes_per_second = rate });
        defer socket.close();
        var value: c_ulong = 0;
        var bytes: linux.socklen_t = @sizeOf(c_ulong);
        const name = linux.SO.MAX_PACING_RATE;
        _ = try system.check(linux.getsockopt(socket.fd, linux.SOL.SOCKET, name, std.mem.asBytes(&value), &bytes));
        try expectEqual(@as(c_ulong, rate), value);
    } else {
        try expectError(error.Unsupported, Socket.openSend(.{ .to = to, .pacing_bytes_per_second = rate }));
    }
    const timed = Socket.openSend(.{ .to = to, .tx_time = true });
    if (timed) |socket| socket.close() else |err| try expectEqual(error.Unsupported, err);
    try expectEqual(found.tx_time, if (timed) |_| true else |_| false);
}
