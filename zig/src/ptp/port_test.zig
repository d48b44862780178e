//! Ports that follow and lead, on a simulated network.

const std = @import("std");
const actions_module = @import("actions.zig");
const profile = @import("profile.zig");
const simulation = @import("simulation.zig");

const expect = std.testing.expect;
const expectEqual = std.testing.expectEqual;
const Profile = profile.Profile;
const Simulation = simulation.Simulation;
const masterOptions = simulation.masterOptions;
const slaveOptions = simulation.slaveOptions;

fn peerToPeer(base: Profile) Profile {
    var changed = base;
    changed.delay_mechanism = .peer_to_peer;
    return changed;
}

test "a slave follows a master: every profile, both delays, one and two steps" {
    for ([_]Profile{ .default, .st2059_2015, .st2059_2021 }) |base| {
        for ([_]Profile{ base, peerToPeer(base) }) |chosen| for ([_]bool{ true, false }) |two_step| {
            const network: *Simulation = try .create(7);
            defer network.destroy();
            var options = masterOptions(1, chosen, 10);
            options.grandmaster.?.two_step = two_step;
            const master = network.add(options, 1_000_000);
            const slave = network.add(slaveOptions(2, chosen), -50_000_000);
            try expectEqual(actions_module.State.listening, slave.port.state);
            try network.run(40);
            try expectEqual(actions_module.State.master, master.port.state);
            try expectEqual(actions_module.State.slave, slave.port.state);
            try expectEqual(@as(?u64, 1), slave.parentClock());
            try expectEqual(@as(?i64, 5_000), slave.heard.path_delay_ns);
            try expect(slave.heard.error_max_ns <= 1);
            try expect(slave.heard.measured > 30);
            try expectEqual(@as(u64, 1), slave.heard.parent_changes);
            // A slave sends nothing but requests.
            const is_peer = chosen.delay_mechanism == .peer_to_peer;
            try expectEqual(@as(u64, 0), slave.heard.sent[0x0] + slave.heard.sent[0xB] + slave.heard.sent[0x8]);
            try expectEqual(!is_peer, slave.heard.sent[0x1] > 0);
            try expectEqual(is_peer, slave.heard.sent[0x2] > 0);
            try expectEqual(two_step, master.heard.sent[0x8] > 0);
        };
    }
}

test "requests come at the mean interval that the master asks for" {
    const network: *Simulation = try .create(8);
    defer network.destroy();
    var slow = Profile.st2059_2015;
    slow.delay_request_log_interval = 0;
    _ = network.add(masterOptions(1, slow, 10), 0);
    const slave = network.add(slaveOptions(2, .st2059_2015), 0); // itself would ask eight times a second
    try network.run(300);
    try expect(slave.heard.sent[0x1] > 250 and slave.heard.sent[0x1] < 350);
}

test "a master that falls silent is given up after its receipt timeout, and followed again when it is back" {
    const network: *Simulation = try .create(9);
    defer network.destroy();
    const first = network.add(masterOptions(1, .st2059_2015, 10), 0);
    const second = network.add(masterOptions(2, .st2059_2015, 20), 0);
    const slave = network.add(slaveOptions(3, .st2059_2015), 777);
    try network.run(10);
    try expectEqual(@as(?u64, 1), slave.parentClock());
    try expectEqual(actions_module.State.slave, second.port.state); // it follows the better one
    first.is_connected = false;
    try network.run(10);
    try expectEqual(@as(?u64, 2), slave.parentClock());
    try expectEqual(@as(u64, 1), slave.heard.announce_timeouts);
    try expectEqual(actions_module.State.master, second.port.state);
    try expectEqual(actions_module.State.slave, slave.port.state);
    first.is_connected = true;
    try network.run(10);
    try expectEqual(@as(?u64, 1), slave.parentClock());
    try expectEqual(actions_module.State.slave, second.port.state);
    try expect(slave.heard.error_max_ns <= 1);
    second.is_connected = false;
    first.is_connected = false;
    try network.run(10);
    try expectEqual(actions_module.State.listening, slave.port.state);
    try expectEqual(@as(?u64, null), slave.parentClock());
}

