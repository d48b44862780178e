//! Blocks of audio into ST 2110-30 packets on the wire, each at the instant of its first sample.
//!
//! A packet is encoded before its instant, so that between waking up and sending there is nothing to do. Packets of
//! 125 µs are 8000 wake-ups in a second: `batched` sends those of a millisecond together, at the instant of the last.

const std = @import("std");
const packet = @import("../rtp/packet.zig");
const refusal = @import("refusal.zig");
const st2110 = @import("../st2110.zig");
const Config = @import("sender_config.zig").Config;
const Error = @import("../result.zig").Error;
const Job = @import("sender_config.zig").Job;
const Pacing = @import("sender_config.zig").Pacing;
const Wire = @import("wire.zig").Wire;
const pieceOf = @import("wire.zig").pieceOf;

const audio = st2110.audio;

const batch_packets_max = 64;
/// One more may be made while a batch is queued.
const batch_payloads = batch_packets_max + 1;
const batch_ns_max = 1_000_000;

pub const AudioSender = struct {
    packetizer: audio.Packetizer,
    pacing: Pacing,
    packet_ns: u64,
    payload_type: u7,
    ssrc: u32,
    /// Of the next packet.
    sequence: u16,
    /// Payloads of the packets that are queued, and of the one that may be next.
    payloads: [batch_payloads][audio.payload_bytes_max]u8 = undefined,
    next_payload: u32 = 0,
    /// The instants of the first and of the last packet that is queued.
    first_ns: u64 = 0,
    last_ns: u64 = 0,

    pub fn init(config: Config) Error!AudioSender {
        const format: audio.Format = .{
            .encoding = try refusal.enumOf(audio.Encoding, config.encoding),
            .rate_hz = config.clock_rate_hz,
            .channels = config.channels,
            .packet_samples = config.packet_samples,
        };
        return .{
            .packetizer = audio.Packetizer.init(format) catch |err| return refusal.fromAudio(err),
            .pacing = try config.pacingOf(),
            .packet_ns = @as(u64, config.packet_samples) * std.time.ns_per_s / config.clock_rate_hz,
            .payload_type = @intCast(config.payload_type),
            .ssrc = config.ssrc,
            .sequence = @truncate(config.first_sequence),
        };
    }

    /// How many bytes of blocks are kept at most: two seconds of up to 128 channels.
    pub fn storeBytes(config: Config) usize {
        return 2 * @as(usize, config.clock_rate_hz) * @min(config.channels, 128) * @sizeOf(f32);
    }

    /// Of all packets.
    pub fn packetBytes(self: *const AudioSender) u32 {
        return packet.header_bytes + self.packetizer.format.payloadBytes();
    }

    /// Refuses a block that is not of so many samples, or of none.
    pub fn check(self: *const AudioSender, payload: []const u8, job: Job) Error!void {
        const sample_bytes = @as(u64, self.packetizer.format.channels) * @sizeOf(f32);
        if (job.frames == 0 or payload.len != job.frames * sample_bytes) return error.BadPayload;
    }

    /// Sends what is full of a block that was checked. False if it was given up.
    pub fn send(self: *AudioSender, wire: *Wire, payload: []const u8, job: Job) bool {
        const samples: []align(1) const f32 = std.mem.bytesAsSlice(f32, payload);
        var block: []const f32 = @alignCast(samples);
        self.packetizer.begin(job.media_clock);
        while (self.packetizer.next(&block, &self.payloads[self.next_payload])) |one| {
            const instant_ns = self.instantOf(job, one.clock);
            if (self.isBatchOver(wire, instant_ns) and !self.flush(wire)) return false;
            if (wire.queued() == 0) self.first_ns = instant_ns;
            self.last_ns = instant_ns;
            self.add(wire, one);
        }
        wire.statistics.discarded_samples = self.packetizer.counters.discarded_samples;
        return self.flush(wire);
    }

    /// A packet may begin in the block before.
    fn instantOf(self: *const AudioSender, job: Job, clock: u64) u64 {
        if (job.start_ns == 0 or self.pacing == .none) return 0;
        const rate_hz = self.packetizer.format.rate_hz;
        const samples = @as(i65, clock) - job.media_clock;
        const offset_ns = @divFloor(@as(i128, samples) * std.time.ns_per_s, rate_hz);
        return @intCast(std.math.clamp(job.start_ns + offset_ns, 0, std.math.maxInt(u64)));
    }

    fn isBatchOver(self: *const AudioSender, wire: *const Wire, instant_ns: u64) bool {
        if (wire.queued() == 0) return false;
        return wire.queued() == batch_packets_max or switch (self.pacing) {
            .strict => true,
            .batched => instant_ns - self.first_ns >= batch_ns_max,
            .none => false,
        };
    }

    fn add(self: *AudioSender, wire: *Wire, one: audio.Packetizer.Packet) void {
        const header = wire.header();
        const header_bytes = packet.writeHeader(header, .{
            .payload_type = self.payload_type,
            .sequence = self.sequence,
            .timestamp = @truncate(one.clock),
            .ssrc = self.ssrc,
        }) catch unreachable;
        wire.add(&.{ pieceOf(header[0..header_bytes]), pieceOf(one.payload) });
        self.sequence +%= 1;
        self.next_payload = (self.next_payload + 1) % batch_payloads;
    }

    fn flush(self: *AudioSender, wire: *Wire) bool {
        if (wire.queued() == 0) return !wire.isStopped();
        if (!wire.waitUntil(self.last_ns)) return false;
        if (self.last_ns > 0) wire.noteDeviation(self.last_ns, self.packet_ns);
        wire.flush();
        return true;
    }
};
