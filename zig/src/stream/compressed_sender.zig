//! Coded pictures into ST 2110-22 packets on the wire: JPEG XS and H.264.
//!
//! The packets of a picture are spread evenly over a part of the frame period, so that a picture does not meet the
//! network as one burst; how many they are is only known when the picture is there.

const std = @import("std");
const refusal = @import("refusal.zig");
const st2110 = @import("../st2110.zig");
const Config = @import("sender_config.zig").Config;
const Error = @import("../result.zig").Error;
const Job = @import("sender_config.zig").Job;
const Lock = @import("../lock.zig").Lock;
const pacer = @import("pacer.zig");
const Wire = @import("wire.zig").Wire;
const pieceOf = @import("wire.zig").pieceOf;

const h264_packetizer = @import("../rtp/h264_packetizer.zig");
const jpeg_xs = st2110.jpeg_xs;
const jpeg_xs_packetizer = st2110.jpeg_xs_packetizer;
const schedule = st2110.schedule;

/// Packets of several units are copied together; so many are queued at most.
const together_max = 32;
const packet_bytes_max = st2110.video.udp_bytes_extended;
/// MAXUDP counts it.
const udp_header_bytes = 8;
pub const parameter_set_bytes_max = 4096;

pub const CompressedSender = struct {
    codec: union(enum) {
        jpeg_xs: jpeg_xs_packetizer.Packetizer,
        h264: h264_packetizer.Packetizer,
    },
    pacer: pacer.Pacer,
    /// Pictures in a second, over the part of the period that the packets of one take.
    rate: st2110.timestamp.Rate,
    /// What another thread has said last, and what the packetizer reads.
    lock: Lock = .{},
    given_sets: ParameterSets = .{},
    sets: ParameterSets = .{},
    next_together: u32 = 0,
    together: [together_max][packet_bytes_max]u8 = undefined,

    const ParameterSets = struct {
        number: u32 = 0,
        bytes: u32 = 0,
        record: [parameter_set_bytes_max]u8 = undefined,
    };

    pub fn init(self: *CompressedSender, config: Config) Error!void {
        const is_spread = config.spread_percent > 0;
        const percent = @max(1, config.spread_percent);
        const rate: st2110.timestamp.Rate = .{
            .num = std.math.mul(u32, config.rate_numerator, 100) catch return error.BadRate,
            .den = std.math.mul(u32, config.rate_denominator, percent) catch return error.BadRate,
        };
        const pacing: pacer.Pacing = if (is_spread) try config.pacingOf() else .none;
        self.* = .{
            .codec = switch (try config.kindOf()) {
                .jpeg_xs => .{ .jpeg_xs = jpeg_xs_packetizer.Packetizer.init(.{
                    .payload_type = @intCast(config.payload_type),
                    .ssrc = config.ssrc,
                    .sequence = @truncate(config.first_sequence),
                    .udp_bytes_max = config.udp_bytes_max,
                    .picture_bytes = config.picture_bytes,
                }) catch return error.BadUdpSize },
                .h264 => .{ .h264 = try h264Of(config) },
                else => return error.InvalidArgument,
            },
            .rate = rate,
            .pacer = .init(try scheduleOf(rate, 1), .{ .pacing = pacing }, .{}),
        };
    }

    fn h264Of(config: Config) Error!h264_packetizer.Packetizer {
        if (config.udp_bytes_max > packet_bytes_max) return error.BadUdpSize;
        const length_bytes = switch (config.unit_length_bytes) {
            0, 1, 2, 4 => config.unit_length_bytes,
            else => return error.OutOfRange,
        };
        if (config.packet_mode > 1) return error.OutOfRange;
        return h264_packetizer.Packetizer.init(.{
            .payload_type = @intCast(config.payload_type),
            .ssrc = config.ssrc,
            .sequence = @truncate(config.first_sequence),
            .mode = if (config.packet_mode == 0) .single_unit else .non_interleaved,
            .framing = if (length_bytes == 0) .annex_b else .avcc,
            .length_bytes = if (length_bytes == 0) 4 else @intCast(length_bytes),
            .udp_bytes_max = config.udp_bytes_max,
        }) catch return error.BadUdpSize;
    }

    fn scheduleOf(rate: st2110.timestamp.Rate, packet_count: u32) Error!schedule.Schedule {
        return schedule.Schedule.init(.{
            .rate = rate,
            .packet_count = packet_count,
            .height = 1080,
            .sender = .narrow_linear,
        }) catch |err| return refusal.fromSchedule(err);
    }

    /// Of the longest packets.
    pub fn packetBytes(self: *const CompressedSender) u32 {
        return switch (self.codec) {
            inline else => |packetizer| packetizer.options.udp_bytes_max,
        } - udp_header_bytes;
    }

    /// Refuses what cannot be a picture by its length. An access unit is looked into when it is sent.
    pub fn check(self: *const CompressedSender, payload: []const u8, job: Job) Error!void {
        if (payload.len == 0 or payload.len > std.math.maxInt(u32)) return error.BadPayload;
        switch (self.codec) {
            .jpeg_xs => |packetizer| {
                if (partOf(job) == null) return error.BadPayload;
                const wanted = packetizer.options.picture_bytes;
                if (wanted != 0 and payload.len != wanted) return error.BadPayload;
                if (packetizer.packetCount(@intCast(payload.len)) > jpeg_xs.packet_count_max) return error.BadPayload;
            },
            .h264 => if (job.flags != 0) return error.BadPayload,
        }
    }

    fn partOf(job: Job) ?jpeg_xs.Part {
        return switch (job.flags) {
            0 => .progressive,
            2 => .first,
            3 => .second,
            else => null,
        };
    }

    /// From the next picture on the parameter sets of a decoder configuration record go before pictures that begin anew
    /// and have none of their own. Empty for none. For any thread.
    pub fn setParameterSets(self: *CompressedSender, record: []const u8) Error!void {
        if (self.codec != .h264) return error.InvalidArgument;
        if (record.len > parameter_set_bytes_max) return error.OutOfSpace;
        if (record.len > 0) {
            var probe = h264_packetizer.Packetizer.init(self.codec.h264.options) catch unreachable;
            probe.insertParameterSets(record) catch return error.BadPayload;
        }
        self.lock.acquire();
        defer self.lock.release();
        self.given_sets.number +%= 1;
        self.given_sets.bytes = @intCast(record.len);
        @memcpy(self.given_sets.record[0..record.len], record);
    }

    fn takeParameterSets(self: *CompressedSender) void {
        self.lock.acquire();
        defer self.lock.release();
        if (self.given_sets.number == self.sets.number) return;
        self.sets.number = self.given_sets.number;
        self.sets.bytes = self.given_sets.bytes;
        const record = self.sets.record[0..self.sets.bytes];
        @memcpy(record, self.given_sets.record[0..record.len]);
        self.codec.h264.insertParameterSets(if (record.len == 0) null else record) catch unreachable;
    }

    /// Sends a picture that was checked. False if it was given up.
    pub fn send(self: *CompressedSender, wire: *Wire, payload: []const u8, job: Job) bool {
        const packet_count = self.begin(payload, job) orelse {
            wire.statistics.malformed += 1;
            return false;
        };
        if (packet_count != self.pacer.schedule.packet_count) {
            self.pacer.reschedule(scheduleOf(self.rate, packet_count) catch {
                wire.statistics.malformed += 1;
                return false;
            });
        }
        self.pacer.begin(job.start_ns, packet_count);
        if (!wire.waitForPacer(&self.pacer)) return false;
        while (self.pacer.nextBatch()) |count| {
            if (wire.isStopped()) return false;
            for (0..count) |i| {
                switch (self.codec) {
                    .jpeg_xs => |*packetizer| addPicture(wire, packetizer, payload),
                    .h264 => |*packetizer| self.addUnits(wire, packetizer),
                }
                if (i % Wire.batch_packets_max == Wire.batch_packets_max - 1 and wire.isStopped()) return false;
            }
            wire.flush();
        }
        wire.takePacing(self.pacer.stats);
        return true;
    }

    /// How many packets it will be; null for what is no access unit.
    fn begin(self: *CompressedSender, payload: []const u8, job: Job) ?u32 {
        const timestamp: u32 = @truncate(job.media_clock);
        switch (self.codec) {
            .jpeg_xs => |*packetizer| {
                packetizer.begin(@intCast(payload.len), timestamp, partOf(job).?) catch return null;
                return packetizer.packetCount(@intCast(payload.len));
            },
            .h264 => |*packetizer| {
                self.takeParameterSets();
                return packetizer.begin(payload, timestamp) catch null;
            },
        }
    }

    fn addPicture(wire: *Wire, packetizer: *jpeg_xs_packetizer.Packetizer, payload: []const u8) void {
        const parts = packetizer.nextParts() orelse return;
        const header = wire.header();
        @memcpy(header[0..parts.header.len], &parts.header);
        wire.add(&.{ pieceOf(header[0..parts.header.len]), pieceOf(payload[parts.offset..][0..parts.data_bytes]) });
    }

    fn addUnits(self: *CompressedSender, wire: *Wire, packetizer: *h264_packetizer.Packetizer) void {
        const parts = packetizer.nextParts() orelse return;
        if (!parts.pieces[0].has_length) {
            const header = wire.header();
            @memcpy(header[0..parts.header_bytes], parts.header[0..parts.header_bytes]);
            return wire.add(&.{ pieceOf(header[0..parts.header_bytes]), pieceOf(parts.pieces[0].data) });
        }
        // Small units: a copy costs less than a list of pieces.
        if (self.next_together == together_max) wire.flush();
        if (wire.queued() == 0) self.next_together = 0;
        const target = &self.together[self.next_together];
        self.next_together += 1;
        var slices: [h264_packetizer.gather_count_max][]const u8 = undefined;
        var position: usize = 0;
        for (parts.gather(&slices)) |slice| {
            @memcpy(target[position..][0..slice.len], slice);
            position += slice.len;
        }
        wire.add(&.{pieceOf(target[0..position])});
    }
};
