//! PCM audio (ST 2110-30) into blocks of f32 in the slots of a ring.

const std = @import("std");
const refusal = @import("refusal.zig");
const rtp = @import("../rtp.zig");
const st2110 = @import("../st2110.zig");
const Error = @import("../result.zig").Error;
const configuration = @import("receiver_config.zig");
const Output = @import("item_output.zig").Output;

const Config = configuration.Config;
const audio = st2110.audio;

const gather_ns_max = std.time.ns_per_ms;

pub const AudioReceiver = struct {
    depacketizer: audio.Depacketizer,
    output: *Output,
    jumps_seen: u64 = 0,

    fn formatOf(config: *const Config) Error!audio.Format {
        const format: audio.Format = .{
            .encoding = try refusal.enumOf(audio.Encoding, config.encoding),
            .rate_hz = config.clock_rate_hz,
            .channels = config.channels,
            .packet_samples = config.packet_samples,
        };
        format.check() catch |err| return refusal.fromAudio(err);
        return format;
    }

    /// What a slot must hold.
    pub fn itemBytes(config: *const Config) Error!u32 {
        const format = try formatOf(config);
        const samples = config.block_samples;
        if (samples < 1 or samples > configuration.block_samples_max) return error.BadAudioSize;
        const bytes = @as(u64, samples) * format.channels * @sizeOf(f32);
        return if (bytes <= configuration.item_bytes_limit) @intCast(bytes) else error.BadAudioSize;
    }

    pub fn init(self: *AudioReceiver, config: *const Config, output: *Output, allocator: std.mem.Allocator) Error!void {
        const format = try formatOf(config);
        const memory = try allocator.alloc(f32, @as(usize, config.block_samples) * format.channels);
        self.* = .{
            .depacketizer = audio.Depacketizer.init(format, config.block_samples, memory) catch unreachable,
            .output = output,
        };
    }

    pub fn packetsIn(self: *const AudioReceiver, duration_ns: u64) u64 {
        const format = self.depacketizer.format;
        return duration_ns * format.rate_hz / (std.time.ns_per_s * @as(u64, format.packet_samples)) + 1;
    }

    /// Packets may wait for an eighth of a block and for 1 ms at most, if it is for another packet: then a block is
    /// late by no more than that, and the system has room for them in the smallest of its buffers.
    pub fn gatherNs(self: *const AudioReceiver) u64 {
        const format = self.depacketizer.format;
        const block_ns = @as(u64, self.depacketizer.block_samples) * std.time.ns_per_s / format.rate_hz;
        const packet_ns = @as(u64, format.packet_samples) * std.time.ns_per_s / format.rate_hz;
        const gather_ns = @min(block_ns / 8, gather_ns_max);
        return if (gather_ns > packet_ns) gather_ns else 0;
    }

    /// Packets come in their order; what comes after its time is late.
    pub fn receive(self: *AudioReceiver, packet: rtp.packet.Packet, _: u64, arrival_ns: u64) void {
        const depacketizer = &self.depacketizer;
        const statistics = self.output.statistics;
        if (packet.payload.len != depacketizer.format.payloadBytes()) {
            statistics.oddities |= configuration.Oddity.other_packet_time;
        }
        depacketizer.receive(packet.timestamp, packet.payload, self.output.nearTicks(packet.timestamp, arrival_ns));
        if (depacketizer.counters.jumps != self.jumps_seen) {
            self.jumps_seen = depacketizer.counters.jumps;
            self.output.is_broken = true;
        }
        while (depacketizer.next()) |block| {
            if (block.silent_samples > 0) statistics.incomplete_frames += 1;
            const slot = self.output.loan() orelse continue;
            const bytes = std.mem.sliceAsBytes(block.samples);
            @memcpy(slot[0..bytes.len], bytes);
            self.output.commit(.{
                .rtp_timestamp = @truncate(block.clock),
                .arrival_ns = arrival_ns,
                .payload_bytes = @intCast(bytes.len),
            });
        }
    }

    pub fn dueNs(_: *const AudioReceiver) ?u64 {
        return null;
    }

    pub fn tick(_: *AudioReceiver, _: u64) void {}

    /// The time stamps tell.
    pub fn restart(_: *AudioReceiver) void {}

    /// Nothing is on loan between packets.
    pub fn retarget(_: *AudioReceiver, _: ?[]u8) void {}

    pub fn tell(self: *const AudioReceiver) void {
        const counters = &self.depacketizer.counters;
        const statistics = self.output.statistics;
        statistics.truncated = 0;
        statistics.malformed = counters.bad_size;
        statistics.silent_samples = counters.silent_samples;
        statistics.timestamp_jumps = counters.jumps;
    }

    /// Packets that came for a time that was over, as far as whole ones can be told from samples.
    pub fn lateCount(self: *const AudioReceiver) u64 {
        return self.depacketizer.counters.late_samples / self.depacketizer.format.packet_samples;
    }
};

test "packets wait for others only where a block needs many of them" {
    var memory: [480]f32 = undefined;
    const rows = [_][3]u32{ .{ 6, 480, 1_000_000 }, .{ 6, 192, 500_000 }, .{ 6, 6, 0 }, .{ 48, 480, 0 } };
    for (rows) |row| {
        const format: audio.Format =
            .{ .encoding = .l24, .rate_hz = 48_000, .channels = 1, .packet_samples = row[0] };
        const receiver: AudioReceiver =
            .{ .depacketizer = try .init(format, row[1], &memory), .output = undefined };
        try std.testing.expectEqual(@as(u64, row[2]), receiver.gatherNs());
    }
}
