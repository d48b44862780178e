//! Frames of uncompressed video into ST 2110-20 packets on the wire.
//!
//! Pixel groups are sent from where they lie: a packet is a header and a place in the caller's frame, and the only copy
//! is the system's. Other pixel formats are converted row by row into a small scratch just before the packets of a row
//! are sent, so that the row is still in the cache and there is never a second frame in memory.

const std = @import("std");
const packet = @import("../rtp/packet.zig");
const pixel = @import("../pixel.zig");
const pixel_job = @import("../pixel/job.zig");
const refusal = @import("refusal.zig");
const st2110 = @import("../st2110.zig");
const Config = @import("sender_config.zig").Config;
const Error = @import("../result.zig").Error;
const Job = @import("sender_config.zig").Job;
const Pacer = @import("pacer.zig").Pacer;
const Wire = @import("wire.zig").Wire;
const wire_module = @import("wire.zig");

const video = st2110.video;
const video_packetizer = st2110.video_packetizer;
const Piece = wire_module.Piece;
const pieceOf = wire_module.pieceOf;

/// What is given to the system in one call: few enough that the pixels are still in the cache when it copies them.
const flushed_packets = 128;
/// Of the cache; std.atomic.cache_line is a pair of them.
const line_bytes = 64;
const scratch_bytes = 192 * 1024;
/// Of a scratch: a packet has up to three, and the rows of the packets before it are still needed.
const scratch_rows_min = 8;

