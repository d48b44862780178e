//! Uncompressed video (ST 2110-20) into the slots of a ring.
//!
//! Slots that take pixel groups as they come are written by the depacketiser itself: the bytes of a packet are copied
//! once, from where the system left them to where readers find them. For other pixel formats the groups go into one
//! frame of the receiver's own, and each row is converted into the slot when it is complete, while it is in the cache.
//! That frame keeps what it had: where pixels are missing it has those of the last frame.

const std = @import("std");
const pixel = @import("../pixel.zig");
const pixel_job = @import("../pixel/job.zig");
const rtp = @import("../rtp.zig");
const refusal = @import("refusal.zig");
const st2110 = @import("../st2110.zig");
const Error = @import("../result.zig").Error;
const configuration = @import("receiver_config.zig");
const Output = @import("item_output.zig").Output;

const Config = configuration.Config;
const Depacketizer = st2110.video_depacketizer.Depacketizer;
const Geometry = st2110.video.Geometry;
const Oddity = configuration.Oddity;

/// The end of a stream: only then does nothing newer end a frame. Until then a sender may have been held up.
const silence_ns_min = 200 * std.time.ns_per_ms;

/// From here on a pixel format is that of the groups themselves (256 * sampling + depth).
const group_formats_min = 256;

pub const VideoReceiver = struct {
    depacketizer: Depacketizer,
    geometry: Geometry,
    policy: configuration.MissingPolicy,
    output: *Output,
    /// Where the groups begin in a slot.
    offset: u32,
    /// Null when slots take groups.
    conversion: ?Conversion,
    frame_ns: u64,
    /// Of the newest packet of the open frame.
    arrival_ns: u64 = 0,

    const Conversion = struct {
        layout: pixel.Picture,
        width: u32,
        height: u32,
        wire: []u8,
        /// In the slot on loan; null while there is none.
        picture: ?pixel_job.Picture = null,
        /// A whole frame was here once.
        is_filled: bool = false,

        fn convertRow(self: *Conversion, row_bytes: u32, row: u32) void {
            const picture = self.picture orelse return;
            const groups = self.wire[@as(usize, row) * row_bytes ..][0..row_bytes];
            pixel.groups.unpackRows(picture, groups, row_bytes, self.width, row, 1);
        }
    };

    /// What a slot must hold: what the config says, which is found to be enough for the picture.
    pub fn itemBytes(config: *const Config) Error!u32 {
        const format = try config.videoFormat();
        const geometry = format.geometry() catch |err| return refusal.fromVideo(err);
        _ = try refusal.enumOf(configuration.MissingPolicy, config.missing_policy);
        const bytes = try config.itemBytesMax();
        if (!isConverted(config)) {
            if (config.plane_strides[0] < geometry.row_bytes) return error.OutOfRange;
            const end = config.plane_offsets[0] + @as(u64, geometry.rows - 1) * config.plane_strides[0] +
                geometry.row_bytes;
            return if (end <= bytes) bytes else error.OutOfRange;
        }
        const pixels = std.enums.fromInt(pixel_job.Format, config.pixel_format) orelse return error.NoConversion;
        if (pixel.groups.samplingOf(pixels) != format.sampling or pixel.groups.depthOf(pixels) != format.depth) {
            return error.NoConversion;
        }
        // Only its length is looked at.
        const nowhere: [*]const u8 = @ptrFromInt(std.heap.page_size_min);
        _ = try pixel.pictureOf(nowhere[0..bytes], layoutOf(config), config.width, config.height);
        return bytes;
    }

    fn isConverted(config: *const Config) bool {
        return config.pixel_format != 0 and config.pixel_format < group_formats_min;
    }

    fn layoutOf(config: *const Config) pixel.Picture {
        return .{
            .format = config.pixel_format,
            .plane_offsets = config.plane_offsets[0..3].*,
            .plane_strides_bytes = config.plane_strides[0..3].*,
        };
    }

    /// `self` stays where it is. After `itemBytes` has checked the config.
    pub fn init(self: *VideoReceiver, config: *const Config, output: *Output, allocator: std.mem.Allocator) Error!void {
        const format = try config.videoFormat();
        const geometry = format.geometry() catch |err| return refusal.fromVideo(err);
        const memory = try allocator.alignedAlloc(u8, .@"8", Depacketizer.memoryBytes(geometry));
        const is_converted = isConverted(config);
        const ticks = @as(u64, config.rate_denominator) * st2110.timestamp.video_hz / config.rate_numerator;
        self.* = .{
            .depacketizer = Depacketizer.init(memory, .{
                .geometry = geometry,
                .stride_bytes = if (is_converted) geometry.row_bytes else config.plane_strides[0],
                .frame_ticks = @intCast(@min(ticks, std.math.maxInt(u32))),
            }) catch unreachable,
            .geometry = geometry,
            .policy = try refusal.enumOf(configuration.MissingPolicy, config.missing_policy),
            .output = output,
            .offset = config.plane_offsets[0],
            .conversion = null,
            .frame_ns = config.framePeriodNs(),
        };
        if (!is_converted) return;
        const wire = try allocator.alloc(u8, @intCast(geometry.frameBytes()));
        @memset(wire, 0);
        self.conversion = .{
            .layout = layoutOf(config),
            .width = config.width,
            .height = config.height,
            .wire = wire,
        };
        self.depacketizer.on_row = .{ .context = self, .call = endRow };
    }

    /// Packets in `seconds`, for the room to reorder them.
    pub fn packetsIn(self: *const VideoReceiver, duration_ns: u64) u64 {
        return self.geometry.packetCount() * duration_ns / self.frame_ns + 1;
    }

    fn endRow(context: *anyopaque, row: u32) void {
        const self: *VideoReceiver = @ptrCast(@alignCast(context));
        self.conversion.?.convertRow(self.geometry.row_bytes, row);
    }

    pub fn receive(self: *VideoReceiver, packet: rtp.packet.Packet, _: u64, arrival_ns: u64) void {
        while (true) switch (self.depacketizer.receive(packet)) {
            .placed => {
                self.arrival_ns = arrival_ns;
                return;
            },
            .dropped => return,
            .wanted => {
                self.arrival_ns = arrival_ns;
                self.begin();
            },
            .ended => self.finish(),
            .completed => {
                self.arrival_ns = arrival_ns;
                return self.finish();
            },
        };
    }

    fn begin(self: *VideoReceiver) void {
        const slot = self.output.loan();
        self.depacketizer.begin(self.targetOf(slot)) catch unreachable; // Slots are long enough.
    }

    /// Where the depacketiser writes for a slot; null lets the frame pass.
    fn targetOf(self: *VideoReceiver, slot: ?[]u8) ?[]u8 {
        const conversion = if (self.conversion) |*one| one else return (slot orelse return null)[self.offset..];
        conversion.picture = null;
        const payload = slot orelse return null;
        conversion.picture = pixel.pictureOf(
            payload,
            conversion.layout,
            conversion.width,
            conversion.height,
        ) catch unreachable;
        return conversion.wire;
    }

    fn finish(self: *VideoReceiver) void {
        const report = self.depacketizer.finish().?;
        if (!report.wanted) return;
        // Not one of its packets was good.
        if (report.packet_count == 0) return self.output.abort();
        const statistics = self.output.statistics;
        var missing: []const u64 = &.{};
        if (report.missing_count > 0) {
            statistics.incomplete_frames += 1;
            missing = report.missing;
            if (!self.mend(missing)) {
                statistics.discarded_frames += 1;
                self.output.abort();
                return;
            }
        }
        if (self.conversion) |*conversion| {
            conversion.is_filled = conversion.is_filled or report.missing_count == 0;
            conversion.picture = null;
        }
        if (self.geometry.scan == .interlaced and report.timestamps[0] != null and
            report.timestamps[0] == report.timestamps[1]) statistics.oddities |= Oddity.one_timestamp;
        self.output.commit(.{
            .rtp_timestamp = self.frameTimestamp(report.timestamps),
            .arrival_ns = self.arrival_ns,
            .payload_bytes = self.output.item_bytes,
            .missing = missing,
            .missing_rows_each = self.geometry.group.rows,
        });
    }

    /// That of the first field; if it has not come, half a frame before the second.
    fn frameTimestamp(self: *const VideoReceiver, timestamps: [2]?u32) u32 {
        if (timestamps[0]) |timestamp| return timestamp;
        const half_ticks: u32 = @intCast(self.frame_ns * st2110.timestamp.video_hz / (2 * std.time.ns_per_s));
        return timestamps[1].? -% if (self.geometry.scan == .interlaced) half_ticks else 0;
    }

    /// Makes what it can of a frame with missing rows; false if it is not to be delivered.
    fn mend(self: *VideoReceiver, missing: []const u64) bool {
        switch (self.policy) {
            .drop => return false,
            .conceal => if (self.conversion) |*conversion| {
                if (!conversion.is_filled) return false;
            } else {
                const previous = self.output.previous() orelse return false;
                self.copyRows(missing, previous);
            },
            .deliver => {},
        }
        if (self.policy == .conceal) {
            for (missing) |word| self.output.statistics.concealed_rows += @popCount(word) * self.geometry.group.rows;
        }
        if (self.conversion) |*conversion| {
            var rows: RowIterator = .{ .words = missing };
            while (rows.next()) |row| conversion.convertRow(self.geometry.row_bytes, row);
        }
        return true;
    }

    fn copyRows(self: *VideoReceiver, missing: []const u64, previous: []const u8) void {
        const slot = self.output.loan().?; // It is on loan.
        var rows: RowIterator = .{ .words = missing };
        while (rows.next()) |row| {
            const start = self.offset + @as(usize, row) * self.depacketizer.stride_bytes;
            @memcpy(slot[start..][0..self.geometry.row_bytes], previous[start..][0..self.geometry.row_bytes]);
        }
    }

    /// When a frame that nothing more comes for is given up (monotonic).
    pub fn dueNs(self: *const VideoReceiver) ?u64 {
        if (self.depacketizer.state != .open) return null;
        return self.arrival_ns + @max(silence_ns_min, 2 * self.frame_ns);
    }

    pub fn tick(self: *VideoReceiver, now_ns: u64) void {
        if (now_ns >= self.dueNs() orelse return) self.finish();
    }

    /// The stream begins anew with the packet that comes next.
    pub fn restart(self: *VideoReceiver) void {
        if (self.depacketizer.state != .idle) self.finish();
        self.depacketizer.restart();
    }

    /// The slot on loan has moved, or is gone.
    pub fn retarget(self: *VideoReceiver, slot: ?[]u8) void {
        if (self.depacketizer.target == null) return;
        if (slot == null) self.output.statistics.dropped_frames += 1;
        self.depacketizer.retarget(self.targetOf(slot)) catch unreachable;
    }

    /// Brings the statistics up to date.
    pub fn tell(self: *const VideoReceiver) void {
        const statistics = self.output.statistics;
        const counters = &self.depacketizer.counters;
        statistics.truncated = counters.truncated;
        statistics.malformed = counters.empty_segment;
        statistics.split_group = counters.split_group;
        statistics.outside = counters.outside;
        statistics.timestamp_jumps = counters.jumps;
        if (counters.frame_numbered > 0) statistics.oddities |= Oddity.frame_numbered;
        if (counters.many_segments > 0) statistics.oddities |= Oddity.many_segments;
    }

    /// Packets of frames that were over.
    pub fn lateCount(self: *const VideoReceiver) u64 {
        return self.depacketizer.counters.late;
    }
};

const RowIterator = struct {
    words: []const u64,
    index: usize = 0,
    left: u64 = 0,

    fn next(self: *RowIterator) ?u32 {
        while (self.left == 0) {
            if (self.index == self.words.len) return null;
            self.left = self.words[self.index];
            self.index += 1;
        }
        const bit: u32 = @ctz(self.left);
        self.left &= self.left - 1;
        return @intCast((self.index - 1) * 64 + bit);
    }
};
