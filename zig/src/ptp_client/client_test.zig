//! Clients against each other on the loopback, and what a network interface can do to one.
//!
//! All only measure (`disciplines` is 0): the machine's TAI is not theirs.

const std = @import("std");
const linux = std.os.linux;
const client = @import("../ptp_client.zig");
const configuration = @import("config.zig");
const interfaces = @import("../net/interfaces.zig");
const kit = @import("../net/test_kit.zig");
const net = @import("../net.zig");
const statistics_module = @import("statistics.zig");
const system = @import("../net/system.zig");
const tai = @import("../tai.zig");
const time = @import("../time.zig");

const Config = configuration.Config;
const Endpoint = net.endpoint.Endpoint;
const Fault = statistics_module.Fault;
const State = @import("../ptp.zig").actions.State;
const Statistics = client.Statistics;
const expect = std.testing.expect;
const expectEqual = std.testing.expectEqual;

/// Ports of its own for each test, so that none hears another.
fn configOn(interface: []const u8, ports: u16) Config {
    var config: Config = .{
        .disciplines = 0,
        .domain = 100,
        .event_port = ports,
        .general_port = ports + 1,
        .announce_log_interval = -4,
        .sync_log_interval = -5,
        .delay_log_interval = -5,
        .peer_delay_log_interval = -5,
    };
    @memcpy(config.interface[0..interface.len], interface);
    return config;
}

fn masterOf(slave: Config) Config {
    var config = slave;
    config.grandmaster = 1;
    config.identity = 0x00AA_0000_0000_0001;
    return config;
}

fn slaveOf(ports: u16) Config {
    var config = configOn("lo", ports);
    config.identity = 0x00BB_0000_0000_0002;
    return config;
}

fn awaitState(handle: u32, comptime field: []const u8, wanted: u32) !Statistics {
    return awaitFor(handle, struct {
        fn is(statistics: *const Statistics, value: u32) bool {
            return @field(statistics, field) == value;
        }
    }.is, wanted);
}

fn awaitFor(handle: u32, comptime is: fn (*const Statistics, u32) bool, value: u32) !Statistics {
    const deadline_ns = time.monotonicNs() + 2 * kit.patience_ns;
    while (true) {
        const statistics = try client.statisticsOf(handle);
        if (is(&statistics, value)) return statistics;
        if (time.monotonicNs() > deadline_ns) {
            std.debug.print("port state {d}, clock state {d}, fault {d}\n", .{
                statistics.port_state, statistics.clock_state, statistics.fault,
            });
            return error.NothingCame;
        }
        time.sleepUntil(time.monotonicNs() + 10 * std.time.ns_per_ms) catch {};
    }
}

const locked = 2;

fn numberOf(state: State) u32 {
    return @backingInt(state);
}

const Case = struct { delay: configuration.DelayMechanism, two_step: bool };

fn expectLock(given: Config, case: Case) !void {
    var slave_config = given;
    slave_config.delay_mechanism = @backingInt(case.delay);
    var master_config = masterOf(slave_config);
    master_config.grandmaster_two_step = @intFromBool(case.two_step);
    const master = try client.open(&master_config);
    defer _ = client.close(master) catch unreachable;
    const slave = try client.open(&slave_config);
    const seen = try awaitState(slave, "clock_state", locked);
    try expectEqual(numberOf(.slave), seen.port_state);
    try expectEqual(master_config.identity, seen.grandmaster_identity);
    try expectEqual(@as(u32, 1), seen.timescale);
    try expectEqual(@as(i32, -5), seen.sync_log_interval);
    // With one step it may be below 0: how late a Sync leaves is foretold.
    try expect(@abs(seen.path_delay_ns) < 10 * std.time.ns_per_ms);
    try expect(seen.offset_count >= 8 and seen.messages_in[0] > 8 and seen.malformed == 0);
    try expect(seen.is_publisher == 0 and seen.fault == 0 and seen.own_port == 1);
    const masters = try client.mastersOf(slave);
    try expectEqual(@as(u32, 1), masters.count);
    try expect(masters.masters[0].is_parent == 1 and masters.masters[0].is_qualified == 1);
    const of_master = try client.statisticsOf(master);
    try expectEqual(numberOf(.master), of_master.port_state);
    try expectEqual(@as(u32, 1), of_master.leads_untraceable);
    const last = try client.close(slave);
    try expectEqual(numberOf(.initializing), last.port_state);
    try expect(last.offset_count >= seen.offset_count);
    try std.testing.expectError(error.BadHandle, client.statisticsOf(slave));
}