pub const VideoSender = struct {
    packetizer: video_packetizer.Packetizer,
    pacer: Pacer,
    packet_count: u32,
    width: u32,
    /// Null when jobs are pixel groups.
    conversion: ?Conversion,

    /// Rows of the picture that are being sent, as pixel groups.
    const Conversion = struct {
        format: pixel_job.Format,
        rows: []u8,
        row_count: u32,
        row_bytes: u32,
        /// Rows converted of this frame, in the order of sending.
        converted: u32 = 0,
        /// The first row that what is queued on the wire needs.
        needed: u32 = 0,
    };

    pub fn init(config: Config, allocator: std.mem.Allocator) Error!VideoSender {
        const format = try config.videoFormat();
        const geometry = format.geometry() catch |err| return refusal.fromVideo(err);
        const pacing = try config.pacingOf();
        return .{
            .packetizer = .init(geometry, @intCast(config.payload_type), config.ssrc, config.first_sequence),
            .pacer = .init(try scheduleOf(config, format), .{ .pacing = switch (pacing) {
                .strict => .strict,
                .batched => .batched,
                .none => .none,
            } }, .{}),
            .packet_count = @intCast(geometry.packetCount()),
            .width = config.width,
            .conversion = if (isGroups(config)) null else try conversionOf(config, geometry, allocator),
        };
    }

    pub fn free(self: *VideoSender, allocator: std.mem.Allocator) void {
        if (self.conversion) |conversion| allocator.free(conversion.rows);
    }

    /// A pixel format above 255 is the number of the groups of a sampling and depth.
    fn isGroups(config: Config) bool {
        return config.pixel_format == 0 or config.pixel_format == 256 * config.sampling + config.depth;
    }

    fn conversionOf(config: Config, geometry: video.Geometry, allocator: std.mem.Allocator) Error!Conversion {
        const format = std.enums.fromInt(pixel_job.Format, config.pixel_format) orelse return error.NoConversion;
        const format_sampling = @backingInt(pixel.groups.samplingOf(format));
        const format_depth = @backingInt(pixel.groups.depthOf(format));
        if (format_sampling != config.sampling or format_depth != config.depth) return error.NoConversion;
        if (config.width > pixel_job.width_max or config.height > pixel_job.width_max) return error.NoConversion;
        const is_halved = config.sampling == @backingInt(st2110.pgroup.Sampling.ycbcr_422);
        if (is_halved and config.width % 2 != 0) return error.NoConversion;
        const row_count = @max(scratch_rows_min, scratch_bytes / geometry.row_bytes);
        const rows = allocator.alloc(u8, row_count * geometry.row_bytes) catch return error.OutOfMemory;
        return .{
            .format = format,
            .rows = rows,
            .row_count = @intCast(row_count),
            .row_bytes = geometry.row_bytes,
        };
    }

    /// Refuses a payload that does not hold the frame that the job describes.
    pub fn check(self: *const VideoSender, payload: []const u8, job: Job) Error!void {
        if (self.conversion) |conversion| {
            _ = pictureOf(conversion, payload, job, self.width, self.height()) catch return error.BadPayload;
            return;
        }
        const stride_bytes = self.strideOf(job);
        if (stride_bytes < self.packetizer.geometry.row_bytes) return error.BadPayload;
        const needed = job.plane_offsets[0] + video_packetizer.frameBytesNeeded(self.packetizer.geometry, stride_bytes);
        if (payload.len < needed) return error.BadPayload;
    }

    fn height(self: *const VideoSender) u32 {
        return self.packetizer.geometry.rows * self.packetizer.geometry.group.rows;
    }

    fn strideOf(self: *const VideoSender, job: Job) u32 {
        return if (job.plane_strides[0] == 0) self.packetizer.geometry.row_bytes else job.plane_strides[0];
    }

    /// Sends a frame that was checked. False if it was given up.
    pub fn send(self: *VideoSender, wire: *Wire, payload: []const u8, job: Job) bool {
        const timestamps: [2]u32 = .{ @truncate(job.media_clock), @truncate(job.second_media_clock) };
        self.pacer.begin(job.start_ns, self.packet_count);
        if (self.conversion) |*conversion| {
            const picture = pictureOf(conversion.*, payload, job, self.width, self.height()) catch unreachable;
            self.packetizer.begin(conversion.row_bytes, timestamps) catch unreachable;
            conversion.converted = 0;
            conversion.needed = 0;
            return self.sendPaced(wire, .{ .pixels = .{ .conversion = conversion, .picture = picture } });
        }
        self.packetizer.begin(self.strideOf(job), timestamps) catch unreachable;
        return self.sendPaced(wire, .{ .groups = payload[job.plane_offsets[0]..] });
    }

    const Source = union(enum) {
        groups: []const u8,
        pixels: struct { conversion: *Conversion, picture: pixel_job.Picture },
    };

    fn sendPaced(self: *VideoSender, wire: *Wire, source: Source) bool {
        const at_once = wire.batchPackets(self.packetBytes(), flushed_packets);
        if (!wire.waitForPacer(&self.pacer)) return false;
        while (self.pacer.nextBatch()) |count| {
            if (wire.isStopped()) return false;
            var left = count;
            while (left > 0) {
                const now = @min(left, at_once);
                switch (source) {
                    .groups => |groups| for (0..now) |_| self.addGroups(wire, groups),
                    .pixels => |pixels| for (0..now) |_| self.addPixels(wire, pixels.conversion, pixels.picture),
                }
                wire.flush();
                left -= now;
                if (left > 0 and wire.isStopped()) return false;
            }
        }
        wire.takePacing(self.pacer.stats);
        return true;
    }

    /// Of nearly all packets; in block packing a few have one more segment.
    pub fn packetBytes(self: *const VideoSender) u32 {
        const geometry = self.packetizer.geometry;
        const segment_count: u32 = if (geometry.packing == .gpm) 1 else 2;
        return packet.header_bytes + video.headerBytes(segment_count) + geometry.piece_bytes;
    }

    fn addGroups(self: *VideoSender, wire: *Wire, groups: []const u8) void {
        const parts = self.packetizer.nextParts() orelse return;
        var pieces: [1 + video.segment_count_max]Piece = undefined;
        pieces[0] = headerPiece(wire, &parts);
        for (parts.pieces[0..parts.piece_count], 1..) |piece, i| {
            pieces[i] = pieceOf(groups[piece.offset..][0..piece.bytes]);
            fetch(pieces[i]);
        }
        wire.add(pieces[0 .. 1 + parts.piece_count]);
    }

    fn addPixels(self: *VideoSender, wire: *Wire, conversion: *Conversion, picture: pixel_job.Picture) void {
        const first = self.rowOrder();
        const parts = self.packetizer.nextParts() orelse return;
        const end = if (self.packetizer.row_offset > 0) self.rowOrder() + 1 else self.rowOrder();
        // A row must not be converted over one that is still queued.
        if (end - conversion.needed > conversion.row_count) wire.flush();
        if (wire.queued() == 0) conversion.needed = first;
        while (conversion.converted < end) : (conversion.converted += 1) {
            const slot = conversion.rows[(conversion.converted % conversion.row_count) * conversion.row_bytes ..];
            const row = self.frameRowOf(conversion.converted);
            pixel.groups.packRows(slot[0..conversion.row_bytes], conversion.row_bytes, picture, self.width, row, 1);
        }
        var pieces: [1 + video.segment_count_max]Piece = undefined;
        pieces[0] = headerPiece(wire, &parts);
        for (parts.pieces[0..parts.piece_count], 0..) |piece, i| {
            const slot = (first + i) % conversion.row_count;
            const in_row = piece.offset % conversion.row_bytes;
            pieces[1 + i] = pieceOf(conversion.rows[slot * conversion.row_bytes + in_row ..][0..piece.bytes]);
        }
        wire.add(pieces[0 .. 1 + parts.piece_count]);
    }

    /// How many rows of the frame are sent before the one where the next packet begins.
    fn rowOrder(self: *const VideoSender) u32 {
        const geometry = self.packetizer.geometry;
        const before = if (self.packetizer.field == 0) 0 else geometry.fieldRows(0);
        // After the last field of the frame nothing comes.
        if (self.packetizer.field == geometry.fieldCount()) return geometry.rows;
        return before + self.packetizer.row;
    }

    fn frameRowOf(self: *const VideoSender, order: u32) u32 {
        const geometry = self.packetizer.geometry;
        const first_rows = geometry.fieldRows(0);
        return if (order < first_rows) geometry.frameRow(0, order) else geometry.frameRow(1, order - first_rows);
    }
};

