//! The sockets of a client on the loopback: stamps, times of sending, what is too long.

const std = @import("std");
const linux = std.os.linux;
const configuration = @import("config.zig");
const kit = @import("../net/test_kit.zig");
const net = @import("../net.zig");
const sockets_module = @import("sockets.zig");
const time = @import("../time.zig");

const Config = configuration.Config;
const Datagram = sockets_module.Datagram;
const Departure = sockets_module.Departure;
const Endpoint = net.endpoint.Endpoint;
const Group = sockets_module.Group;
const Kind = sockets_module.Kind;
const Sockets = sockets_module.Sockets;
const datagram_bytes_max = sockets_module.datagram_bytes_max;
const expect = std.testing.expect;
const expectEqual = std.testing.expectEqual;
const group = sockets_module.group;
const sent_max = sockets_module.sent_max;

fn openOnLoopback(transport: configuration.Transport, ports: [2]u16) !Sockets {
    const config: Config = .{ .event_port = ports[0], .general_port = ports[1], .dscp = 46 };
    return .open(&config, .{
        .transport = transport,
        .interface = try kit.indexOf("lo"),
        .multicast = true,
        .is_hardware = false,
    });
}

fn awaitDatagram(sockets: *Sockets, kind: Kind, buffer: []u8) !Datagram {
    const deadline_ns = time.monotonicNs() + kit.patience_ns;
    while (time.monotonicNs() < deadline_ns) switch (sockets.receive(kind, buffer)) {
        .datagram => |one| return one,
        .nothing => _ = linux.syscall0(.sched_yield),
        .too_long, .failed => return error.Wrong,
    };
    return error.NothingCame;
}

fn awaitDeparture(sockets: *Sockets) !Departure {
    const deadline_ns = time.monotonicNs() + kit.patience_ns;
    while (time.monotonicNs() < deadline_ns) {
        if (sockets.departure()) |one| return one;
        _ = linux.syscall0(.sched_yield);
    }
    return error.NothingCame;
}

test "groups are those of the standard" {
    try expect(group(.udp4, .multicast, 14).eql(.ip4(.{ 224, 0, 1, 129 }, 0)));
    var buffer: [64]u8 = undefined;
    for ([_]Group{ .multicast, .peer }, [_][]const u8{ "[ff05::181]:0", "[ff02::6b]:0" }) |one, wanted| {
        const text = try std.fmt.bufPrint(&buffer, "{f}", .{group(.udp6, one, 5)});
        try std.testing.expectEqualStrings(wanted, text);
    }
}

test "a message to all comes back stamped, and its time of sending is told" {
    for ([_]configuration.Transport{ .udp4, .udp6 }) |transport| {
        if (transport == .udp6 and !try kit.hasFamily(kit.loopback6)) continue;
        var sockets = openOnLoopback(transport, .{ 33190, 33200 }) catch |err| {
            // A loopback of some machines has no IPv6 multicast.
            if (transport == .udp6) continue;
            return err;
        };
        defer sockets.close();
        for ([_]Group{ .multicast, .peer }, 1..) |destination, token| {
            const to = sockets.groupOf(destination);
            // Software stamps are switched on by the kernel in its own time.
            const deadline_ns = time.monotonicNs() + kit.patience_ns;
            while (true) {
                if (sockets.send(.event, to, destination == .peer, @intCast(token), "sync")) |errno| {
                    if (transport == .udp6) return;
                    std.debug.print("send: {t}\n", .{errno});
                    return error.Wrong;
                }
                var bytes: [datagram_bytes_max]u8 = undefined;
                const datagram = try awaitDatagram(&sockets, .event, &bytes);
                try std.testing.expectEqualStrings("sync", datagram.bytes);
                const departed = try awaitDeparture(&sockets);
                try expectEqual(@as(u32, @intCast(token)), departed.token.?);
                const left_ns = departed.received.software_ns.?;
                const came_ns = datagram.received.software_ns orelse {
                    if (time.monotonicNs() > deadline_ns) return error.NothingCame;
                    continue;
                };
                try expect(came_ns >= left_ns and came_ns - left_ns < std.time.ns_per_s);
                break;
            }
        }
        try expectEqual(null, sockets.send(.general, sockets.groupOf(.multicast), false, 0, "announce"));
        var bytes: [datagram_bytes_max]u8 = undefined;
        const datagram = try awaitDatagram(&sockets, .general, &bytes);
        try std.testing.expectEqualStrings("announce", datagram.bytes);
    }
}

test "times of sending that were left unread for long, and those of before a failed send, belong to nobody" {
    var sockets = try openOnLoopback(.udp4, .{ 33191, 33201 });
    defer sockets.close();
    const to: Endpoint = .ip4(.{ 127, 0, 0, 1 }, 0);
    for (1..301) |token| {
        if (sockets.send(.event, to, false, @intCast(token), "x")) |_| return error.Wrong;
        var bytes: [datagram_bytes_max]u8 = undefined;
        _ = try awaitDatagram(&sockets, .event, &bytes);
    }
    var found: u32 = 0;
    var strays: u32 = 0;
    while (sockets.departure()) |departed| {
        if (departed.token) |token| {
            try expectEqual(@as(u32, 300 - sent_max + 1) + found, token);
            found += 1;
        } else strays += 1;
    }
    // The kernel keeps so many as fit into the receive buffer, and drops the newest.
    try expect(found <= sent_max and strays > 0 and strays <= 300 - sent_max);
    try expectEqual(@as(u64, 300 - sent_max), sockets.lost_count);
    if (sockets.send(.event, to, false, 500, "y")) |_| return error.Wrong;
    // Nobody can be there.
    try expect(sockets.send(.event, .ip4(.{ 255, 255, 255, 255 }, 0), false, 501, "z") != null);
    try expectEqual(null, (try awaitDeparture(&sockets)).token);
    if (sockets.send(.event, to, false, 502, "y")) |_| return error.Wrong;
    try expectEqual(@as(u32, 502), (try awaitDeparture(&sockets)).token.?);
}

test "what is longer than any message is told as that" {
    var sockets = try openOnLoopback(.udp4, .{ 33192, 33202 });
    defer sockets.close();
    const long: [datagram_bytes_max + 1]u8 = @splat(1);
    if (sockets.send(.general, .ip4(.{ 127, 0, 0, 1 }, 0), false, 0, &long)) |_| return error.Wrong;
    var bytes: [datagram_bytes_max]u8 = undefined;
    const deadline_ns = time.monotonicNs() + kit.patience_ns;
    while (time.monotonicNs() < deadline_ns) switch (sockets.receive(.general, &bytes)) {
        .nothing => _ = linux.syscall0(.sched_yield),
        .too_long => return,
        .datagram, .failed => return error.Wrong,
    };
    return error.NothingCame;
}

test "two sockets of one port both get what goes to all" {
    var first = try openOnLoopback(.udp4, .{ 33193, 33203 });
    defer first.close();
    var second = try openOnLoopback(.udp4, .{ 33193, 33203 });
    defer second.close();
    try expectEqual(null, first.send(.general, first.groupOf(.multicast), false, 0, "a"));
    var bytes: [datagram_bytes_max]u8 = undefined;
    for ([_]*Sockets{ &first, &second }) |one| _ = try awaitDatagram(one, .general, &bytes);
}
