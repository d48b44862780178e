//! PCM audio (ST 2110-30, AES67): samples of L16 and L24, and blocks of any size into packets of any time and back.
//!
//! On the wire samples are big-endian integers, interleaved: all channels of one instant, then of the next. Ours are
//! f32 in the same order. A code is n / 2^15 or n / 2^23; every code goes to f32 and back unchanged. What lies outside
//! of -1 to 1 is clipped, what is not a number is silence.
//!
//! The media clock counts samples, so the time stamp of a packet is the number of its first sample: regrouping is
//! counting, and cannot drift.

const std = @import("std");
const timestamp_module = @import("timestamp.zig");

pub const Encoding = enum(u32) {
    l16 = 16,
    l24 = 24,

    pub fn bytes(self: Encoding) u32 {
        return @backingInt(self) / 8;
    }
};

/// Of payload: the standard UDP limit without the headers of UDP and RTP.
pub const payload_bytes_max = 1440;

pub const Format = struct {
    encoding: Encoding,
    /// 48000, 96000 or 44100.
    rate_hz: u32,
    channels: u32,
    /// Samples of each channel in a packet.
    packet_samples: u32,

    pub const Error = error{
        /// Not a rate of ST 2110-30.
        BadRate,
        /// No channels or no samples, or more than fit into 1440 bytes.
        BadSize,
    };

    pub fn check(self: Format) Error!void {
        if (self.rate_hz != 48_000 and self.rate_hz != 96_000 and self.rate_hz != 44_100) return error.BadRate;
        if (self.channels < 1 or self.packet_samples < 1) return error.BadSize;
        if (self.channels > payload_bytes_max or self.packet_samples > payload_bytes_max) return error.BadSize;
        if (self.payloadBytes() > payload_bytes_max) return error.BadSize;
    }

    pub fn payloadBytes(self: Format) u32 {
        return self.packet_samples * self.sampleBytes();
    }

    /// One sample of every channel.
    pub fn sampleBytes(self: Format) u32 {
        return self.channels * self.encoding.bytes();
    }

    /// The smallest conformance level of ST 2110-30:2025 (tables 2 and 3) whose senders may send this; null for none.
    pub fn level(self: Format) ?Level {
        const is_1_ms = self.packet_samples * 1000 == self.rate_hz;
        const is_125_us = self.packet_samples * 8000 == self.rate_hz;
        const channels = self.channels;
        if (self.rate_hz == 48_000 and is_1_ms and channels <= 8) return .a;
        if (self.rate_hz == 96_000 and is_1_ms and channels <= 4) return .ax;
        if (self.rate_hz == 48_000 and is_125_us) return if (channels <= 8) .b else if (channels <= 64) .c else null;
        if (self.rate_hz == 96_000 and is_125_us) return if (channels <= 8) .bx else if (channels <= 32) .cx else null;
        return null;
    }
};

pub const Level = enum { a, ax, b, bx, c, cx };

/// Samples in a packet of this time. `ptime` in SDP is rounded by its writers (0.12, 0.125, 0.33, 1.09): the nearest
/// count is meant (AES67-2013 section 8.1).
pub fn samplesOf(packet_time_ns: u64, rate_hz: u32) u32 {
    const doubled = @as(u128, packet_time_ns) * rate_hz * 2 / std.time.ns_per_s;
    return @intCast(@min((doubled + 1) / 2, std.math.maxInt(u32)));
}

fn codeOf(comptime Code: type, sample: f32) Code {
    const scale: f32 = 1 << (@bitSizeOf(Code) - 1);
    if (std.math.isNan(sample)) return 0;
    const scaled = @round(sample * scale);
    if (scaled >= scale) return std.math.maxInt(Code);
    if (scaled <= -scale) return std.math.minInt(Code);
    return @intFromFloat(scaled);
}