test "two masters of equal priority: one leads, the one with the smaller identity, for everybody" {
    const network: *Simulation = try .create(10);
    defer network.destroy();
    for ([_]u64{ 9, 4, 7 }) |clock| _ = network.add(masterOptions(clock, .default, 128), 0);
    const slaves = [_]*simulation.Node{
        network.add(slaveOptions(1, .default), 0),
        network.add(slaveOptions(2, .default), 0),
    };
    try network.run(60);
    for (slaves) |slave| try expectEqual(@as(?u64, 4), slave.parentClock());
    try expectEqual(actions_module.State.slave, network.nodes[0].port.state);
    try expectEqual(actions_module.State.master, network.nodes[1].port.state);
    try expectEqual(actions_module.State.slave, network.nodes[2].port.state);
}

test "a clock of class 6 never follows: it is passive while a better one leads" {
    const network: *Simulation = try .create(11);
    defer network.destroy();
    var options = masterOptions(1, .st2059_2015, 10);
    options.grandmaster.?.announce.quality.class = 6;
    const better = network.add(options, 0);
    options = masterOptions(2, .st2059_2015, 20);
    options.grandmaster.?.announce.quality.class = 6;
    const other = network.add(options, 0);
    try network.run(10);
    try expectEqual(actions_module.State.passive, other.port.state);
    better.is_connected = false;
    try network.run(10);
    try expectEqual(actions_module.State.master, other.port.state);
    better.is_connected = true;
    try network.run(10);
    try expectEqual(actions_module.State.passive, other.port.state);
}

test "loss of a tenth, doubles and reordering disturb neither the choice nor the times" {
    for ([_]Profile{ .st2059_2015, peerToPeer(.st2059_2015) }) |chosen| {
        const network: *Simulation = try .create(12);
        defer network.destroy();
        // Jitter of 100 µs lets a Follow_Up pass its Sync.
        network.network = .{ .jitter_ns = 100_000, .loss = 0.1, .duplicates = 0.1, .stamp_loss = 0.05 };
        _ = network.add(masterOptions(1, chosen, 10), 0);
        const slave = network.add(slaveOptions(2, chosen), 123_456);
        slave.rate_ppb = 20_000;
        slave.port.setRateRatio(1.0 / 1.000_02);
        try network.run(3600);
        try expectEqual(actions_module.State.slave, slave.port.state);
        // Three Announces in a row are lost now and then, and the master is found again.
        try expect(slave.heard.announce_timeouts < 60);
        try expectEqual(@as(u64, 0), slave.heard.sync_timeouts);
        try expect(slave.heard.measured > 8 * 3600 * 6 / 10);
        try expect(slave.heard.error_max_ns < 210_000);
        const syncs = slave.port.slave.syncs.counters;
        try expect(syncs.duplicates > 100 and syncs.unmatched > 100);
    }
}

test "Syncs that overtake one another are given in their order" {
    const network: *Simulation = try .create(13);
    defer network.destroy();
    network.network = .{ .jitter_ns = 300_000_000 };
    _ = network.add(masterOptions(1, .st2059_2015, 10), 0);
    const slave = network.add(slaveOptions(2, .st2059_2015), 0);
    try network.run(100);
    try expect(slave.port.slave.syncs.counters.late > 50);
    try expect(slave.heard.measured > 300);
}

test "two programs on one network card have one identity, and do not take each other's answers" {
    const network: *Simulation = try .create(12);
    defer network.destroy();
    network.network = .{ .loss = 0.2 };
    _ = network.add(simulation.masterOptions(1, .st2059_2015, 128), 0);
    var options = simulation.slaveOptions(2, .st2059_2015);
    const first = network.add(options, 0);
    options.seed +%= 1;
    const second = network.add(options, 70_000);
    try network.run(60);
    for ([_]*simulation.Node{ first, second }) |slave| {
        try expectEqual(actions_module.State.slave, slave.port.state);
        try expect(slave.port.slave.requests.counters.strays > 100);
        try expect(slave.heard.error_max_ns <= 10);
    }
}

