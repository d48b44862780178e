//! What streams cost without network and clock, for benchmarks; one JSON object a line on standard output.
//!
//!     streamlib-bench-stream depacketizer    frames of 1080p, 4:2:2 of 10 bits, out of packets in memory
//!     streamlib-bench-stream pacing          the pacer with a clock that stands still while nobody waits
//!
//! `depacketizer` does what the receiver's thread does with each datagram, but for the calls of the system: is it RTP,
//! of our sender, seen before; then its pixels go to their place. Packets of some frames are made once; before each
//! frame their sequence numbers and time stamps are renewed, which is not measured. CPU time of the thread.

const std = @import("std");
const linux = std.os.linux;
const Intake = @import("stream/receiver_intake.zig").Intake;
const configuration = @import("stream/receiver_config.zig");
const model = @import("st2110/schedule_model.zig");
const pacer = @import("stream/pacer.zig");
const rtp = @import("rtp.zig");
const st2110 = @import("st2110.zig");

const Depacketizer = st2110.video_depacketizer.Depacketizer;
const Packetizer = st2110.video_packetizer.Packetizer;
const Schedule = pacer.Schedule;
const video = st2110.video;

const allocator = std.heap.page_allocator;

const rate: st2110.timestamp.Rate = .{ .num = 60_000, .den = 1001 };
const frame_ticks = 1501;
const period_ns = 16_683_333;
/// As many as a ring has slots: a frame is not in the cache any more when it is written again.
const frame_count = 3;
const warm_up_frames = 30;
const measured_frames = 300;
const packet_bytes_max = 1460;

pub fn main(init: std.process.Init) !void {
    const words = try init.minimal.args.toSlice(init.arena.allocator());
    var buffer: [1024]u8 = undefined;
    var file_writer: std.Io.File.Writer = .initStreaming(.stdout(), init.io, &buffer);
    const out = &file_writer.interface;
    const name: []const u8 = if (words.len == 2) words[1] else "";
    if (std.mem.eql(u8, name, "depacketizer")) {
        for ([_]Case{
            .{ .name = "GPM", .packing = .gpm },
            .{ .name = "BPM", .packing = .bpm },
            .{ .name = "GPM interlaced", .packing = .gpm, .scan = .interlaced },
            .{ .name = "GPM, pairs of packets swapped", .packing = .gpm, .are_swapped = true },
        }) |case| try depacketize(out, case);
    } else if (std.mem.eql(u8, name, "pacing")) {
        for (std.enums.values(st2110.schedule.Sender)) |sender| try pace(out, sender);
    } else {
        std.debug.print("Usage: streamlib-bench-stream depacketizer | pacing\n", .{});
        std.process.exit(2);
    }
    try out.flush();
}

const Case = struct {
    name: []const u8,
    packing: video.Packing,
    scan: video.Scan = .progressive,
    are_swapped: bool = false,
};

