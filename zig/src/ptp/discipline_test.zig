//! The discipline against the simulation: every bound here is stated in docs/internals/ptp.md, with what was measured.

const std = @import("std");
const discipline_file = @import("discipline.zig");
const simulation = @import("discipline_simulation.zig");
const offset_statistics = @import("offset_statistics.zig");
const actions = @import("actions.zig");
const servo = @import("servo.zig");
const Discipline = discipline_file.Discipline;
const Machine = simulation.Machine;

const expect = std.testing.expect;
const expectEqual = std.testing.expectEqual;
const ms = std.time.ns_per_ms;
const second_ns = simulation.second_ns;

/// Half of the difference of the simulated queues: no slave can see it.
const hidden_ns = 100;

const Run = struct { own: offset_statistics.OffsetStatistics, ideal: offset_statistics.OffsetStatistics };

/// Five minutes after half a minute, beside the ideal estimator.
fn runBesideIdeal(options: simulation.Options, settings: discipline_file.Options) Run {
    var machine: Machine = .init(options, settings);
    machine.run(30);
    var ideal: simulation.IdealEstimator = .{};
    var own: offset_statistics.OffsetStatistics = .{};
    const mean_path_ns = options.path_ns + (options.queue_forward_ns + options.queue_back_ns) / 2;
    const end_ns = machine.time_ns + 300 * second_ns;
    while (machine.time_ns < end_ns) {
        machine.interval();
        own.add(machine.errorNs());
        if (machine.newest_sample) |sample| ideal.add(sample, mean_path_ns);
    }
    return .{ .own = own, .ideal = ideal.best() };
}

fn percentile(statistics: offset_statistics.OffsetStatistics) f64 {
    return @floatFromInt(statistics.percentileNs(0.99));
}

/// At most 1.5 times the ideal estimator's deviation and P99, and below 250 ns and 1 µs.
fn isWithinBounds(run: Run) bool {
    return run.own.deviationNs() <= 1.5 * run.ideal.deviationNs() and run.own.deviationNs() <= 250 and
        percentile(run.own) <= 1.5 * percentile(run.ideal) and percentile(run.own) <= 1_000;
}

test "after 30 s at +50 ppm with wander, outliers and loss the error is near the ideal one" {
    for (1..4) |seed| {
        try expect(isWithinBounds(runBesideIdeal(.{ .seed = seed }, .{})));
        try expect(isWithinBounds(runBesideIdeal(.{ .seed = seed, .wander_ppb = 500, .wander_period_s = 120 }, .{})));
        try expect(isWithinBounds(runBesideIdeal(.{ .seed = seed, .late_part = 0.05, .loss = 0.3 }, .{})));
        try expect(isWithinBounds(runBesideIdeal(.{ .seed = seed, .frequency_ppb = -480_000 }, .{})));
    }
}

test "the same simulation with the servo switched off is out of all bounds" {
    const run = runBesideIdeal(.{}, .{ .is_free_running = true });
    try expect(!isWithinBounds(run));
    try expect(run.own.deviationNs() > 1e6);
}

test "the PI servo with linuxptp's constants stays within 0.6 µs and 1.5 µs, and lags where the rate wanders" {
    const settings: discipline_file.Options = .{ .servo = .{ .kind = .proportional_integral } };
    for (1..4) |seed| {
        const run = runBesideIdeal(.{ .seed = seed }, settings);
        try expect(run.own.deviationNs() <= 600);
        try expect(percentile(run.own) <= 1_500);
    }
    const wandering = runBesideIdeal(.{ .wander_ppb = 500, .wander_period_s = 120 }, settings);
    try expect(!isWithinBounds(wandering));
}

test "one Sync a second, and 64 a second" {
    for ([_]i64{ 1_000 * ms, 15_625_000 }) |interval_ns| {
        const run = runBesideIdeal(.{ .interval_ns = interval_ns }, .{ .interval_ns = interval_ns });
        try expect(run.own.deviationNs() <= 600);
        try expect(percentile(run.own) <= 1_500);
    }
}

