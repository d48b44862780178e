const std = @import("std");
const model = @import("../st2110/schedule_model.zig");
const pacer_of = @import("pacer.zig");
const schedule_of = @import("../st2110/schedule.zig");
const time = @import("../time.zig");
const timestamp = @import("../st2110/timestamp.zig");
const video = @import("../st2110/video.zig");

const Rate = timestamp.Rate;
const Schedule = schedule_of.Schedule;
const Sender = schedule_of.Sender;
const expect = std.testing.expect;
const expectEqual = std.testing.expectEqual;

/// Stands still while nobody waits. `random` makes it a machine: waits end late, and now and then very late.
const VirtualClock = struct {
    now_ns: u64 = 0,
    waits: u64 = 0,
    /// How much later than asked every sleep ends.
    oversleep_ns: u64 = 0,
    random: ?std.Random = null,

    pub fn nowNs(self: *VirtualClock) u64 {
        return self.now_ns;
    }

    pub fn sleepUntil(self: *VirtualClock, deadline_ns: u64) void {
        self.waits += 1;
        self.now_ns = @max(self.now_ns, deadline_ns) + self.oversleep_ns + self.hold(50_000);
    }

    pub fn spinUntil(self: *VirtualClock, deadline_ns: u64) u64 {
        self.waits += 1;
        if (self.now_ns < deadline_ns) self.now_ns = deadline_ns + self.hold(900);
        return self.now_ns;
    }

    fn hold(self: *VirtualClock, common_ns: u64) u64 {
        const random = self.random orelse return 0;
        if (random.uintLessThan(u32, 2000) == 0) return random.uintLessThan(u64, 3_000_000);
        return random.uintAtMost(u64, common_ns);
    }
};

const VirtualPacer = pacer_of.PacerOf(*VirtualClock);

fn scheduleOf(width: u32, height: u32, rate: Rate, scan: video.Scan, packing: video.Packing, sender: Sender) !Schedule {
    return .ofVideo(.{
        .width = width,
        .height = height,
        .sampling = .ycbcr_422,
        .depth = .bits_10,
        .scan = scan,
        .packing = packing,
    }, rate, sender);
}

const rate_59: Rate = .{ .num = 60000, .den = 1001 };
const rate_29: Rate = .{ .num = 30000, .den = 1001 };

fn schedules() ![14]Schedule {
    return .{
        try scheduleOf(1920, 1080, rate_59, .progressive, .gpm, .narrow),
        try scheduleOf(1920, 1080, rate_59, .progressive, .gpm, .narrow_linear),
        try scheduleOf(1920, 1080, rate_59, .progressive, .gpm, .wide),
        try scheduleOf(1920, 1080, rate_59, .progressive, .bpm, .narrow),
        try scheduleOf(1920, 1080, rate_59, .progressive, .bpm, .narrow_linear),
        try scheduleOf(1920, 1080, rate_29, .interlaced, .gpm, .narrow),
        try scheduleOf(1920, 1080, rate_29, .interlaced, .bpm, .narrow),
        try scheduleOf(1920, 1080, rate_29, .interlaced, .gpm, .wide),
        try scheduleOf(1920, 1080, .{ .num = 25, .den = 1 }, .segmented, .gpm, .narrow),
        try scheduleOf(720, 576, .{ .num = 25, .den = 1 }, .interlaced, .gpm, .narrow),
        try scheduleOf(720, 486, rate_29, .interlaced, .gpm, .narrow),
        try scheduleOf(3840, 2160, rate_59, .progressive, .gpm, .narrow),
        try scheduleOf(3840, 2160, rate_59, .progressive, .bpm, .narrow_linear),
        try scheduleOf(1280, 720, .{ .num = 50, .den = 1 }, .progressive, .gpm, .wide),
    };
}