const Recording = struct {
    bytes: []u8,
    /// Of each packet in `bytes`.
    packets: []Place,
    frame_packets: u32,
    octets: u64,

    const Place = struct { start: usize, bytes: u32 };

    fn make(case: Case, geometry: video.Geometry) !Recording {
        const frame_packets: u32 = @intCast(geometry.packetCount());
        const count = frame_count * frame_packets;
        var self: Recording = .{
            .bytes = try allocator.alloc(u8, count * packet_bytes_max),
            .packets = try allocator.alloc(Place, count),
            .frame_packets = frame_packets,
            .octets = 0,
        };
        const frame = try allocator.alloc(u8, @intCast(geometry.frameBytes()));
        defer allocator.free(frame);
        var packetizer: Packetizer = .init(geometry, 96, 1, 0);
        var random_state: std.Random.DefaultPrng = .init(20);
        for (0..frame_count) |index| {
            random_state.random().bytes(frame);
            try packetizer.begin(geometry.row_bytes, @splat(0));
            for (0..frame_packets) |i| {
                const one = (try packetizer.next(frame, self.bytes[self.octets..])).?;
                self.packets[index * frame_packets + i] = .{ .start = self.octets, .bytes = @intCast(one.len) };
                self.octets += one.len;
            }
        }
        if (case.are_swapped) {
            // Not the last one: what comes after the marker is of no frame.
            var i: usize = 0;
            while (i + 3 < frame_packets) : (i += 2) for (0..frame_count) |index| {
                const pair = self.packets[index * frame_packets + i ..][0..2];
                std.mem.swap(Place, &pair[0], &pair[1]);
            };
        }
        return self;
    }

    fn free(self: Recording) void {
        allocator.free(self.bytes);
        allocator.free(self.packets);
    }

    fn packetsOf(self: Recording, frame: u32) []const Place {
        return self.packets[(frame % frame_count) * self.frame_packets ..][0..self.frame_packets];
    }

    /// Gives the packets of a frame the numbers that they have in the stream.
    fn renew(self: Recording, frame: u32, scan: video.Scan) void {
        const round: u32 = frame / frame_count * frame_count * self.frame_packets;
        for (self.packetsOf(frame)) |place| {
            const one = self.bytes[place.start..][0..place.bytes];
            // As it was made, or as it was renewed before: a multiple of what a recording has, and the rest.
            const old = @as(u32, std.mem.readInt(u16, one[12..14], .big)) << 16 | std.mem.readInt(u16, one[2..4], .big);
            const number = round + old % (frame_count * self.frame_packets);
            std.mem.writeInt(u16, one[2..4], @truncate(number), .big);
            std.mem.writeInt(u16, one[12..14], @truncate(number >> 16), .big);
            const field: u32 = if (scan == .interlaced) one[16] >> 7 else 0;
            std.mem.writeInt(u32, one[4..8], frame * frame_ticks + field * (frame_ticks / 2), .big);
        }
    }
};

fn depacketize(out: *std.Io.Writer, case: Case) !void {
    const format: video.Format = .{
        .width = 1920,
        .height = 1080,
        .sampling = .ycbcr_422,
        .depth = .bits_10,
        .packing = case.packing,
        .scan = case.scan,
    };
    const geometry = try format.geometry();
    const recording: Recording = try .make(case, geometry);
    defer recording.free();
    const memory = try allocator.alignedAlloc(u8, .@"8", Depacketizer.memoryBytes(geometry));
    defer allocator.free(memory);
    var config = std.mem.zeroes(configuration.Config);
    config.clock_rate_hz = st2110.timestamp.video_hz;
    config.payload_type = 96;
    var statistics: configuration.Statistics = .{};
    var feed: Feed = .{
        .intake = .init(&config, true, &statistics),
        .depacketizer = try .init(memory, .{
            .geometry = geometry,
            .stride_bytes = geometry.row_bytes,
            .frame_ticks = frame_ticks,
        }),
        .slots = undefined,
    };
    for (&feed.slots) |*slot| {
        slot.* = try allocator.alloc(u8, @intCast(geometry.frameBytes()));
        @memset(slot.*, 0);
    }
    defer for (feed.slots) |slot| allocator.free(slot);
    for (0..warm_up_frames) |frame| feed.take(recording, @intCast(frame), case.scan);
    const faults = faultCount();
    feed.cpu_ns = 0;
    feed.octets = 0;
    for (warm_up_frames..warm_up_frames + measured_frames) |frame| feed.take(recording, @intCast(frame), case.scan);
    try out.print("{{\"case\":\"{s}\",\"frames\":{d},\"complete\":{d},\"octets\":{d},\"cpuNs\":{d},", .{
        case.name, measured_frames, feed.complete - warm_up_frames, feed.octets, feed.cpu_ns,
    });
    const copy_ns = copyNs(recording, feed.slots[0]);
    try out.print("\"faults\":{d},\"copyNs\":{d}}}\n", .{ faultCount() - faults, copy_ns * measured_frames });
}

const Feed = struct {
    intake: Intake,
    depacketizer: Depacketizer,
    slots: [frame_count][]u8,
    next_slot: u32 = 0,
    complete: u64 = 0,
    octets: u64 = 0,
    cpu_ns: u64 = 0,

    fn take(self: *Feed, recording: Recording, frame: u32, scan: video.Scan) void {
        recording.renew(frame, scan);
        const arrival_ns = @as(u64, frame) * period_ns;
        const start_ns = cpuTimeNs();
        for (recording.packetsOf(frame)) |place| {
            const bytes = recording.bytes[place.start..][0..place.bytes];
            self.octets += bytes.len;
            const arrived = self.intake.take(bytes, &.none, arrival_ns) orelse continue;
            self.receive(arrived.packet);
        }
        self.cpu_ns += cpuTimeNs() - start_ns;
    }

    fn receive(self: *Feed, packet: rtp.packet.Packet) void {
        while (true) switch (self.depacketizer.receive(packet)) {
            .placed, .dropped => return,
            .wanted => {
                self.depacketizer.begin(self.slots[self.next_slot]) catch unreachable;
                self.next_slot = (self.next_slot + 1) % frame_count;
            },
            .ended => _ = self.depacketizer.finish(),
            .completed => {
                self.complete += @intFromBool(self.depacketizer.finish().?.missing_count == 0);
                return;
            },
        };
    }
};

