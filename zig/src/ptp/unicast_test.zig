//! Unicast negotiation, both sides, on a simulated network.

const std = @import("std");
const actions_module = @import("actions.zig");
const header = @import("header.zig");
const message = @import("message.zig");
const port_options = @import("port_options.zig");
const simulation = @import("simulation.zig");
const tlv = @import("tlv.zig");

const expect = std.testing.expect;
const expectEqual = std.testing.expectEqual;
const Simulation = simulation.Simulation;

fn unicastMaster(clock: u64, priority_1: u8) port_options.Options {
    var options = simulation.masterOptions(clock, .st2059_2015, priority_1);
    options.grandmaster.?.multicast = false;
    return options;
}

fn unicastSlave(clock: u64, duration_s: u32, count: u32) port_options.Options {
    var options = simulation.slaveOptions(clock, .st2059_2015);
    options.unicast = .{ .master_count = count, .duration_s = duration_s };
    return options;
}

test "grants are asked for, renewed, and lost with their master" {
    const network: *Simulation = try .create(30);
    defer network.destroy();
    network.network = .{ .loss = 0.05, .duplicates = 0.05, .jitter_ns = 50_000 };
    const best = network.add(unicastMaster(1, 10), 0);
    const other = network.add(unicastMaster(2, 20), 0);
    const slave = network.add(unicastSlave(3, 20, 2), 4_000);
    slave.masters = &.{ 1, 0 };
    try network.run(300);
    try expectEqual(actions_module.State.slave, slave.port.state);
    try expectEqual(@as(?u64, 1), slave.parentClock());
    try expectEqual(@as(u64, 0), slave.heard.sync_timeouts);
    // Three terms of 20 s of the best, one of the other, renewed after 15 s.
    try expect(slave.port.unicast.counters.grants >= 4 * 300 / 15 - 8);
    try expect(slave.port.unicast.counters.grants < 4 * 300 / 15 + 30);
    try expect(slave.port.unicast.counters.expiries <= 2);
    try expect(slave.heard.error_max_ns <= 60_000);
    // The other one is asked to announce, no more.
    try expect(other.heard.sent[0xB] > 500);
    try expectEqual(@as(u64, 0), other.heard.sent[0x0]);
    // It neither hears nor sends anything to all.
    try expectEqual(@as(u64, 0), other.heard.arrived[0xB]);
    best.is_connected = false;
    try network.run(60);
    try expectEqual(@as(?u64, 2), slave.parentClock());
    try expectEqual(actions_module.State.slave, slave.port.state);
    best.is_connected = true;
    try network.run(60);
    try expectEqual(@as(?u64, 1), slave.parentClock());
    // What the other one had been asked for was cancelled.
    try expectEqual(@as(usize, 1), other.port.grandmaster.?.term_count);
}

test "a master that has begun anew and knows of no grant is asked again, long before grants run out" {
    const network: *Simulation = try .create(37);
    defer network.destroy();
    const master = network.add(unicastMaster(1, 10), 0);
    const spare = network.add(unicastMaster(2, 20), 0);
    const slave = network.add(unicastSlave(3, 86_400, 2), 0);
    slave.masters = &.{ 0, 1 };
    try network.run(10);
    try expectEqual(@as(?u64, 1), slave.parentClock());
    for ([_]*simulation.Node{ spare, master }) |restarted| {
        restarted.is_connected = false;
        try network.run(30);
        const local_to_ptp_ns = restarted.port.local_to_ptp_ns;
        restarted.port = .init(restarted.port.options);
        restarted.port.local_to_ptp_ns = local_to_ptp_ns;
        network.start(restarted);
        restarted.is_connected = true;
        try network.run(20);
        try expectEqual(@as(?u64, 1), slave.parentClock());
        try expectEqual(actions_module.State.slave, slave.port.state);
        // Both are heard: one is followed, the other is there if that fails.
        try expectEqual(@as(usize, 2), slave.port.masters.count);
    }
    // One that only forgets what it was to send beside its Announces is asked for that again, too.
    var kept: usize = 0;
    const terms = &master.port.grandmaster.?;
    for (terms.terms[0..terms.term_count]) |term| if (term.type == .announce) {
        terms.terms[kept] = term;
        kept += 1;
    };
    terms.term_count = kept;
    try network.run(20);
    try expectEqual(@as(usize, 3), master.port.grandmaster.?.term_count);
    try expectEqual(actions_module.State.slave, slave.port.state);
}

test "refusals are told, and asked again after a rest, not at once" {
    const network: *Simulation = try .create(31);
    defer network.destroy();
    var options = unicastMaster(1, 10);
    options.grandmaster.?.refuse_unicast = true;
    const master = network.add(options, 0);
    const slave = network.add(unicastSlave(2, 300, 1), 0);
    slave.masters = &.{0};
    try network.run(100);
    try expectEqual(actions_module.State.listening, slave.port.state);
    // Before the master leads there is no answer; then one refusal in ten seconds.
    try expect(slave.heard.refused >= 9 and slave.heard.refused <= 11);
    try expectEqual(slave.heard.refused, slave.port.unicast.counters.refusals);
    try expect(slave.heard.sent[0xC] <= 14);
    master.port.grandmaster.?.options.refuse_unicast = false;
    try network.run(30);
    try expectEqual(actions_module.State.slave, slave.port.state);
}

test "without an answer it is asked four times, then every ten seconds" {
    const network: *Simulation = try .create(32);
    defer network.destroy();
    const master = network.add(unicastMaster(1, 10), 0);
    master.is_connected = false;
    const slave = network.add(unicastSlave(2, 300, 1), 0);
    slave.masters = &.{0};
    try network.run(103);
    try expectEqual(@as(u64, 4 + 9), slave.heard.sent[0xC]);
}

