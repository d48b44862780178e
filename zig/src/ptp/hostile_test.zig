//! Masters that lie, floods, wrong domains, broken messages: what a port must live through.

const std = @import("std");
const actions_module = @import("actions.zig");
const foreign_masters = @import("foreign_masters.zig");
const message = @import("message.zig");
const simulation = @import("simulation.zig");
const synchronization_metadata = @import("synchronization_metadata.zig");
const timescale = @import("timescale.zig");
const tlv = @import("tlv.zig");

const expect = std.testing.expect;
const expectEqual = std.testing.expectEqual;
const Simulation = simulation.Simulation;

/// A slave that follows master 1; both run for ten seconds.
fn lockedPair(seed: u64) !*Simulation {
    const network: *Simulation = try .create(seed);
    _ = network.add(simulation.masterOptions(1, .st2059_2015, 10), 0);
    _ = network.add(simulation.slaveOptions(2, .st2059_2015), 0);
    try network.run(10);
    try expectEqual(@as(?u64, 1), network.nodes[1].parentClock());
    return network;
}

const Forged = struct {
    clock: u64 = 666,
    grandmaster: u64 = 666,
    priority_1: u8 = 1,
    steps_removed: u16 = 0,
    sequence: u16 = 1,
    flags: message.Flags = .{ .ptp_timescale = true },
    log_interval: i8 = -2,
    tlv_bytes: []const u8 = &.{},
    fields: Fields = .{},

    const Fields = struct { domain: u8 = 127, major_sdo_id: u4 = 0, minor_sdo_id: u8 = 0, minor_version: u4 = 1 };

    fn write(self: Forged, buffer: []u8) ![]u8 {
        return message.write(buffer, .{
            .major_sdo_id = self.fields.major_sdo_id,
            .minor_version = self.fields.minor_version,
            .domain = self.fields.domain,
            .minor_sdo_id = self.fields.minor_sdo_id,
            .flags = self.flags,
            .source = .{ .clock = .fromNumber(self.clock), .port = 1 },
            .sequence = self.sequence,
            .log_interval = self.log_interval,
        }, .{ .announce = .{
            .utc_offset_s = 37,
            .priority_1 = self.priority_1,
            .quality = .{ .class = 6, .accuracy = 0x20, .variance = 0 },
            .priority_2 = 1,
            .grandmaster = .fromNumber(self.grandmaster),
            .steps_removed = self.steps_removed,
            .time_source = 0x20,
        } }, self.tlv_bytes);
    }
};

/// Announces ten times in step with the real ones.
fn forge(network: *Simulation, forged: Forged) !void {
    var one = forged;
    for (0..10) |_| {
        var buffer: [160]u8 = undefined;
        const bytes = try one.write(&buffer);
        network.inject(&network.nodes[1], bytes, 300, null);
        try network.run(1);
        one.sequence +%= 1;
    }
}

test "whoever lies about its distance to the grandmaster gains nothing" {
    const network = try lockedPair(50);
    defer network.destroy();
    try forge(network, .{ .grandmaster = 1, .steps_removed = 0, .log_interval = 0 });
    try expectEqual(@as(?u64, 1), network.nodes[1].parentClock());
    // Neither does one that does not know itself how far it is.
    try forge(network, .{ .steps_removed = 255, .log_interval = 0 });
    try forge(network, .{ .steps_removed = 65535, .log_interval = 0 });
    try expectEqual(@as(?u64, 1), network.nodes[1].parentClock());
    try expectEqual(@as(u64, 20), network.nodes[1].port.counters.dismissed);
}

test "a master that announces and sends no Sync is told by name" {
    const network = try lockedPair(51);
    defer network.destroy();
    try forge(network, .{ .log_interval = 0 });
    const slave = &network.nodes[1];
    try expectEqual(@as(?u64, 666), slave.parentClock());
    try expectEqual(actions_module.State.uncalibrated, slave.port.state);
    try expectEqual(@as(u64, 1), slave.heard.sync_timeouts);
    try expect(slave.port.counters.not_parent > 50);
    // It falls silent, and the real one is there at once.
    try network.run(10);
    try expectEqual(@as(?u64, 1), slave.parentClock());
    try expectEqual(actions_module.State.slave, slave.port.state);
}