test "a slave locks to a master on the loopback: both delays, one and two steps" {
    for ([_]Case{
        .{ .delay = .end_to_end, .two_step = true },
        .{ .delay = .peer_to_peer, .two_step = true },
        .{ .delay = .end_to_end, .two_step = false },
    }, 0..) |case, i| try expectLock(slaveOf(@intCast(33300 + 2 * i)), case);
}

test "a slave locks to a master over IPv6" {
    if (!try kit.hasFamily(kit.loopback6)) return error.SkipZigTest;
    try kit.inNetworkOfItsOwn(struct {
        fn run() anyerror!void {
            // A loopback has no way for multicast of IPv6.
            const index = try kit.addInterface(0);
            try kit.addAddress6(index, .ip6([_]u8{ 0x20, 0x01, 0x0d, 0xb8 } ++ @as([11]u8, @splat(0)) ++ .{1}, 0, 0));
            var config = configOn("test0", 33310);
            config.identity = 0x00BB_0000_0000_0002;
            config.transport = @backingInt(configuration.Transport.udp6);
            try expectLock(config, .{ .delay = .end_to_end, .two_step = true });
            config.multicast_scope = 2;
            config.delay_mechanism = @backingInt(configuration.DelayMechanism.peer_to_peer);
            try expectLock(config, .{ .delay = .peer_to_peer, .two_step = true });
        }
    }.run);
}

test "a clock that is wrong by 50 ppm and is set by 10 ms is found to be" {
    var config = slaveOf(33320);
    config.clock_error_ppb = 50_000;
    config.clock_error_step_ns = 10 * std.time.ns_per_ms;
    config.clock_error_step_at_s = 5;
    const master = try client.open(&masterOf(slaveOf(33320)));
    defer _ = client.close(master) catch unreachable;
    const slave = try client.open(&config);
    defer _ = client.close(slave) catch unreachable;
    const before = try awaitState(slave, "clock_state", locked);
    try expect(@abs(before.frequency_ppb + 50_000) < 10_000);
    const after = try awaitFor(slave, struct {
        fn is(statistics: *const Statistics, _: u32) bool {
            return statistics.moves > 0 and statistics.clock_state == locked;
        }
    }.is, 0);
    try expect(after.steps > before.steps);
    try expect(@abs(after.last_step_ns + 10 * std.time.ns_per_ms) < std.time.ns_per_ms);
}

test "a master that sends UTC: named, and mended by the option" {
    const master = try client.open(&masterOf(slaveOf(33322)));
    defer _ = client.close(master) catch unreachable;
    var config = slaveOf(33322);
    // The master sends TAI; for who believes that TAI is 74 s ahead of UTC, that is far from both.
    config.tai_utc_s = 74;
    config.timescale_handling = @backingInt(configuration.TimescaleHandling.utc);
    const slave = try client.open(&config);
    defer _ = client.close(slave) catch unreachable;
    const seen = try awaitState(slave, "clock_state", locked);
    try expectEqual(@as(u32, 7), seen.timescale);
    try expectEqual(@as(i32, 74), seen.added_s);
    // Its TAI begins as the machine's and is stepped by what is added.
    try expect(@abs(seen.last_step_ns - 74 * std.time.ns_per_s) < std.time.ns_per_s);
}

test "what cannot be is refused at once" {
    try std.testing.expectError(error.NoClockIdentity, client.open(&configOn("lo", 33330)));
    try std.testing.expectError(error.NoSuchInterface, client.open(&configOn("no_one", 33330)));
    var config = slaveOf(33330);
    config.stamps = @backingInt(configuration.StampChoice.hardware);
    try std.testing.expectError(error.NoHardwareStamps, client.open(&config));
    config = slaveOf(33330);
    config.sync_log_interval = 9;
    try std.testing.expectError(error.BadPtpInterval, client.open(&config));
    // Somebody who shares with nobody.
    const taken = try net.udp.Socket.openReceive(.{ .local = .ip4(@splat(0), 33331) });
    defer taken.close();
    try std.testing.expectError(error.PortTaken, client.open(&slaveOf(33330)));
}