test "a master cancels: acknowledged, and asked again after a rest" {
    const network: *Simulation = try .create(33);
    defer network.destroy();
    const master = network.add(unicastMaster(1, 10), 0);
    const slave = network.add(unicastSlave(2, 300, 1), 0);
    slave.masters = &.{0};
    try network.run(10);
    try expectEqual(actions_module.State.slave, slave.port.state);
    var tlv_buffer: [32]u8 = undefined;
    var writer: tlv.Writer = .{ .target = &tlv_buffer };
    try writer.cancel(.sync);
    try writer.cancel(.delay_resp);
    try writer.cancel(.pdelay_req); // was never asked for
    var buffer: [128]u8 = undefined;
    const bytes = try message.write(&buffer, .{
        .domain = 127,
        .source = master.port.options.identity,
        .sequence = 77,
    }, .{ .signaling = slave.port.options.identity }, writer.written());
    network.inject(slave, bytes, 0, null);
    try expectEqual(@as(u64, 2), slave.port.unicast.counters.cancellations);
    try expectEqual(@as(u64, 1), slave.port.unicast.counters.strays);
    try expectEqual(@as(u64, 2), slave.heard.refused);
    const sent_before = slave.heard.sent[0xC];
    const requests_before = slave.heard.sent[0x1];
    try network.run(9);
    try expectEqual(sent_before, slave.heard.sent[0xC]);
    // Without a grant nobody is asked for the delay.
    try expectEqual(requests_before, slave.heard.sent[0x1]);
    try network.run(5);
    try expectEqual(sent_before + 1, slave.heard.sent[0xC]);
    try expect(slave.heard.sent[0x1] > requests_before);
    // For another port it is nothing to us.
    bytes[43] = 9;
    network.inject(slave, bytes, 0, null);
    try expectEqual(@as(u64, 1), slave.port.counters.signaling);
}

test "grants that nobody asked for, and from strangers, change nothing" {
    const network: *Simulation = try .create(34);
    defer network.destroy();
    const master = network.add(unicastMaster(1, 10), 0);
    const slave = network.add(unicastSlave(2, 300, 1), 0);
    slave.masters = &.{0};
    var tlv_buffer: [64]u8 = undefined;
    var writer: tlv.Writer = .{ .target = &tlv_buffer };
    for ([_]header.Type{ .sync, .delay_resp, .management }) |message_type| {
        try writer.grant(.{ .type = message_type, .log_interval = -128, .duration_s = 0xFFFF_FFFF });
    }
    var buffer: [128]u8 = undefined;
    const bytes = try message.write(&buffer, .{
        .domain = 127,
        .source = master.port.options.identity,
        .sequence = 1,
    }, .{ .signaling = .all }, writer.written());
    network.inject(slave, bytes, 0, null);
    try expectEqual(@as(u64, 3), slave.port.unicast.counters.strays);
    network.inject(slave, bytes, 555, null);
    try expectEqual(@as(u64, 1), slave.port.counters.signaling);
    try expectEqual(@as(?i8, null), slave.port.unicast.granted(0, .sync, 0));
    try network.run(10);
    try expectEqual(actions_module.State.slave, slave.port.state);
}

test "the table of a grandmaster's terms is bounded: the rest is refused" {
    const network: *Simulation = try .create(35);
    defer network.destroy();
    const master = network.add(unicastMaster(1, 10), 0);
    try network.run(5);
    var grants: usize = 0;
    var refusals: usize = 0;
    for (0..60) |client| {
        var tlv_buffer: [32]u8 = undefined;
        var writer: tlv.Writer = .{ .target = &tlv_buffer };
        try writer.request(.{ .type = .announce, .log_interval = 0, .duration_s = 10 });
        var buffer: [128]u8 = undefined;
        const bytes = try message.write(&buffer, .{
            .domain = 127,
            .source = .{ .clock = .fromNumber(1000 + client), .port = 1 },
            .sequence = 1,
        }, .{ .signaling = .all }, writer.written());
        // As the edge would, without a network behind it.
        master.port.receive(&network.actions, bytes, @intCast(1000 + client), null, master.localOf(network.now_ns));
        const answer = try message.parse(network.actions.items()[0].send.bytes());
        var all = answer.tlvs();
        const grant = tlv.Grant.read(all.next().?.value).?;
        if (grant.duration_s > 0) grants += 1 else refusals += 1;
        network.actions.clear();
    }
    try expectEqual(@as(usize, @import("grandmaster.zig").terms_max), grants);
    try expectEqual(@as(usize, 60 - grants), refusals);
    // One tick sends as much as there is room for, the next ones the rest.
    var announces: usize = 0;
    const now_ns = master.localOf(network.now_ns);
    while (master.port.deadlineNs() <= now_ns) {
        master.port.tick(&network.actions, now_ns);
        announces += network.actions.items().len;
        network.actions.clear();
    }
    try expectEqual(grants, announces);
    try expectEqual(@as(u64, 0), network.actions.overflow_count);
    master.port.tick(&network.actions, now_ns + 11 * std.time.ns_per_s);
    try expectEqual(@as(usize, 0), master.port.grandmaster.?.term_count);
}

test "stopping takes back what was asked" {
    const network: *Simulation = try .create(36);
    defer network.destroy();
    const master = network.add(unicastMaster(1, 10), 0);
    const slave = network.add(unicastSlave(2, 300, 1), 0);
    slave.masters = &.{0};
    try network.run(10);
    try expectEqual(@as(usize, 3), master.port.grandmaster.?.term_count);
    slave.port.stop(&network.actions);
    network.carryOut(slave);
    try network.run(1);
    try expectEqual(@as(usize, 0), master.port.grandmaster.?.term_count);
    try expectEqual(actions_module.State.initializing, slave.port.state);
}