test "what nobody should follow is counted: loops, ourselves, alternate masters, other domains and versions" {
    const network = try lockedPair(52);
    defer network.destroy();
    const slave = &network.nodes[1];
    const path = [_]u8{ 0, 8, 0, 16, 0, 0, 0, 0, 0, 0, 2, 154, 0, 0, 0, 0, 0, 0, 0, 2 };
    try forge(network, .{ .tlv_bytes = &path, .log_interval = 0 });
    try expectEqual(@as(u64, 10), slave.port.counters.dismissed);
    try forge(network, .{ .flags = .{ .alternate_master = true }, .log_interval = 0 });
    try expectEqual(@as(u64, 20), slave.port.counters.dismissed);
    try forge(network, .{ .grandmaster = 2, .steps_removed = 1, .log_interval = 0 });
    try expectEqual(@as(u64, 30), slave.port.counters.dismissed);
    try forge(network, .{ .clock = 2, .log_interval = 0 });
    try expectEqual(@as(u64, 10), slave.port.counters.own);
    try forge(network, .{ .fields = .{ .domain = 126 }, .log_interval = 0 });
    try forge(network, .{ .fields = .{ .major_sdo_id = 1 }, .log_interval = 0 });
    try forge(network, .{ .fields = .{ .minor_sdo_id = 1 }, .log_interval = 0 });
    try expectEqual(@as(u64, 30), slave.port.counters.other_domain);
    var buffer: [64]u8 = undefined;
    const bytes = try (Forged{}).write(&buffer);
    bytes[1] = 0x11;
    network.inject(slave, bytes, 300, null);
    try expectEqual(@as(u64, 1), slave.port.counters.wrong_version);
    bytes[1] = 0x12;
    network.inject(slave, bytes[0..40], 300, null);
    try expectEqual(@as(u64, 1), slave.port.counters.malformed);
    try expectEqual(@as(u64, 1), slave.heard.parent_changes);
    // In 2008 the octet of minorSdoId means nothing.
    try forge(network, .{ .fields = .{ .minor_version = 0, .minor_sdo_id = 1 }, .log_interval = 0 });
    try expectEqual(@as(?u64, 666), slave.parentClock());
}

test "intervals out of this world are not believed" {
    for ([_]i8{ -128, -8, 7, 127 }) |log_interval| {
        const network = try lockedPair(53);
        defer network.destroy();
        // At the profile's four a second, ten seconds apart never count.
        try forge(network, .{ .log_interval = log_interval });
        try expectEqual(@as(?u64, 1), network.nodes[1].parentClock());
        // A Delay_Resp cannot make us flood either.
        const slave = &network.nodes[1];
        var buffer: [64]u8 = undefined;
        const bytes = try message.write(&buffer, .{
            .domain = 127,
            .source = network.nodes[0].port.options.identity,
            .sequence = 0,
            .log_interval = log_interval,
        }, .{ .delay_resp = .{ .stamp = .{}, .requesting = slave.port.options.identity } }, &.{});
        network.inject(slave, bytes, 100, null);
        try expectEqual(@as(i8, -3), slave.port.request_log_interval);
    }
}

test "a flood from a thousand masters takes no memory and leaves the parent" {
    const network = try lockedPair(54);
    defer network.destroy();
    const slave = &network.nodes[1];
    for (0..8) |round| {
        for (0..1000) |index| {
            var buffer: [64]u8 = undefined;
            const bytes = try (Forged{
                .clock = 10_000 + index,
                .grandmaster = 10_000 + index,
                .priority_1 = 11 + @as(u8, @intCast(index % 200)), // none is better than the parent
                .sequence = @intCast(round),
            }).write(&buffer);
            network.inject(slave, bytes, @intCast(10_000 + index), null);
        }
        try network.run(1);
    }
    try expect(slave.port.masters.count <= foreign_masters.capacity);
    try expect(slave.port.counters.turned_away > 7000);
    try expectEqual(@as(?u64, 1), slave.parentClock());
    try expectEqual(@as(u64, 1), slave.heard.parent_changes);
    try expectEqual(actions_module.State.slave, slave.port.state);
}