fn sampleOf(comptime Code: type, code: Code) f32 {
    const scale: f32 = 1 << (@bitSizeOf(Code) - 1);
    return @as(f32, @floatFromInt(code)) / scale;
}

/// Writes samples as the wire has them; `target` is as long as they need.
pub fn encode(encoding: Encoding, target: []u8, samples: []const f32) void {
    std.debug.assert(target.len == samples.len * encoding.bytes());
    switch (encoding) {
        .l16 => for (samples, 0..) |sample, i| {
            std.mem.writeInt(i16, target[i * 2 ..][0..2], codeOf(i16, sample), .big);
        },
        .l24 => for (samples, 0..) |sample, i| {
            std.mem.writeInt(i24, target[i * 3 ..][0..3], codeOf(i24, sample), .big);
        },
    }
}

/// Reads samples of the wire; `samples` has room for just them.
pub fn decode(encoding: Encoding, samples: []f32, source: []const u8) void {
    std.debug.assert(source.len == samples.len * encoding.bytes());
    switch (encoding) {
        .l16 => for (samples, 0..) |*sample, i| {
            sample.* = sampleOf(i16, std.mem.readInt(i16, source[i * 2 ..][0..2], .big));
        },
        .l24 => for (samples, 0..) |*sample, i| {
            sample.* = sampleOf(i24, std.mem.readInt(i24, source[i * 3 ..][0..3], .big));
        },
    }
}

/// Blocks into packets. A block need not be whole packets: what is left waits for the next.
pub const Packetizer = struct {
    format: Format,
    /// The media clock of the first sample that waits or comes next.
    clock: u64 = 0,
    waiting: [payload_bytes_max]u8 = undefined,
    waiting_bytes: u32 = 0,
    counters: Counters = .{},

    pub const Counters = struct {
        packets: u64 = 0,
        /// Samples of a packet that was not full when the clock jumped.
        discarded_samples: u64 = 0,
        /// Blocks that did not begin where the last ended.
        jumps: u64 = 0,
    };

    pub const Packet = struct {
        /// The low 32 bits are the RTP time stamp.
        clock: u64,
        payload: []u8,
    };

    pub fn init(format: Format) Format.Error!Packetizer {
        try format.check();
        return .{ .format = format };
    }

    /// Says where the next block begins. If that is not where the last ended, what waits is thrown away and counted.
    pub fn begin(self: *Packetizer, clock: u64) void {
        const waiting_samples = self.waiting_bytes / self.format.sampleBytes();
        if (clock == self.clock + waiting_samples) return;
        if (self.counters.packets > 0 or waiting_samples > 0) self.counters.jumps += 1;
        self.counters.discarded_samples += waiting_samples;
        self.waiting_bytes = 0;
        self.clock = clock;
    }

    /// Takes samples from the front of a block until a packet is full, which is then written into `target` (room for
    /// `payloadBytes`). Null when the block is used up. The block is of whole instants.
    pub fn next(self: *Packetizer, block: *[]const f32, target: []u8) ?Packet {
        const format = self.format;
        std.debug.assert(block.len % format.channels == 0);
        const wanted = (format.payloadBytes() - self.waiting_bytes) / format.encoding.bytes();
        const count: u32 = @intCast(@min(wanted, block.len));
        const bytes = count * format.encoding.bytes();
        encode(format.encoding, self.waiting[self.waiting_bytes..][0..bytes], block.*[0..count]);
        block.* = block.*[count..];
        self.waiting_bytes += bytes;
        if (self.waiting_bytes < format.payloadBytes()) return null;
        const payload = target[0..self.waiting_bytes];
        @memcpy(payload, self.waiting[0..self.waiting_bytes]);
        const clock = self.clock;
        self.waiting_bytes = 0;
        self.clock += format.packet_samples;
        self.counters.packets += 1;
        return .{ .clock = clock, .payload = payload };
    }
};