const Judges = struct {
    network: model.NetworkModel,
    receiver: model.ReceiverModel,
    packet: u32 = 0,

    fn init(schedule: Schedule) Judges {
        return .{ .network = .init(schedule), .receiver = .init(schedule) };
    }

    /// A batch leaves, all of it now.
    fn send(self: *Judges, frame: u64, count: u32, now_ns: u64) void {
        for (0..count) |_| {
            _ = self.network.observe(now_ns);
            _ = self.receiver.observe(frame, self.packet, now_ns);
            self.packet += 1;
        }
    }
};

const first_frame = 1_000_003;

test "strict: every batch of every type is at its instant and the models hold" {
    for (try schedules()) |schedule| for ([_]u32{ 0, 1, 3 }) |burst| for ([_]?u64{ 0, null }) |lead_ns| {
        var clock: VirtualClock = .{ .now_ns = schedule.datumNs(first_frame) - 1_000_000 };
        var pacer: VirtualPacer = .init(schedule, .{ .burst = burst, .lead_ns = lead_ns }, &clock);
        var judges: Judges = .init(schedule);
        for (first_frame..first_frame + 8) |frame| {
            const start_ns = schedule.datumNs(frame);
            pacer.begin(start_ns, schedule.packet_count);
            judges.packet = 0;
            while (pacer.nextBatch()) |count| {
                try expectEqual(start_ns + schedule.offsetNs(judges.packet) - pacer.lead_ns, clock.now_ns);
                try expect(count >= 1 and count <= if (burst == 0) schedule.burst_max else burst);
                judges.send(frame, count, clock.now_ns);
            }
            try expectEqual(schedule.packet_count, judges.packet);
        }
        try expect(judges.network.holds() and judges.receiver.holds());
        try expectEqual(if (burst == 0) schedule.cmax else burst, pacer.stats.batch_max);
        try expectEqual(pacer.stats.batches, pacer.stats.deviation[0]);
        try expectEqual(@as(u64, 8), pacer.stats.frames);
        try expectEqual(@as(u64, 8) * schedule.packet_count, pacer.stats.packets);
        try expectEqual(@as(u64, 0), pacer.stats.late_frames + pacer.stats.late_batches + pacer.stats.worst_late_ns);
    };
}

test "strict: no batch goes over the gap between two fields" {
    const schedule = try scheduleOf(1920, 1080, rate_29, .interlaced, .bpm, .narrow);
    var clock: VirtualClock = .{};
    var pacer: VirtualPacer = .init(schedule, .{}, &clock);
    pacer.begin(10_000_000, schedule.packet_count);
    var sent: u32 = 0;
    var met = false;
    while (pacer.nextBatch()) |count| {
        met = met or sent == schedule.gapAt();
        sent += count;
    }
    try expectEqual(@as(u32, schedule.packet_count / 2), schedule.gapAt());
    try expect(schedule.gapAt() % schedule.burst_max != 0 and met);
}

test "strict: on a machine that is late the network model holds all the same, and lateness is counted" {
    var random_state = std.Random.DefaultPrng.init(21);
    for (try schedules()) |schedule| {
        var clock: VirtualClock = .{
            .now_ns = schedule.datumNs(first_frame) - 1_000_000,
            .random = random_state.random(),
        };
        var pacer: VirtualPacer = .init(schedule, .{}, &clock);
        var judges: Judges = .init(schedule);
        const frames = 20;
        for (first_frame..first_frame + frames) |frame| {
            pacer.begin(schedule.datumNs(frame), schedule.packet_count);
            judges.packet = 0;
            while (pacer.nextBatch()) |count| {
                judges.send(frame, count, clock.now_ns);
                // What sending costs, and now and then the thread is taken away.
                clock.now_ns += clock.hold(schedule.drainNs(count, .down) / 2);
            }
        }
        try expectEqual(@as(u64, frames) * schedule.packet_count, judges.network.packets);
        try expect(judges.network.holds());
        try expectEqual(@as(u64, 0), judges.receiver.overflows);
        try expect(pacer.stats.late_batches > 0 and pacer.stats.worst_late_ns > 0);
        // The receiver counts packets and ours are batches, whose first packet is the latest.
        try expect(judges.receiver.underflows >= pacer.stats.late_batches);
        const difference = @as(i64, @intCast(judges.receiver.worst_late_ns)) -
            @as(i64, @intCast(pacer.stats.worst_late_ns));
        try expect(@abs(difference) <= 1);
        var counted: u64 = 0;
        for (pacer.stats.deviation) |count| counted += count;
        try expectEqual(pacer.stats.batches, counted);
    }
}

