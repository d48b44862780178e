//! Coded pictures into the slots of a ring: H.264 (RFC 6184) and JPEG XS (RFC 9134, ST 2110-22), each access unit or
//! picture segment an item.
//!
//! H.264 comes out with start codes (Annex B) or lengths of 4 bytes before its units; the parameter sets that came in
//! the stream are kept as a decoder configuration record. A picture of which something is missing is dropped, unless
//! they are to be delivered; what comes after one is flagged as not continuing what was before.

const std = @import("std");
const refusal = @import("refusal.zig");
const rtp = @import("../rtp.zig");
const st2110 = @import("../st2110.zig");
const Error = @import("../result.zig").Error;
const configuration = @import("receiver_config.zig");
const item_output = @import("item_output.zig");

const Config = configuration.Config;
const Output = item_output.Output;

pub const H264Receiver = ReceiverOf(rtp.h264_depacketizer.Depacketizer);
pub const JpegXsReceiver = ReceiverOf(st2110.jpeg_xs_depacketizer.Depacketizer);

/// The end of a stream: only then does nothing newer end a picture. Until then a sender may have been held up.
const silence_ns_min = 200 * std.time.ns_per_ms;

/// Jumps of the sequence were judged before: here a number is only extended.
const all_numbers: rtp.source.Limits = .{ .ahead = 1 << 15, .behind = 1 << 15 };

fn ReceiverOf(comptime Depacketizer: type) type {
    return struct {
        const Self = @This();

        const is_h264 = Depacketizer == rtp.h264_depacketizer.Depacketizer;
        const Report = @typeInfo(@typeInfo(@TypeOf(Depacketizer.finish)).@"fn".return_type.?).optional.child;

        depacketizer: Depacketizer,
        policy: configuration.MissingPolicy,
        output: *Output,
        frame_ns: u64,
        arrival_ns: u64 = 0,

        pub fn itemBytes(config: *const Config) Error!u32 {
            const policy = try refusal.enumOf(configuration.MissingPolicy, config.missing_policy);
            // Coded pictures cannot be mended here.
            if (policy == .conceal) return error.InvalidArgument;
            return config.itemBytesMax();
        }

        pub fn init(self: *Self, config: *const Config, output: *Output, _: std.mem.Allocator) Error!void {
            self.* = .{
                .depacketizer = .init(if (is_h264)
                    .{
                        .framing = if (config.unit_length_bytes == 4) .avcc else .annex_b,
                        .bytes_max = output.item_bytes,
                    }
                else
                    output.item_bytes),
                .policy = try refusal.enumOf(configuration.MissingPolicy, config.missing_policy),
                .output = output,
                .frame_ns = config.framePeriodNs(),
            };
            self.depacketizer.sequence.limits = all_numbers;
        }

        pub fn packetsIn(_: *const Self, duration_ns: u64) u64 {
            return duration_ns / 10_000 + 1;
        }

        pub fn receive(self: *Self, packet: rtp.packet.Packet, _: u64, arrival_ns: u64) void {
            while (true) switch (self.depacketizer.receive(packet)) {
                .placed => {
                    self.arrival_ns = arrival_ns;
                    return;
                },
                .dropped => return,
                .wanted => {
                    self.arrival_ns = arrival_ns;
                    self.depacketizer.begin(self.output.loan()) catch unreachable; // Slots are long enough.
                },
                .ended => self.finish(),
                .completed => {
                    self.arrival_ns = arrival_ns;
                    return self.finish();
                },
            };
        }

        fn finish(self: *Self) void {
            const report: Report = self.depacketizer.finish().?;
            const statistics = self.output.statistics;
            if (is_h264) {
                if (report.sets_changed) statistics.parameter_set_changes += 1;
                if (report.lost_before > 0) self.output.is_broken = true;
            }
            if (!report.wanted) {
                self.output.is_broken = true;
                return;
            }
            const timestamp = report.timestamp orelse return self.output.abort();
            if (!report.isComplete()) statistics.incomplete_frames += 1;
            if (report.bytes == 0 or (!report.isComplete() and self.policy == .drop)) {
                statistics.discarded_frames += 1;
                self.output.abort();
                self.output.is_broken = true;
                return;
            }
            self.output.commit(.{
                .rtp_timestamp = timestamp,
                .arrival_ns = self.arrival_ns,
                .payload_bytes = report.bytes,
                .flags = if (isKeyframe(report)) item_output.Flag.keyframe else 0,
                .note = noteOf(report),
            });
            if (!report.isComplete()) self.output.is_broken = true;
        }

        /// Every picture of JPEG XS can be decoded alone.
        fn isKeyframe(report: Report) bool {
            return if (is_h264) report.is_keyframe else true;
        }

        fn noteOf(report: Report) []const u8 {
            const is_complete = report.isComplete();
            if (is_h264) {
                if (report.sets_changed) {
                    return if (is_complete) ",\"parameterSetsChanged\":true" else ",\"parameterSetsChanged\":true" ++
                        ",\"incomplete\":true";
                }
                return if (is_complete) "" else ",\"incomplete\":true";
            }
            return switch (report.part) {
                .progressive => if (is_complete) "" else ",\"incomplete\":true",
                .first => if (is_complete) ",\"field\":1" else ",\"field\":1,\"incomplete\":true",
                .second => if (is_complete) ",\"field\":2" else ",\"field\":2,\"incomplete\":true",
            };
        }

        /// The stream begins anew with the packet that comes next.
        pub fn restart(self: *Self) void {
            if (self.depacketizer.state != .idle) self.finish();
            self.depacketizer.sequence = .{ .limits = all_numbers };
            self.depacketizer.newest = null;
            if (is_h264) self.depacketizer.is_head_doubtful = true else self.depacketizer.last_key = null;
        }

        pub fn dueNs(self: *const Self) ?u64 {
            if (self.depacketizer.state != .open) return null;
            return self.arrival_ns + @max(silence_ns_min, 2 * self.frame_ns);
        }

        pub fn tick(self: *Self, now_ns: u64) void {
            if (now_ns >= self.dueNs() orelse return) self.finish();
        }

        /// The slot on loan has moved, or is gone.
        pub fn retarget(self: *Self, slot: ?[]u8) void {
            if (self.depacketizer.target == null) return;
            if (slot == null) self.output.statistics.dropped_frames += 1;
            self.depacketizer.target = slot;
        }

        /// Writes the decoder configuration record of the parameter sets that came, null if they are not enough.
        pub fn parameterSets(self: *const Self, target: []u8) Error!?[]u8 {
            comptime std.debug.assert(is_h264);
            return self.depacketizer.sets.writeRecord(target) catch |err| switch (err) {
                error.OutOfSpace => error.OutOfSpace,
                error.InvalidSet => null,
            };
        }

        pub fn tell(self: *const Self) void {
            const counters = &self.depacketizer.counters;
            const statistics = self.output.statistics;
            statistics.truncated = counters.truncated;
            if (is_h264) {
                statistics.malformed = counters.reserved + counters.bad_aggregate + counters.whole_fragment +
                    counters.stap_b + counters.mtap + counters.fu_b;
                statistics.oversized_frames = counters.units_too_long;
            } else {
                statistics.malformed = counters.empty + counters.reserved_part + counters.unordered +
                    counters.inconsistent + counters.uneven + counters.unplaceable;
                statistics.oversized_frames = counters.too_long;
            }
        }

        pub fn lateCount(self: *const Self) u64 {
            const counters = &self.depacketizer.counters;
            return counters.late + if (is_h264) 0 else counters.after_end;
        }
    };
}