test "the error estimate holds, in lock and in 60 s of holdover" {
    var machines: usize = 0;
    var outside: usize = 0;
    var seen: usize = 0;
    for ([_]f64{ 0, 100, 500 }) |wander_ppb| {
        for ([_]i64{ 20, 200 }) |learning_s| {
            for (1..5) |seed| {
                machines += 1;
                var machine: Machine = .init(.{ .seed = seed, .wander_ppb = wander_ppb }, .{});
                machine.run(learning_s);
                try expectEqual(.locked, machine.discipline.state());
                const at_start_ns = machine.discipline.mapping().errorAt(machine.localNs());
                try expect(at_start_ns < 2_000);
                machine.is_heard = false;
                for (0..60 * 8) |i| {
                    machine.interval();
                    seen += 1;
                    const estimate_ns = machine.discipline.mapping().errorAt(machine.localNs());
                    if (@abs(machine.errorNs()) > estimate_ns + hidden_ns) outside += 1;
                    if (i > 24) try expectEqual(.holdover, machine.discipline.state());
                }
                const at_end_ns = machine.discipline.mapping().errorAt(machine.localNs());
                try expect(at_end_ns > at_start_ns + 1_000 and at_end_ns < 150_000);
                machine.is_heard = true;
                machine.run(4);
                try expectEqual(.locked, machine.discipline.state());
                try expect(@abs(machine.errorNs()) < 2_000);
            }
        }
    }
    try expectEqual(@as(usize, 24), machines);
    try expect(outside * 200 < seen);
}

test "a holdover rests on the rate of the last sixteen seconds, also after a step" {
    for ([_]i64{ 0, 10 * ms }) |step_ns| {
        var ends: offset_statistics.OffsetStatistics = .{};
        for (1..13) |seed| {
            var machine: Machine = .init(.{ .seed = seed, .wander_ppb = 0 }, .{});
            machine.run(190);
            machine.master_error_ns = step_ns;
            machine.run(10);
            machine.is_heard = false;
            machine.run(60);
            ends.add(machine.errorNs());
            const mapping = machine.discipline.mapping();
            try expect(mapping.error_ppb >= mapping.error_ns / 8);
            try expect(mapping.errorAt(machine.localNs()) < 60_000);
        }
        // The rate of the servo's best window instead would give 1.05 µs without a step.
        try expect(ends.rmsNs() < @as(f64, if (step_ns == 0) 850 else 3_000));
    }
}

test "a holdover without end becomes free, and locks again" {
    var machine: Machine = .init(.{}, .{});
    machine.run(100);
    machine.is_heard = false;
    machine.run(3_000);
    try expectEqual(.free, machine.discipline.state());
    try expect(machine.discipline.mapping().errorAt(machine.localNs()) > 1_000_000);
    machine.is_heard = true;
    machine.run(15);
    try expectEqual(.locked, machine.discipline.state());
    try expect(@abs(machine.errorNs()) < 2_000);
}

test "a step of the master is believed, stepped to once, and time for ticks goes back by more than a second only" {
    for ([_]i64{ 10 * ms, -10 * ms, second_ns, -900 * ms, -10 * second_ns }) |step_ns| {
        var machine: Machine = .init(.{}, .{});
        machine.run(30);
        const steps_before = machine.discipline.mapping().steps;
        const changes_before = machine.state_changes;
        machine.master_error_ns = step_ns;
        var tick_ns: i64 = 0;
        var jump_count: usize = 0;
        for (0..8 * 10) |_| {
            machine.interval();
            const now_ns = machine.discipline.mapping().tickTimeAt(machine.localNs());
            if (now_ns <= tick_ns) jump_count += 1;
            tick_ns = now_ns;
        }
        try expectEqual(@intFromBool(step_ns < -second_ns), jump_count);
        try expectEqual(steps_before + 1, machine.discipline.mapping().steps);
        try expectEqual(changes_before + 2, machine.state_changes);
        try expect(@abs(machine.stepped_ns - step_ns) < 5_000);
        try expect(@abs(machine.errorNs()) < 2_000);
        try expectEqual(.locked, machine.discipline.state());
        try expectEqual(@as(i128, 0), machine.discipline.mapping().aheadAt(machine.localNs()));
    }
}