test "strict: a frame that begins late is caught up with no faster than the network model drains" {
    const schedule = try scheduleOf(1920, 1080, rate_59, .progressive, .gpm, .narrow);
    const start_ns = schedule.datumNs(first_frame);
    var clock: VirtualClock = .{ .now_ns = start_ns + 2_000_000 };
    var pacer: VirtualPacer = .init(schedule, .{ .lead_ns = 0 }, &clock);
    var judges: Judges = .init(schedule);
    var frame: u64 = first_frame;
    while (pacer.stats.frames == 0 or clock.now_ns > schedule.packetNs(frame - 1, schedule.packet_count - 1)) {
        pacer.begin(schedule.datumNs(frame), schedule.packet_count);
        judges.packet = 0;
        const before_ns = clock.now_ns;
        while (pacer.nextBatch()) |count| {
            if (pacer.stats.batches == 1) try expectEqual(before_ns, clock.now_ns);
            judges.send(frame, count, clock.now_ns);
        }
        frame += 1;
    }
    try expect(judges.network.holds());
    try expectEqual(@as(u64, schedule.cmax), judges.network.peak);
    try expectEqual(@as(u64, 2_000_000), pacer.stats.worst_late_ns);
    // The whole first frame is 1.05 to 2.1 ms late.
    try expectEqual(@as(u64, schedule.packet_count / schedule.cmax), pacer.stats.deviation[21]);
    // 4 % of a frame that are gap and 5 % that the drain is faster, of 16.7 ms each.
    try expectEqual(@as(u64, 2), pacer.stats.late_frames);
    try expectEqual(@as(u64, 2), pacer.stats.frames);
}

test "strict: a batch that took long to send counts as sent at the end" {
    const schedule = try scheduleOf(1920, 1080, rate_59, .progressive, .gpm, .narrow);
    var clock: VirtualClock = .{};
    var pacer: VirtualPacer = .init(schedule, .{ .lead_ns = 0 }, &clock);
    pacer.begin(1_000_000, schedule.packet_count);
    try expectEqual(schedule.cmax, pacer.nextBatch().?);
    clock.now_ns += pacer_of.stall_ns;
    const usual_ns = clock.now_ns;
    _ = pacer.nextBatch().?;
    try expectEqual(usual_ns, clock.now_ns);
    clock.now_ns += pacer_of.stall_ns + 1;
    const stalled_ns = clock.now_ns;
    _ = pacer.nextBatch().?;
    try expectEqual(stalled_ns + schedule.drainNs(schedule.cmax, .up), clock.now_ns);
}

test "batched: what falls due in a quantum, at its beginning" {
    for (try schedules()) |schedule| {
        var clock: VirtualClock = .{ .now_ns = schedule.datumNs(first_frame) - 1_000_000 };
        var pacer: VirtualPacer = .init(schedule, .{ .pacing = .batched }, &clock);
        const quantum_ns = pacer.options.quantum_ns;
        for (first_frame..first_frame + 4) |frame| {
            const start_ns = schedule.datumNs(frame) - pacer.lead_ns;
            pacer.begin(schedule.datumNs(frame), schedule.packet_count);
            var sent: u32 = 0;
            while (pacer.nextBatch()) |count| {
                const first_ns = clock.now_ns - start_ns;
                try expectEqual(@as(u64, 0), first_ns % quantum_ns);
                for (sent..sent + count) |packet| {
                    try expectEqual(first_ns / quantum_ns, schedule.offsetNs(@intCast(packet)) / quantum_ns);
                }
                sent += count;
                const over = sent == schedule.packet_count;
                try expect(over or schedule.offsetNs(sent) >= first_ns + quantum_ns);
            }
            try expectEqual(schedule.packet_count, sent);
        }
        try expectEqual(pacer.stats.batches, pacer.stats.deviation[0]);
        try expectEqual(@as(u64, 0), pacer.stats.late_frames + pacer.stats.late_batches);
    }
}