test "UTC that is sent as PTP time is found, whatever the flags say" {
    const Case = struct { flags: message.Flags, ahead_s: i64, offset_s: i16 = 37, wanted: timescale.Finding };
    const cases = [_]Case{
        .{ .flags = .{ .ptp_timescale = true, .utc_offset_valid = true }, .ahead_s = 37, .wanted = .tai },
        .{ .flags = .{ .ptp_timescale = true, .utc_offset_valid = true }, .ahead_s = 0, .wanted = .utc_as_tai },
        .{ .flags = .{}, .ahead_s = 0, .wanted = .arbitrary_utc },
        .{
            .flags = .{ .ptp_timescale = true, .utc_offset_valid = true },
            .ahead_s = 37,
            .offset_s = 0,
            .wanted = .wrong_utc_offset,
        },
    };
    for (cases) |case| {
        const network: *Simulation = try .create(55);
        defer network.destroy();
        var options = simulation.masterOptions(1, .st2059_2015, 10);
        options.grandmaster.?.flags = case.flags;
        options.grandmaster.?.announce.utc_offset_s = case.offset_s;
        _ = network.add(options, 0);
        const slave = network.add(simulation.slaveOptions(2, .st2059_2015), 5_000_000);
        const utc_ns = network.epoch_ns - case.ahead_s * std.time.ns_per_s;
        slave.port.local_utc = .{ .local_ns = slave.localOf(0), .utc_ns = utc_ns + 2 * std.time.ns_per_s };
        try network.run(5);
        try expectEqual(@as(?timescale.Finding, case.wanted), slave.heard.timescale);
        slave.heard.timescale = null; // told once
        try network.run(5);
        try expectEqual(@as(?timescale.Finding, null), slave.heard.timescale);
    }
}

test "another master's timescale is judged and told anew" {
    const network: *Simulation = try .create(60);
    defer network.destroy();
    _ = network.add(simulation.masterOptions(1, .st2059_2015, 20), 0);
    const slave = network.add(simulation.slaveOptions(2, .st2059_2015), 0);
    slave.port.local_utc = .{ .local_ns = 0, .utc_ns = network.epoch_ns - 37 * std.time.ns_per_s };
    try network.run(5);
    try expectEqual(@as(?timescale.Finding, .tai), slave.heard.timescale);
    slave.heard.timescale = null;
    _ = network.add(simulation.masterOptions(3, .st2059_2015, 10), 0);
    try network.run(5);
    try expectEqual(@as(?u64, 3), slave.parentClock());
    try expectEqual(@as(?timescale.Finding, .tai), slave.heard.timescale);
}

test "Sync, Follow_Up and Delay_Resp of another than the parent are not used" {
    const network = try lockedPair(61);
    defer network.destroy();
    const slave = &network.nodes[1];
    const measured = slave.heard.measured;
    const not_parent = slave.port.counters.not_parent;
    const bodies = [_]message.Body{
        .{ .sync = .{ .seconds = 1 } },
        .{ .follow_up = .{ .seconds = 1 } },
        .{ .delay_resp = .{ .stamp = .{ .seconds = 1 }, .requesting = slave.port.options.identity } },
    };
    // One-step for itself, two-step for the Follow_Up that comes after it.
    for ([_]bool{ false, true }) |two_step| for (bodies) |body| {
        var buffer: [64]u8 = undefined;
        const bytes = try message.write(&buffer, .{
            .domain = 127,
            .flags = .{ .two_step = two_step },
            .source = .{ .clock = .fromNumber(666), .port = 1 },
            .sequence = slave.port.slave.syncs.newest.? +% 1,
        }, body, &.{});
        network.inject(slave, bytes, 300, 0);
    };
    try expectEqual(not_parent + 6, slave.port.counters.not_parent);
    try expectEqual(@as(usize, 0), slave.port.slave.syncs.count);
    try expectEqual(measured, slave.heard.measured);
    try network.run(5);
    try expect(slave.heard.error_max_ns <= 1);
}

test "the correction of a request goes back with the answer" {
    const network = try lockedPair(62);
    defer network.destroy();
    const master = &network.nodes[0];
    var chosen: @import("profile.zig").Profile = .st2059_2015;
    chosen.delay_mechanism = .peer_to_peer;
    const peer = network.add(simulation.slaveOptions(3, chosen), 0);
    network.actions.clear();
    for ([_]message.Body{ .{ .delay_req = .{} }, .{ .pdelay_req = .{} } }) |body| {
        var buffer: [64]u8 = undefined;
        const bytes = try message.write(&buffer, .{
            .domain = 127,
            .flags = .{ .unicast = true },
            .correction = 0x12_3456,
            .source = .{ .clock = .fromNumber(666), .port = 1 },
            .sequence = 9,
        }, body, &.{});
        const node = if (body == .delay_req) master else peer;
        node.port.receive(&network.actions, bytes, 300, 1_000, node.localOf(network.now_ns));
        // Only the last message of a two-step answer has it.
        if (body == .pdelay_req) node.port.sent(&network.actions, node.port.sender.token, 2_000);
        const send = network.actions.items()[network.actions.count - 1].send;
        const answer = try message.parse(send.bytes());
        try expectEqual(@as(i64, 0x12_3456), answer.header.correction);
        try expectEqual(@as(u16, 9), answer.header.sequence);
        try expectEqual(actions_module.Destination{ .unicast = 300 }, send.destination);
        try expectEqual(@as(u64, 0), network.actions.overflow_count);
        network.actions.clear();
    }
}