/// Packets into blocks of `block_samples`. Packets come in order of their numbers (see rtp/jitter_buffer.zig); their
/// time stamps say where they belong. What is missing is silence, and counted.
pub const Depacketizer = struct {
    format: Format,
    block_samples: u32,
    /// The block that is being filled, all channels.
    block: []f32,
    /// The media clock of its first sample; null before the first packet.
    block_clock: ?u64 = null,
    filled_samples: u32 = 0,
    /// Samples of it that are silence in the place of lost ones.
    silent_samples: u32 = 0,
    /// The packet that is being taken.
    rest: []const u8 = &.{},
    gap_samples: u64 = 0,
    counters: Counters = .{},

    pub const Counters = struct {
        packets: u64 = 0,
        /// Payloads that are not whole samples of all channels, or none.
        bad_size: u64 = 0,
        /// Samples that stand for what did not come.
        silent_samples: u64 = 0,
        /// Samples that came for a time that is over.
        late_samples: u64 = 0,
        /// Time stamps more than a second off: the block begun was thrown away.
        jumps: u64 = 0,
    };

    pub const Block = struct {
        /// The media clock of the first sample.
        clock: u64,
        /// Good until the next call.
        samples: []const f32,
        /// How many samples of each channel are silence in the place of lost ones.
        silent_samples: u32,
    };

    /// `memory` holds one block: `block_samples` times channels.
    pub fn init(format: Format, block_samples: u32, memory: []f32) (Format.Error || error{OutOfSpace})!Depacketizer {
        try format.check();
        if (block_samples < 1) return error.BadSize;
        const count = @as(usize, block_samples) * format.channels;
        if (memory.len < count) return error.OutOfSpace;
        return .{ .format = format, .block_samples = block_samples, .block = memory[0..count] };
    }

    /// Takes a packet; then call `next` until it gives null. `near_clock` is the media clock now, to extend the time
    /// stamp by. The payload is used until then. A payload of another length than agreed is taken too.
    pub fn receive(self: *Depacketizer, rtp_timestamp: u32, payload: []const u8, near_clock: u64) void {
        const sample_bytes = self.format.sampleBytes();
        if (payload.len == 0 or payload.len % sample_bytes != 0) {
            self.counters.bad_size += 1;
            return;
        }
        self.counters.packets += 1;
        self.rest = payload;
        self.gap_samples = 0;
        const near = timestamp_module.extend(rtp_timestamp, near_clock);
        const awaited = self.awaitedClock() orelse return self.restart(near);
        const clock = timestamp_module.extend(rtp_timestamp, awaited);
        const distance = @as(i65, clock) - awaited;
        if (@abs(distance) > self.format.rate_hz) {
            self.counters.jumps += 1;
            return self.restart(near);
        }
        if (distance < 0) {
            const late: usize = @intCast(@min(-distance, payload.len / sample_bytes));
            self.counters.late_samples += late;
            self.rest = payload[late * sample_bytes ..];
        } else {
            self.gap_samples = @intCast(distance);
        }
    }

    fn awaitedClock(self: Depacketizer) ?u64 {
        return (self.block_clock orelse return null) + self.filled_samples;
    }

    fn restart(self: *Depacketizer, clock: u64) void {
        self.block_clock = clock;
        self.filled_samples = 0;
        self.silent_samples = 0;
    }

    /// The next full block; null when the packet is used up.
    pub fn next(self: *Depacketizer) ?Block {
        const channels = self.format.channels;
        if (self.block_clock == null) return null;
        if (self.filled_samples == self.block_samples) {
            self.block_clock.? += self.block_samples;
            self.filled_samples = 0;
            self.silent_samples = 0;
        }
        const silence: u32 = @intCast(@min(self.gap_samples, self.block_samples - self.filled_samples));
        @memset(self.room(silence), 0);
        self.gap_samples -= silence;
        self.filled_samples += silence;
        self.silent_samples += silence;
        self.counters.silent_samples += silence;
        const sample_bytes = self.format.sampleBytes();
        const count: u32 = @intCast(@min(self.rest.len / sample_bytes, self.block_samples - self.filled_samples));
        decode(self.format.encoding, self.room(count), self.rest[0 .. count * sample_bytes]);
        self.rest = self.rest[count * sample_bytes ..];
        self.filled_samples += count;
        if (self.filled_samples < self.block_samples) return null;
        return .{
            .clock = self.block_clock.?,
            .samples = self.block[0 .. self.block_samples * channels],
            .silent_samples = self.silent_samples,
        };
    }

    fn room(self: *Depacketizer, samples: u32) []f32 {
        const channels = self.format.channels;
        return self.block[self.filled_samples * channels ..][0 .. samples * channels];
    }
};