test "batched: a sleeper that wakes almost a quantum late misses nothing" {
    for (try schedules()) |schedule| {
        var clock: VirtualClock = .{ .now_ns = schedule.datumNs(first_frame) - 1_000_000, .oversleep_ns = 499_999 };
        var pacer: VirtualPacer = .init(schedule, .{ .pacing = .batched }, &clock);
        var judges: Judges = .init(schedule);
        for (first_frame..first_frame + 4) |frame| {
            pacer.begin(schedule.datumNs(frame), schedule.packet_count);
            judges.packet = 0;
            while (pacer.nextBatch()) |count| judges.send(frame, count, clock.now_ns);
        }
        try expectEqual(@as(u64, 0), pacer.stats.late_batches + judges.receiver.underflows);
        // What announces a wide sender has receivers that take it.
        if (schedule.sender == .wide) try expect(judges.receiver.holds());
        clock.oversleep_ns = 500_001;
        pacer.begin(schedule.datumNs(first_frame + 4), schedule.packet_count);
        while (pacer.nextBatch()) |_| {}
        try expect(pacer.stats.late_batches > 0 and pacer.stats.worst_late_ns < 1000);
    }
}

test "batched: keeps up if it takes most of a quantum to send what falls due in one" {
    const schedule = try scheduleOf(3840, 2160, rate_59, .progressive, .gpm, .narrow);
    const quantum_ns = (pacer_of.Options{}).quantum_ns;
    var clock: VirtualClock = .{ .now_ns = schedule.datumNs(first_frame) - 1_000_000, .oversleep_ns = 50_000 };
    var pacer: VirtualPacer = .init(schedule, .{ .pacing = .batched }, &clock);
    for (first_frame..first_frame + 20) |frame| {
        pacer.begin(schedule.datumNs(frame), schedule.packet_count);
        while (pacer.nextBatch()) |_| clock.now_ns += quantum_ns * 4 / 5;
    }
    try expectEqual(@as(u64, 0), pacer.stats.late_batches + pacer.stats.late_frames);
}

test "batched: wide in HD fits the receiver but not the network; a backlog goes at about twice the speed" {
    const schedule = try scheduleOf(1920, 1080, rate_59, .progressive, .gpm, .wide);
    const start_ns = schedule.datumNs(first_frame);
    var clock: VirtualClock = .{ .now_ns = start_ns - 1_000_000 };
    var pacer: VirtualPacer = .init(schedule, .{ .pacing = .batched }, &clock);
    try expectEqual(pacer.options.quantum_ns, pacer.lead_ns);
    var judges: Judges = .init(schedule);
    pacer.begin(start_ns, schedule.packet_count);
    while (pacer.nextBatch()) |count| judges.send(first_frame, count, clock.now_ns);
    try expect(judges.receiver.holds() and !judges.network.holds());
    try expectEqual(@as(u32, 130), pacer.stats.batch_max);
    clock.now_ns = start_ns + 20 * schedule.offsetNs(schedule.packet_count - 1);
    const late_ns = clock.now_ns;
    pacer.begin(start_ns, schedule.packet_count);
    while (pacer.nextBatch()) |count| try expect(count <= 130);
    try expectEqual(@as(u64, 1), pacer.stats.late_frames);
    const took_ns = clock.now_ns - late_ns;
    try expect(took_ns * 2 < 16_683_333 and took_ns * 5 / 2 > 16_683_333);
}