/// Median CPU time of copying as many bytes as the packets of a frame have, from where they are.
fn copyNs(recording: Recording, target: []u8) u64 {
    var times_ns: [31]u64 = undefined;
    for (&times_ns, 0..) |*one, i| {
        const source = recording.bytes[recording.packetsOf(@intCast(i))[0].start..];
        const start_ns = cpuTimeNs();
        @memcpy(target, source[0..target.len]);
        std.mem.doNotOptimizeAway(target);
        one.* = cpuTimeNs() - start_ns;
    }
    std.mem.sort(u64, &times_ns, {}, std.sort.asc(u64));
    return times_ns[times_ns.len / 2];
}

/// Pages that the process was given: memory that it took would show.
fn faultCount() i64 {
    var used: linux.rusage = undefined;
    std.debug.assert(linux.errno(linux.getrusage(linux.rusage.SELF, &used)) == .SUCCESS);
    return @intCast(used.minflt + used.majflt);
}

fn cpuTimeNs() u64 {
    var now: linux.timespec = undefined;
    std.debug.assert(linux.errno(linux.clock_gettime(.THREAD_CPUTIME_ID, &now)) == .SUCCESS);
    return @as(u64, @intCast(now.sec)) * std.time.ns_per_s + @as(u64, @intCast(now.nsec));
}

/// Stands still while nobody waits.
const VirtualClock = struct {
    now_ns: u64 = 0,

    pub fn nowNs(self: *VirtualClock) u64 {
        return self.now_ns;
    }

    pub fn sleepUntil(self: *VirtualClock, deadline_ns: u64) void {
        self.now_ns = @max(self.now_ns, deadline_ns);
    }

    pub fn spinUntil(self: *VirtualClock, deadline_ns: u64) u64 {
        self.sleepUntil(deadline_ns);
        return self.now_ns;
    }
};

fn pace(out: *std.Io.Writer, sender: st2110.schedule.Sender) !void {
    const format: video.Format = .{ .width = 1920, .height = 1080, .sampling = .ycbcr_422, .depth = .bits_10 };
    const schedule: Schedule = try .ofVideo(format, rate, sender);
    const first_frame = 1_000_003;
    const frames = 600;
    var clock: VirtualClock = .{ .now_ns = schedule.datumNs(first_frame) - std.time.ns_per_ms };
    var paced: pacer.PacerOf(*VirtualClock) = .init(schedule, .{ .pacing = .strict }, &clock);
    var network: model.NetworkModel = .init(schedule);
    var receiver: model.ReceiverModel = .init(schedule);
    var deviation_max_ns: u64 = 0;
    var level_max: u64 = 0;
    for (first_frame..first_frame + frames) |frame| {
        const start_ns = schedule.datumNs(frame);
        paced.begin(start_ns, schedule.packet_count);
        var sent: u32 = 0;
        while (paced.nextBatch()) |count| {
            const planned_ns = start_ns + schedule.offsetNs(sent) - paced.lead_ns;
            const deviation_ns = @max(planned_ns, clock.now_ns) - @min(planned_ns, clock.now_ns);
            if (count > 0) deviation_max_ns = @max(deviation_max_ns, deviation_ns);
            for (0..count) |_| {
                level_max = @max(level_max, network.observe(clock.now_ns));
                _ = receiver.observe(frame, sent, clock.now_ns);
                sent += 1;
            }
        }
    }
    try out.print("{{\"case\":\"{t}\",\"frames\":{d},\"deviationNs\":{d},\"levelMax\":{d},\"cmax\":{d},", .{
        sender, frames, deviation_max_ns, level_max, schedule.cmax,
    });
    try out.print("\"isReceiverServed\":{}}}\n", .{receiver.holds()});
}