const expect = std.testing.expect;
const expectEqual = std.testing.expectEqual;
const expectError = std.testing.expectError;

test "every code of both encodings goes to f32 and back" {
    for (0..1 << 16) |i| {
        const code: i16 = @bitCast(@as(u16, @intCast(i)));
        try expectEqual(code, codeOf(i16, sampleOf(i16, code)));
    }
    for (0..1 << 24) |i| {
        const code: i24 = @bitCast(@as(u24, @intCast(i)));
        if (code != codeOf(i24, sampleOf(i24, code))) return error.TestExpectedEqual;
    }
}

test "encode() clips, rounds and silences, byte for byte" {
    const samples = [_]f32{ 0.5, -0.5, 1, -1, 7, -7, std.math.inf(f32), std.math.nan(f32), 1.5 / 32768.0 };
    var wide: [27]u8 = undefined;
    encode(.l24, &wide, &samples);
    try std.testing.expectEqualSlices(u8, &.{
        0x40, 0,    0,    0xC0, 0, 0, 0x7F, 0xFF, 0xFF, 0x80, 0, 0, 0x7F, 0xFF, 0xFF, 0x80, 0, 0, //
        0x7F, 0xFF, 0xFF, 0,    0, 0, 0,    1,    0x80,
    }, &wide);
    var narrow: [18]u8 = undefined;
    encode(.l16, &narrow, &samples);
    try std.testing.expectEqualSlices(u8, &.{
        0x40, 0, 0xC0, 0, 0x7F, 0xFF, 0x80, 0, 0x7F, 0xFF, 0x80, 0, 0x7F, 0xFF, 0, 0, 0, 2,
    }, &narrow);
}

test "packet times as SDP spells them" {
    const us = std.time.ns_per_us;
    const rows = [_]struct { ns: u64, rate_hz: u32, samples: u32 }{
        .{ .ns = 1000 * us, .rate_hz = 48_000, .samples = 48 },
        .{ .ns = 1000 * us, .rate_hz = 96_000, .samples = 96 },
        .{ .ns = 1090 * us, .rate_hz = 44_100, .samples = 48 },
        .{ .ns = 125 * us, .rate_hz = 48_000, .samples = 6 },
        .{ .ns = 120 * us, .rate_hz = 48_000, .samples = 6 },
        .{ .ns = 125 * us, .rate_hz = 96_000, .samples = 12 },
        .{ .ns = 250 * us, .rate_hz = 48_000, .samples = 12 },
        .{ .ns = 330 * us, .rate_hz = 48_000, .samples = 16 },
        .{ .ns = 4000 * us, .rate_hz = 48_000, .samples = 192 },
        .{ .ns = 80 * us, .rate_hz = 48_000, .samples = 4 },
    };
    for (rows) |row| try expectEqual(row.samples, samplesOf(row.ns, row.rate_hz));
}

fn formatOf(encoding: Encoding, rate_hz: u32, channels: u32, packet_samples: u32) Format {
    return .{ .encoding = encoding, .rate_hz = rate_hz, .channels = channels, .packet_samples = packet_samples };
}