test "none: a frame at once, and the clock is not looked at" {
    const schedule = try scheduleOf(1920, 1080, rate_59, .progressive, .gpm, .wide);
    var clock: VirtualClock = .{ .now_ns = 5 };
    var pacer: VirtualPacer = .init(schedule, .{ .pacing = .none }, &clock);
    for ([_]u64{ 0, 1_000_000_000 }) |start_ns| {
        pacer.begin(start_ns, 77);
        try expectEqual(@as(?u32, 77), pacer.nextBatch());
        try expectEqual(@as(?u32, null), pacer.nextBatch());
    }
    try expectEqual(@as(u64, 0), clock.waits + pacer.stats.late_frames + pacer.stats.late_batches);
    try expectEqual(@as(u64, 154), pacer.stats.packets);
    try expectEqual(@as(u32, 77), pacer.stats.batch_max);
}

test "Pacer.nextBatch() waits no longer than 50 ms" {
    const schedule = try scheduleOf(1280, 720, .{ .num = 50, .den = 1 }, .progressive, .gpm, .wide);
    for ([_]pacer_of.Pacing{ .strict, .batched }) |pacing| {
        var clock: VirtualClock = .{ .now_ns = 1_000_000 };
        var pacer: VirtualPacer = .init(schedule, .{ .pacing = pacing, .lead_ns = 0 }, &clock);
        pacer.begin(111_000_000, schedule.packet_count);
        try expectEqual(@as(?u32, 0), pacer.nextBatch());
        try expectEqual(@as(u64, 51_000_000), clock.now_ns);
        try expectEqual(@as(?u32, 0), pacer.nextBatch());
        try expect(pacer.nextBatch().? > 0);
        try expectEqual(@as(u64, 111_000_000), clock.now_ns);
        try expectEqual(@as(u64, 1), pacer.stats.batches);
    }
}

test "Pacer takes empty frames, frames left early, longer ones, and another schedule" {
    const schedule = try scheduleOf(1280, 720, .{ .num = 50, .den = 1 }, .progressive, .gpm, .narrow);
    var clock: VirtualClock = .{};
    var pacer: VirtualPacer = .init(schedule, .{ .burst = 1000 }, &clock);
    try expectEqual(@as(?u32, null), pacer.nextBatch());
    pacer.begin(10_000_000, 0);
    try expectEqual(@as(?u32, null), pacer.nextBatch());
    pacer.begin(10_000_000, 100);
    try expectEqual(schedule.burst_max, pacer.nextBatch().?);
    pacer.begin(40_000_000, schedule.packet_count + 5);
    var sent: u32 = 0;
    while (pacer.nextBatch()) |count| sent += count;
    try expectEqual(schedule.packet_count + 5, sent);
    pacer.reschedule(try Schedule.init(.{
        .rate = .{ .num = 50, .den = 1 },
        .packet_count = 10,
        .height = 720,
        .sender = .narrow_linear,
    }));
    pacer.begin(80_000_000, 10);
    try expectEqual(@as(?u32, 4), pacer.nextBatch());
    try expectEqual(@as(?u32, 4), pacer.nextBatch());
    try expectEqual(80_000_000 + 8_000_000 - pacer.lead_ns, clock.now_ns);
    try expectEqual(@as(?u32, 2), pacer.nextBatch());
    try expectEqual(@as(?u32, null), pacer.nextBatch());
    try expectEqual(@as(u64, 4), pacer.stats.frames);
}

test "Pacer on the machine's clock is never early" {
    const schedule = try scheduleOf(1280, 720, .{ .num = 50, .den = 1 }, .progressive, .gpm, .wide);
    for ([_]pacer_of.Pacing{ .strict, .batched }) |pacing| {
        var pacer: pacer_of.Pacer = .init(schedule, .{ .pacing = pacing }, .{});
        const start_ns = time.monotonicNs() + 2_000_000;
        pacer.begin(start_ns, 600);
        var sent: u32 = 0;
        while (pacer.nextBatch()) |count| {
            const offset_ns = schedule.offsetNs(sent);
            const quantum_ns: u64 = if (pacing == .batched) 500_000 else 1;
            try expect(time.monotonicNs() >= start_ns - pacer.lead_ns + offset_ns / quantum_ns * quantum_ns);
            sent += count;
        }
        try expectEqual(@as(u32, 600), sent);
    }
}