fn countOf(path: [:0]const u8) !usize {
    const fd: i32 = @intCast(try system.check(linux.open(path, .{ .DIRECTORY = true, .CLOEXEC = true }, 0)));
    defer _ = linux.close(fd);
    var buffer: [4096]u8 align(8) = undefined;
    var count: usize = 0;
    while (true) {
        const bytes = try system.check(linux.getdents64(fd, &buffer, buffer.len));
        if (bytes == 0) return count;
        var position: usize = 0;
        while (position < bytes) : (count += 1) {
            position += std.mem.readInt(u16, buffer[position + 16 ..][0..2], @import("builtin").cpu.arch.endian());
        }
    }
}

test "50 openings and closings leave no descriptor and no thread" {
    _ = try client.close(try client.open(&slaveOf(33340)));
    const descriptors = try countOf("/proc/self/fd");
    const threads = try countOf("/proc/self/task");
    for (0..50) |i| {
        var config = slaveOf(33340);
        if (i % 2 == 1) config = masterOf(config);
        const handle = try client.open(&config);
        if (i % 3 == 0) _ = try client.statisticsOf(handle);
        _ = try client.close(handle);
    }
    try awaitCount("/proc/self/fd", descriptors);
    try awaitCount("/proc/self/task", threads);
}

/// A client's thread may hold its last descriptor a moment longer than its owner.
fn awaitCount(path: [:0]const u8, most: usize) !void {
    const deadline_ns = time.monotonicNs() + kit.patience_ns;
    while (try countOf(path) > most) {
        if (time.monotonicNs() > deadline_ns) return error.NothingCame;
        _ = linux.syscall0(.sched_yield);
    }
}

test "several clients of one clock have ports of their own" {
    const first = try client.open(&slaveOf(33342));
    const second = try client.open(&slaveOf(33342));
    try expectEqual(@as(u32, 1), (try client.statisticsOf(first)).own_port);
    try expectEqual(@as(u32, 2), (try client.close(second)).own_port);
    _ = try client.close(first);
}

/// Sends nonsense of all kinds until it is told to stop.
const Flood = struct {
    done: std.atomic.Value(bool) = .init(false),
    sent: std.atomic.Value(u64) = .init(0),
    ports: [2]u16,

    fn run(self: *Flood) void {
        var random_state = std.Random.DefaultPrng.init(320);
        const random = random_state.random();
        const sockets = [_]net.udp.Socket{ openTo(self.ports[0]), openTo(self.ports[1]) };
        defer for (sockets) |socket| socket.close();
        while (!self.done.load(.acquire)) {
            var bytes: [128]u8 = undefined;
            random.bytes(&bytes);
            bytes[0] &= 0x0F;
            bytes[1] = 0x12;
            std.mem.writeInt(u16, bytes[2..4], 64, .big);
            bytes[4] = 100;
            const count = if (random.boolean()) 64 else random.uintAtMost(usize, bytes.len);
            _ = linux.sendto(sockets[random.uintLessThan(usize, 2)].fd, &bytes, count, 0, null, 0);
            _ = self.sent.fetchAdd(1, .monotonic);
        }
    }

    fn openTo(port: u16) net.udp.Socket {
        return net.udp.Socket.openSend(.{ .to = .ip4(.{ 127, 0, 0, 1 }, port) }) catch unreachable;
    }
};

test "a flood of nonsense is counted, keeps nobody from being asked, and closing does not wait for its end" {
    var flood: Flood = .{ .ports = .{ 33344, 33345 } };
    const handle = try client.open(&slaveOf(33344));
    const thread = try std.Thread.spawn(.{}, Flood.run, .{&flood});
    defer thread.join();
    defer flood.done.store(true, .release);
    const seen = try awaitFor(handle, struct {
        fn is(statistics: *const Statistics, value: u32) bool {
            return statistics.malformed + statistics.dismissed + statistics.for_others > value;
        }
    }.is, 2_000);
    try expect(seen.turns > 1);
    const asked_ns = time.monotonicNs();
    const last = try client.close(handle);
    try expect(last.received >= seen.received);
    try expect(asked_ns > last.opened_ns);
}

fn setLink(name: []const u8, is_up: bool) !void {
    const siocgifflags = 0x8913;
    const siocsifflags = 0x8914;
    var request: linux.ifreq = std.mem.zeroes(linux.ifreq);
    @memcpy(request.ifrn.name[0..name.len], name);
    const fd: i32 = @intCast(try system.check(linux.socket(linux.AF.INET, linux.SOCK.DGRAM | linux.SOCK.CLOEXEC, 0)));
    defer _ = linux.close(fd);
    _ = try system.check(linux.ioctl(fd, siocgifflags, @intFromPtr(&request)));
    const flags: *u16 = @ptrCast(@alignCast(&request.ifru));
    flags.* = if (is_up) flags.* | 1 else flags.* & ~@as(u16, 1);
    _ = try system.check(linux.ioctl(fd, siocsifflags, @intFromPtr(&request)));
}