test "levels and limits" {
    try expectEqual(Level.a, formatOf(.l24, 48_000, 8, 48).level().?);
    try expectEqual(Level.ax, formatOf(.l24, 96_000, 4, 96).level().?);
    try expectEqual(Level.b, formatOf(.l24, 48_000, 1, 6).level().?);
    try expectEqual(Level.bx, formatOf(.l24, 96_000, 8, 12).level().?);
    try expectEqual(Level.c, formatOf(.l24, 48_000, 64, 6).level().?);
    try expectEqual(Level.cx, formatOf(.l24, 96_000, 32, 12).level().?);
    try expectEqual(@as(?Level, null), formatOf(.l24, 48_000, 65, 6).level());
    try expectEqual(@as(?Level, null), formatOf(.l16, 44_100, 2, 48).level());
    try expectEqual(@as(?Level, null), formatOf(.l24, 48_000, 9, 48).level());
    try formatOf(.l24, 48_000, 80, 6).check();
    try expectError(error.BadSize, formatOf(.l24, 48_000, 81, 6).check());
    try expectError(error.BadSize, formatOf(.l24, 48_000, 0, 6).check());
    try expectError(error.BadSize, formatOf(.l16, 48_000, std.math.maxInt(u32), std.math.maxInt(u32)).check());
    try expectError(error.BadRate, formatOf(.l24, 47_999, 2, 48).check());
}

test "blocks of any size to packets of any time and back, sample for sample, without drift" {
    var random_state = std.Random.DefaultPrng.init(30);
    const random = random_state.random();
    const formats = [_]Format{
        formatOf(.l24, 48_000, 2, 48), formatOf(.l24, 48_000, 64, 6), formatOf(.l16, 44_100, 2, 48),
        formatOf(.l24, 96_000, 8, 12), formatOf(.l16, 48_000, 1, 16), formatOf(.l24, 48_000, 2, 192),
        formatOf(.l16, 96_000, 3, 96),
    };
    for (formats) |format| for ([_]u32{ 1, 5, 480, 1001, 1602 }) |block_samples| {
        const start: u64 = 0x7_FFFF_FF00; // the time stamp wraps on the way
        var packetizer: Packetizer = try .init(format);
        packetizer.begin(start);
        var memory: [1602 * 64]f32 = undefined;
        var depacketizer: Depacketizer = try .init(format, block_samples, &memory);
        var buffer: [payload_bytes_max]u8 = undefined;
        var sent: u64 = start;
        var received: u64 = start;
        while (sent < start + 4000) {
            var block: [700 * 64]f32 = undefined;
            const count = random.intRangeAtMost(u32, 1, 700);
            packetizer.begin(sent);
            for (0..count * format.channels) |i| block[i] = expectedSample(sent * format.channels + i);
            var left: []const f32 = block[0 .. count * format.channels];
            while (packetizer.next(&left, &buffer)) |one| {
                depacketizer.receive(@truncate(one.clock), one.payload, one.clock);
                while (depacketizer.next()) |got| {
                    try expectEqual(received, got.clock);
                    try expectEqual(@as(u32, 0), got.silent_samples);
                    for (got.samples, 0..) |sample, i| {
                        try expectEqual(expectedSample(got.clock * format.channels + i), sample);
                    }
                    received += block_samples;
                }
            }
            sent += count;
        }
        try expect(received + block_samples + format.packet_samples > sent);
        try expectEqual(Packetizer.Counters{ .packets = (sent - start) / format.packet_samples }, packetizer.counters);
    };
}

fn expectedSample(index: u64) f32 {
    return sampleOf(i16, @bitCast(@as(u16, @truncate(index *% 40503))));
}