test "a leap second that is announced is told, the same Announce is not" {
    const network = try lockedPair(56);
    defer network.destroy();
    try expectEqual(@as(u64, 0), network.nodes[1].heard.announced);
    network.nodes[0].port.grandmaster.?.options.flags.leap61 = true;
    try network.run(2);
    try expectEqual(@as(u64, 1), network.nodes[1].heard.announced);
    try expect(network.nodes[1].port.parent.?.flags.leap61);
}

test "synchronization metadata of the parent are read, those of others and other management are not" {
    const network = try lockedPair(57);
    defer network.destroy();
    const slave = &network.nodes[1];
    const metadata: synchronization_metadata.SynchronizationMetadata = .{
        .default_frame_rate_numerator = 25,
        .default_frame_rate_denominator = 1,
        .locking_status = .locked,
        .drop_frame = false,
        .color_frame = false,
        .local_offset_s = 3600,
        .jump_s = 0,
        .next_jump_s = 0,
        .next_jam_s = 0,
        .previous_jam_s = 0,
        .previous_jam_local_offset_s = 0,
        .daylight_saving = false,
        .daylight_saving_after_jump = false,
        .daylight_saving_at_previous_jam = false,
        .leap_second_jump = false,
    };
    var tlv_buffer: [64]u8 = undefined;
    var writer: tlv.Writer = .{ .target = &tlv_buffer };
    try writer.raw(.{ .type = .organization_extension, .value = &metadata.value() });
    const Case = struct { clock: u64, action: message.Management.Action, wanted: u64 };
    for ([_]Case{
        .{ .clock = 1, .action = .command, .wanted = 1 },
        .{ .clock = 1, .action = .get, .wanted = 1 },
        .{ .clock = 9, .action = .command, .wanted = 1 },
    }) |case| {
        var buffer: [128]u8 = undefined;
        const bytes = try message.write(&buffer, .{
            .domain = 127,
            .source = .{ .clock = .fromNumber(case.clock), .port = 1 },
            .sequence = 1,
        }, .{ .management = .{
            .target = .all,
            .starting_hops = 0,
            .hops = 0,
            .action = case.action,
        } }, writer.written());
        network.inject(slave, bytes, 100, null);
        try expectEqual(case.wanted, slave.heard.metadata);
    }
    try expectEqual(@as(u64, 3), slave.port.counters.management);
    try expectEqual(@as(u64, 0), slave.heard.sent[0xD]);
}

test "several neighbours on one path are told, and their delay is not used" {
    const network: *Simulation = try .create(58);
    defer network.destroy();
    var chosen: @import("profile.zig").Profile = .st2059_2015;
    chosen.delay_mechanism = .peer_to_peer;
    _ = network.add(simulation.masterOptions(1, chosen, 10), 0);
    const slave = network.add(simulation.slaveOptions(2, chosen), 0);
    _ = network.add(simulation.slaveOptions(3, chosen), 0);
    try network.run(20);
    try expect(slave.heard.several_peers > 10);
    try expectEqual(slave.heard.several_peers, slave.port.peer.counters.several_peers);
    try expectEqual(@as(?i64, null), slave.heard.path_delay_ns);
}

test "event messages without a time of receipt are counted, and a fault stops everything until the next start" {
    const network = try lockedPair(59);
    defer network.destroy();
    const slave = &network.nodes[1];
    var buffer: [64]u8 = undefined;
    const bytes = try message.write(&buffer, .{
        .domain = 127,
        .source = network.nodes[0].port.options.identity,
        .sequence = 1,
    }, .{ .sync = .{} }, &.{});
    network.inject(slave, bytes, 100, null);
    try expectEqual(@as(u64, 1), slave.port.counters.unstamped);
    slave.port.fault(&network.actions);
    network.carryOut(slave);
    try expectEqual(actions_module.State.faulty, slave.port.state);
    const requests = slave.heard.sent[0x1];
    try network.run(10);
    try expectEqual(requests, slave.heard.sent[0x1]);
    try expect(slave.port.counters.not_running > 50);
    network.start(slave);
    try network.run(10);
    try expectEqual(actions_module.State.slave, slave.port.state);
    try expectEqual(@as(?u64, 1), slave.parentClock());
}