test "all counts wrap" {
    const network: *Simulation = try .create(14);
    defer network.destroy();
    for ([_]Profile{ .st2059_2015, peerToPeer(.st2059_2015) }, 0..) |base, index| {
        var chosen = base;
        chosen.domain = @intCast(index);
        const master = network.add(masterOptions(1 + 2 * index, chosen, 10), 0);
        const slave = network.add(slaveOptions(2 + 2 * index, chosen), 0);
        master.port.grandmaster.?.announce_sequence = 65_500;
        master.port.grandmaster.?.sync_sequence = 65_500;
        slave.port.request_sequence = 65_530;
        slave.port.peer_sequence = 65_530;
        slave.port.sender.token = std.math.maxInt(u32) - 5;
    }
    try network.run(60);
    for ([_]usize{ 1, 3 }) |index| {
        const slave = &network.nodes[index];
        try expectEqual(@as(u64, 1), slave.heard.parent_changes);
        try expectEqual(@as(u64, 0), slave.heard.sync_timeouts + slave.heard.announce_timeouts);
        try expect(slave.heard.error_max_ns <= 1);
        try expect(slave.port.slave.syncs.newest.? < 1000);
    }
    try expect(network.nodes[1].port.request_sequence < 2000);
    try expectEqual(@as(u64, 0), network.nodes[1].port.slave.requests.counters.lost);
    try expect(network.nodes[3].port.peer_sequence < 2000);
}

test "seconds have 48 bits: after 2106 as before, after 2262 they are refused by name" {
    const second = std.time.ns_per_s;
    // 10 s before 2^32 s.
    for ([_]i64{ ((1 << 32) - 10) * second, std.math.maxInt(i64) - 20 * second }) |epoch_ns| {
        const network: *Simulation = try .create(15);
        defer network.destroy();
        network.epoch_ns = epoch_ns;
        const master = network.add(masterOptions(1, .st2059_2015, 10), 0);
        const slave = network.add(slaveOptions(2, .st2059_2015), 0);
        try network.run(19);
        try expect(slave.heard.error_max_ns <= 1);
        try expectEqual(actions_module.State.slave, slave.port.state);
        try expectEqual(@as(u64, 0), slave.port.counters.implausible + master.port.counters.implausible);
    }
    const network: *Simulation = try .create(16);
    defer network.destroy();
    const slave = network.add(slaveOptions(2, .st2059_2015), 0);
    const master = network.add(masterOptions(1, .st2059_2015, 10), 0);
    try network.run(5);
    const message = @import("message.zig");
    var buffer: [64]u8 = undefined;
    const late = try message.write(&buffer, .{
        .domain = 127,
        .source = master.port.options.identity,
        .sequence = 5,
    }, .{ .sync = .{ .seconds = std.math.maxInt(u48) } }, &.{});
    network.inject(slave, late, 100, 0);
    try expectEqual(@as(u64, 1), slave.port.counters.implausible);
    // And a master before 1970 sends nothing that it cannot say.
    master.port.local_to_ptp_ns = -100 * second;
    try network.run(2);
    try expect(master.port.counters.implausible > 10);
    try expectEqual(@as(u64, 1), slave.heard.sync_timeouts);
}

test "the local rate bends the path delay, and the servo's rate mends it" {
    const network: *Simulation = try .create(17);
    defer network.destroy();
    _ = network.add(masterOptions(1, .st2059_2015, 10), 0);
    const slave = network.add(slaveOptions(2, .st2059_2015), 0);
    slave.rate_ppb = 50_000;
    slave.locks = false;
    try network.run(30);
    try expect(slave.heard.error_max_ns > 1_000);
    try expectEqual(actions_module.State.uncalibrated, slave.port.state);
    slave.port.setRateRatio(1.0 / 1.000_05);
    try network.run(2);
    slave.heard.error_max_ns = 0;
    try network.run(30);
    try expect(slave.heard.error_max_ns <= 2);
    slave.port.setLocked(&network.actions, true);
    try expectEqual(actions_module.State.slave, slave.port.state);
    slave.port.setLocked(&network.actions, false);
    try expectEqual(actions_module.State.uncalibrated, slave.port.state);
    network.actions.clear();
}

test "Delay_Req to the master alone" {
    const network: *Simulation = try .create(18);
    defer network.destroy();
    _ = network.add(masterOptions(1, .st2059_2015, 10), 0);
    var options = slaveOptions(2, .st2059_2015);
    options.unicast_delay = true;
    const slave = network.add(options, 0);
    const other = network.add(slaveOptions(3, .st2059_2015), 0);
    other.is_connected = true;
    try network.run(10);
    try expectEqual(@as(?i64, 5_000), slave.heard.path_delay_ns);
    try expectEqual(@as(?i64, 5_000), other.heard.path_delay_ns);
    // The other one's requests go to all, so ours hears them; ours it does not.
    try expectEqual(@as(u64, 0), other.heard.arrived[0x1]);
    try expect(slave.heard.arrived[0x1] > 0);
    try expect(slave.port.counters.for_others > 0);
}