test "lost packets are silence, late ones are dropped, jumps begin anew" {
    const format = formatOf(.l16, 48_000, 1, 4);
    var memory: [6]f32 = undefined;
    var depacketizer: Depacketizer = try .init(format, 6, &memory);
    const payload = [_]u8{ 0x40, 0, 0x40, 0, 0x40, 0, 0x40, 0 };
    depacketizer.receive(0xFFFF_FFFE, &payload, 0x1_0000_0000);
    try expect(depacketizer.next() == null);
    // 4 to 7 are lost; 2 and 3 of the first block are the start of that.
    depacketizer.receive(6, &payload, 0x1_0000_0000);
    const first = depacketizer.next().?;
    try expectEqual(@as(u64, 0xFFFF_FFFE), first.clock);
    try std.testing.expectEqualSlices(f32, &.{ 0.5, 0.5, 0.5, 0.5, 0, 0 }, first.samples);
    try expectEqual(@as(u32, 2), first.silent_samples);
    const second = depacketizer.next().?;
    try std.testing.expectEqualSlices(f32, &.{ 0, 0, 0.5, 0.5, 0.5, 0.5 }, second.samples);
    try expect(depacketizer.next() == null);
    depacketizer.receive(8, &payload, 0x1_0000_0000);
    try expect(depacketizer.next() == null);
    depacketizer.receive(0, &payload, 0x1_0000_0000);
    try expect(depacketizer.next() == null);
    depacketizer.receive(1_000_000, &payload, 0x1_0000_0000 + 1_000_000);
    try expect(depacketizer.next() == null);
    depacketizer.receive(1_000_004, payload[0..4], 0);
    try expectEqual(@as(u64, 0x1_0000_0000 + 1_000_000), depacketizer.next().?.clock);
    depacketizer.receive(1_000_006, payload[0..3], 0);
    depacketizer.receive(1_000_006, &.{}, 0);
    try expectEqual(Depacketizer.Counters{
        .packets = 6,
        .bad_size = 2,
        .silent_samples = 4,
        .late_samples = 2 + 4,
        .jumps = 1,
    }, depacketizer.counters);
}

test "a jump of the blocks' clock throws away what waits" {
    var packetizer: Packetizer = try .init(formatOf(.l16, 48_000, 1, 4));
    var buffer: [8]u8 = undefined;
    packetizer.begin(100);
    var block: []const f32 = &.{ 0, 0, 0 };
    try expect(packetizer.next(&block, &buffer) == null);
    packetizer.begin(200);
    block = &.{ 0, 0, 0, 0 };
    try expectEqual(@as(u64, 200), packetizer.next(&block, &buffer).?.clock);
    try expectEqual(Packetizer.Counters{ .packets = 1, .discarded_samples = 3, .jumps = 1 }, packetizer.counters);
}

test "any packet: a block for every sample of time, and no end" {
    var random_state = std.Random.DefaultPrng.init(31);
    const random = random_state.random();
    var memory: [10 * 2]f32 = undefined;
    var depacketizer: Depacketizer = try .init(formatOf(.l24, 48_000, 2, 48), 10, &memory);
    var payload: [1500]u8 = undefined;
    random.bytes(&payload);
    var timestamp: u32 = 0;
    for (0..20_000) |_| {
        timestamp +%= random.uintAtMost(u32, 20);
        if (random.uintLessThan(u32, 100) == 0) timestamp -%= random.uintAtMost(u32, 2000);
        if (random.uintLessThan(u32, 500) == 0) timestamp = random.int(u32);
        const length = random.uintAtMost(usize, 30) * (6 - random.uintLessThan(u32, 2));
        depacketizer.receive(timestamp, payload[0..length], random.int(u48));
        var blocks: u32 = 0;
        while (depacketizer.next()) |block| {
            blocks += 1;
            try expectEqual(@as(usize, 20), block.samples.len);
            try expect(block.silent_samples <= 10);
        }
        // At most a second of silence and the packet itself.
        try expect(blocks <= 4800 + 5 + 1);
    }
    const counters = depacketizer.counters;
    try expect(counters.bad_size > 100 and counters.jumps > 10 and counters.late_samples > 100);
}