test "a change of master 50 µs away is slewed: no jump" {
    for ([_]i64{ 50_000, -50_000, 400_000 }) |difference_ns| {
        var machine: Machine = .init(.{}, .{});
        machine.run(30);
        const steps_before = machine.discipline.mapping().steps;
        machine.master_error_ns = difference_ns;
        try expect(machine.discipline.masterChanged().master_changed);
        var before_ns = machine.errorNs();
        for (0..8 * 30) |_| {
            machine.interval();
            const after_ns = machine.errorNs();
            // 200 ppm over one interval, and the rate of the servo.
            try expect(@abs(after_ns - before_ns) < 125 * 200 + 2_000);
            before_ns = after_ns;
        }
        try expectEqual(steps_before, machine.discipline.mapping().steps);
        try expect(@abs(machine.errorNs()) < 1_000);
        try expectEqual(.locked, machine.discipline.state());
    }
}

test "another master on another path: its delay is measured before its time is believed" {
    var machine: Machine = .init(.{}, .{});
    machine.run(30);
    machine.options.path_ns = 60_000;
    _ = machine.discipline.masterChanged();
    machine.run(1);
    try expect(machine.measure(10).size_max_ns < 2_000);
    try expectEqual(@as(u64, 0), machine.discipline.counters.moved);
    try expect(@abs(machine.discipline.pathDelayNs().? - 60_200) < 500);
}

test "the correction of the last offset ends when no more come" {
    for ([_]servo.Kind{ .linear_regression, .proportional_integral }) |kind| {
        var machine: Machine = .init(.{}, .{ .servo = .{ .kind = kind } });
        machine.run(30);
        machine.is_heard = false;
        machine.run(1);
        try expectEqual(.locked, machine.discipline.state());
        const ppb = machine.discipline.servo.frequencyPpb();
        try std.testing.expectApproxEqAbs(ppb, machine.discipline.frequencyPpb(), 0.001);
        try expectEqual(machine.discipline.line.frequency, machine.discipline.mapping().frequency);
    }
}

test "a rate that changed during holdover is learnt as fast as the first time" {
    for ([_]servo.Kind{ .linear_regression, .proportional_integral }) |kind| {
        var machine: Machine = .init(.{ .wander_ppb = 0 }, .{ .servo = .{ .kind = kind } });
        machine.run(120);
        machine.is_heard = false;
        machine.options.frequency_ppb += 3_000;
        machine.run(60);
        try expect(@abs(machine.errorNs()) > 100_000);
        machine.is_heard = true;
        machine.run(20);
        try expect(machine.measure(20).size_max_ns < 1_500);
        try expectEqual(.locked, machine.discipline.state());
    }
}

test "two machines with different clocks agree on TAI" {
    var first: Machine = .init(.{ .seed = 7, .frequency_ppb = 80_000, .system_error_ns = -3 * second_ns }, .{});
    var second: Machine = .init(.{ .seed = 8, .frequency_ppb = -30_000, .wander_period_s = 90 }, .{});
    first.run(30);
    second.run(30);
    var difference: offset_statistics.OffsetStatistics = .{};
    for (0..8 * 300) |_| {
        first.interval();
        second.interval();
        try expectEqual(first.time_ns, second.time_ns);
        difference.add(first.errorNs() - second.errorNs());
    }
    try expect(difference.percentileNs(0.99) < 10_000);
    try expect(difference.percentileNs(0.99) < 1_000);
}

test "a day: no drift, no step, no lost lock" {
    var machine: Machine = .init(.{ .interval_ns = second_ns }, .{ .interval_ns = second_ns });
    machine.run(120);
    const steps = machine.discipline.mapping().steps;
    const changes = machine.state_changes;
    const day = machine.measure(86_400);
    try expect(day.deviationNs() < 600);
    try expect(@abs(day.meanNs()) < 2 * hidden_ns);
    try expect(percentile(day) < 2_000);
    try expectEqual(steps, machine.discipline.mapping().steps);
    try expectEqual(changes, machine.state_changes);
    try expectEqual(.locked, machine.discipline.state());
}