/// Has the processor bring pixels into its cache, from where the system copies them soon.
inline fn fetch(piece: Piece) void {
    var place: usize = 0;
    while (place < piece.len) : (place += line_bytes) {
        @prefetch(piece.base + place, .{ .rw = .read, .locality = 2 });
    }
}

fn headerPiece(wire: *Wire, parts: *const video_packetizer.Parts) Piece {
    const room = wire.header();
    @memcpy(room[0..parts.header.len], &parts.header);
    return pieceOf(room[0..parts.header_bytes]);
}

fn pictureOf(
    conversion: VideoSender.Conversion,
    payload: []const u8,
    job: Job,
    width: u32,
    height: u32,
) Error!pixel_job.Picture {
    return pixel.pictureOf(payload, .{
        .format = @backingInt(conversion.format),
        .plane_offsets = job.plane_offsets[0..3].*,
        .plane_strides_bytes = job.plane_strides[0..3].*,
    }, width, height);
}

/// What is sent without pacing needs none of the instants, so it is not refused for them.
fn scheduleOf(config: Config, format: video.Format) Error!st2110.schedule.Schedule {
    const sender_type = try refusal.enumOf(st2110.schedule.Sender, config.sender_type);
    const schedule = st2110.schedule.Schedule.ofVideo(format, config.rate(), sender_type) catch |err| switch (err) {
        error.NoGap, error.TooFast => |one| if (try config.pacingOf() == .none)
            return st2110.schedule.Schedule.ofVideo(format, config.rate(), .narrow_linear) catch unreachable
        else
            return refusal.fromSchedule(one),
        error.BadRate, error.BadPacketCount => |one| return refusal.fromSchedule(one),
        else => |one| return refusal.fromVideo(one),
    };
    return schedule;
}