const DeleteLink = extern struct { header: linux.nlmsghdr, message: linux.ifinfomsg };

fn deleteLink(index: u32) !void {
    const flags = linux.SOCK.RAW | linux.SOCK.CLOEXEC;
    const fd: i32 = @intCast(try system.check(linux.socket(linux.AF.NETLINK, flags, linux.NETLINK.ROUTE)));
    defer _ = linux.close(fd);
    var request: DeleteLink = .{
        .header = .{
            .len = @sizeOf(DeleteLink),
            .type = .RTM_DELLINK,
            .flags = linux.NLM_F_REQUEST | linux.NLM_F_ACK,
            .seq = 1,
            .pid = 0,
        },
        .message = std.mem.zeroes(linux.ifinfomsg),
    };
    request.message.index = @intCast(index);
    _ = try system.check(linux.sendto(fd, std.mem.asBytes(&request), @sizeOf(DeleteLink), 0, null, 0));
    var answer: [1024]u8 align(4) = undefined;
    _ = try system.check(linux.recvfrom(fd, &answer, answer.len, 0, null, null));
    _ = try system.check(@bitCast(@as(isize, std.mem.bytesToValue(i32, answer[@sizeOf(linux.nlmsghdr)..][0..4]))));
}

test "an interface goes down and comes up, is deleted and made again: faulty, and at work again" {
    try kit.inNetworkOfItsOwn(struct {
        fn run() anyerror!void {
            const index = try kit.addInterface(0);
            var config = configOn("test0", 33350);
            config.grandmaster = 1;
            const handle = try client.open(&config);
            defer _ = client.close(handle) catch unreachable;
            const began = try awaitState(handle, "port_state", numberOf(.master));
            try expectEqual(index, began.interface);
            try setLink("test0", false);
            const down = try awaitState(handle, "port_state", numberOf(.faulty));
            try expectEqual(@backingInt(Fault.interface_down), down.fault);
            try expectEqual(@as(u32, 0), down.interface);
            try setLink("test0", true);
            const up = try awaitState(handle, "port_state", numberOf(.master));
            try expectEqual(@backingInt(Fault.none), up.fault);
            try deleteLink(index);
            const gone = try awaitState(handle, "fault", @backingInt(Fault.interface_gone));
            try expectEqual(numberOf(.faulty), gone.port_state);
            const other = try kit.addInterface(0);
            const back = try awaitState(handle, "port_state", numberOf(.master));
            try expectEqual(other, back.interface);
            try expect(back.faults >= 2 and back.port_state_changes >= 8);
        }
    }.run);
}

test "a process that may open no more files goes on following" {
    const handle = try client.open(&slaveOf(33354));
    defer _ = client.close(handle) catch unreachable;
    var limit: linux.rlimit = undefined;
    _ = try system.check(linux.getrlimit(.NOFILE, &limit));
    const none: linux.rlimit = .{ .cur = 0, .max = limit.max };
    _ = try system.check(linux.setrlimit(.NOFILE, &none));
    defer _ = linux.setrlimit(.NOFILE, &limit);
    // Its interface is looked at every second.
    for (0..25) |_| time.sleepUntil(time.monotonicNs() + 100 * std.time.ns_per_ms) catch {};
    const seen = try client.statisticsOf(handle);
    try expectEqual(numberOf(.listening), seen.port_state);
    try expectEqual(@as(u64, 0), seen.faults);
}

test "an interface that is down or has no address is waited for" {
    try kit.inNetworkOfItsOwn(struct {
        fn run() anyerror!void {
            _ = try kit.addInterface(0);
            try setLink("test0", false);
            const handle = try client.open(&configOn("test0", 33352));
            defer _ = client.close(handle) catch unreachable;
            const down = try client.statisticsOf(handle);
            try expectEqual(numberOf(.faulty), down.port_state);
            try expectEqual(@backingInt(Fault.interface_down), down.fault);
            try setLink("test0", true);
            _ = try awaitState(handle, "port_state", numberOf(.listening));
        }
    }.run);
}