test "what a user is told agrees with what is so" {
    var machine: Machine = .init(.{}, .{});
    try expectEqual(.free, machine.discipline.state());
    machine.run(120);
    const told = machine.discipline.statistics.total();
    try expect(told.deviationNs() > 300 and told.deviationNs() < 5_000);
    try expect(@abs(machine.discipline.frequencyPpb() + 50_000) < 500);
    try expect(@abs(machine.discipline.pathDelayNs().? - 2_500) < 500);
    try expect(machine.discipline.counters.refused > 0);
    try expectEqual(@as(u64, 0), machine.discipline.counters.moved);
    try expectEqual(@as(usize, 2), machine.state_changes);
}

test "without an exchange of the path nothing is told, without Syncs the clock is free" {
    var discipline: Discipline = .init(.{}, 0, simulation.epoch_ns, 5);
    const changes = discipline.sync(1, simulation.epoch_ns, 2);
    try expectEqual(.without_delay, changes.verdict);
    try expectEqual(.acquiring, changes.state.?);
    try expectEqual(@as(u64, 5), discipline.mapping().errorAt(2));
    for (2..100) |i| {
        const local_ns: i64 = @intCast(i * 100 * ms);
        try expectEqual(null, discipline.sync(local_ns, simulation.epoch_ns + local_ns, local_ns).state);
        try expectEqual(null, discipline.tick(local_ns + 50 * ms).state);
    }
    try expectEqual(.acquiring, discipline.state());
    try expectEqual(.free, discipline.tick(15 * second_ns).state.?);
    discipline.exchange(.peerToPeer(0, 5_000, 1_000));
    try expectEqual(.gathered, discipline.sync(16 * second_ns, simulation.epoch_ns, 16 * second_ns).verdict);
    try expectEqual(.out_of_order, discipline.sync(16 * second_ns, simulation.epoch_ns, 16 * second_ns).verdict);
    try expectEqual(@as(u64, 0), discipline.mapping().steps);
}

test "what the protocol measured is understood, corrections and asymmetry too" {
    var discipline: Discipline = .init(.{}, 0, 0, 0);
    // Our clock is 1000 ahead; 100 on the wire and 20 more on the way here, 30 and 50 in switches that say so.
    const sync: actions.Measurement = .{
        .kind = .sync,
        .sequence = 1,
        .t1_ns = 10_000,
        .t2_ns = 11_150,
        .correction = (30 + 20) << 16,
        .path_delay_ns = null,
        .offset_ns = null,
    };
    try expectEqual(.without_delay, discipline.measured(sync, 20, 12_000).verdict);
    var delay = sync;
    delay.kind = .delay;
    delay.t3_ns = 21_000;
    delay.t4_ns = 20_130;
    delay.response_correction = 50 << 16;
    _ = discipline.measured(delay, 20, 22_000);
    try expectEqual(@as(?i64, 100), discipline.pathDelayNs());
    try expectEqual(.gathered, discipline.measured(sync, 20, 22_000).verdict);
    try expectEqual(@as(i64, -1_000), discipline.servo.first.points[0].raw_ns);
    // A neighbour that needs 400 and a switch of 200 on the way.
    discipline.delay.reset();
    var peer_delay = sync;
    peer_delay.kind = .peer_delay;
    peer_delay.t1_ns = 5_000;
    peer_delay.t4_ns = 5_800;
    peer_delay.t2_ns = 900_000;
    peer_delay.t3_ns = 900_400;
    peer_delay.correction = 200 << 16;
    _ = discipline.measured(peer_delay, 0, 22_000);
    try expectEqual(@as(?i64, 100), discipline.pathDelayNs());
}

test "no input breaks it, and time for ticks goes back by more than a second only" {
    var random_state = std.Random.DefaultPrng.init(320);
    const random = random_state.random();
    for (0..60) |round| {
        const kind: servo.Kind = if (round % 2 == 0) .linear_regression else .proportional_integral;
        var now_ns: i64 = random.intRangeAtMost(i64, 0, 1 << 40);
        var discipline: Discipline = .init(.{ .servo = .{ .kind = kind } }, now_ns, simulation.epoch_ns, 0);
        var tick_ns: i64 = std.math.minInt(i64);
        var master_ns = simulation.epoch_ns;
        for (0..2_000) |_| {
            const gap_bits = random.intRangeAtMost(u6, 1, if (random.uintLessThan(u8, 50) == 0) 44 else 28);
            const gap_ns = random.intRangeAtMost(i64, 0, @as(i64, 1) << gap_bits);
            now_ns += gap_ns;
            master_ns +|= gap_ns;
            switch (random.uintLessThan(u8, 100)) {
                0 => master_ns = random.int(i64),
                1 => master_ns +|= random.intRangeAtMost(i64, -(1 << 34), 1 << 34),
                2 => _ = discipline.masterChanged(),
                3 => discipline.intervalChanged(random.int(i64)),
                4 => discipline.exchange(.{ .peer_ns = random.int(i64), .local_ns = random.int(i64) }),
                5...20 => discipline.exchange(.endToEnd(0, 0, 1_000, 5_000)),
                21...30 => _ = discipline.tick(now_ns),
                31 => _ = discipline.sync(random.int(i64), random.int(i64), now_ns),
                else => _ = discipline.sync(now_ns - random.intRangeAtMost(i64, 0, 1_000_000), master_ns, now_ns),
            }
            const told_ns = discipline.mapping().tickTimeAt(now_ns);
            // From one look to the next it has gone forward as well.
            try expect(told_ns >= tick_ns or tick_ns -| told_ns > second_ns -| 2 * gap_ns);
            tick_ns = told_ns;
            _ = discipline.mapping().errorAt(now_ns);
            _ = discipline.mapping().localAt(told_ns);
        }
    }
}

test "it goes on from what somebody else has published, without a jump, then follows its own line" {
    var other: Machine = .init(.{}, .{});
    other.run(30);
    var published = other.discipline.mapping().*;
    // The other one was 300 µs off.
    published.tai_ns += 300_000;
    published.before_tai_ns += 300_000;
    var machine: Machine = .init(.{}, .{});
    machine.run(30);
    const now_ns = machine.localNs();
    _ = machine.discipline.continueFrom(published, now_ns);
    try expectEqual(published.taiAt(now_ns), machine.discipline.mapping().taiAt(now_ns));
    const steps = machine.discipline.mapping().steps;
    machine.run(5);
    try expectEqual(steps, machine.discipline.mapping().steps);
    try expect(@abs(machine.errorNs()) < 2_000);
    // Before it has learnt anything it keeps that time and rate.
    var fresh: Discipline = .init(.{}, now_ns, 0, 0);
    _ = fresh.continueFrom(published, now_ns);
    try expectEqual(published.taiAt(now_ns + second_ns), fresh.mapping().taiAt(now_ns + second_ns));
    try expect(@abs(fresh.line.taiAt(now_ns + second_ns) - published.taiAt(now_ns + second_ns)) <= 1);
}

test "what was left there a day ago is stepped over at once" {
    var machine: Machine = .init(.{}, .{});
    machine.run(30);
    const now_ns = machine.localNs();
    const known = machine.discipline.mapping().*;
    var published = known;
    published.tai_ns -= 43 * ms;
    published.before_tai_ns -= 43 * ms;
    published.steps = 7;
    const changes = machine.discipline.continueFrom(published, now_ns);
    try expect(@abs(changes.stepped_ns.? - 43 * ms) < 2_000);
    const mapping = machine.discipline.mapping();
    try expectEqual(published.taiAt(now_ns), mapping.taiAt(now_ns));
    try expect(@abs(mapping.taiAt(now_ns + 2 * ms) - known.taiAt(now_ns + 2 * ms)) < 2_000);
    try expectEqual(@as(u64, 8), mapping.steps);
}
