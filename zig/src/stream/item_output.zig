//! Where a receiver puts its items: slots of a ring that somebody else has made and reads.
//!
//! One slot is on loan while an item is made. When there is none the item passes, and is counted: a receiver never
//! waits for a reader.

const std = @import("std");
const layout = @import("../ring_layout.zig");
const st2110 = @import("../st2110.zig");
const tai = @import("../tai.zig");
const Error = @import("../result.zig").Error;
const configuration = @import("receiver_config.zig");

const Statistics = configuration.Statistics;

const Rate = st2110.timestamp.Rate;

/// Bits of the header's flags, as core/message/message.ts has them.
pub const Flag = struct {
    pub const discontinuity: u32 = 2;
    pub const keyframe: u32 = 4;
};

/// The writer's side of a ring, whatever its pin rule.
pub const Sink = struct {
    ring: *anyopaque,
    handle: u32,
    writer: u32,
    functions: *const Functions,

    pub const Functions = struct {
        loan: *const fn (*anyopaque, writer: u32) Error!u32,
        commit: *const fn (*anyopaque, writer: u32, slot: u32) Error!void,
        abort: *const fn (*anyopaque, writer: u32, slot: u32) Error!void,
        header: *const fn (*anyopaque, slot: u32) *layout.SlotHeader,
        payload: *const fn (*anyopaque, slot: u32) []u8,
        metadata: *const fn (*anyopaque, slot: u32) []u8,
        /// Gives back the hold on the ring.
        release: *const fn (handle: u32) void,
    };

    /// Of a ring that is held until `release`.
    pub fn of(ring: anytype, handle: u32, writer: u32, comptime release: fn (u32) void) Sink {
        const Ring = @typeInfo(@TypeOf(ring)).pointer.child;
        const functions = struct {
            fn from(context: *anyopaque) *Ring {
                return @ptrCast(@alignCast(context));
            }
            fn loan(context: *anyopaque, token: u32) Error!u32 {
                return from(context).loan(token);
            }
            fn commit(context: *anyopaque, token: u32, slot: u32) Error!void {
                return from(context).commit(token, slot);
            }
            fn abort(context: *anyopaque, token: u32, slot: u32) Error!void {
                return from(context).abort(token, slot);
            }
            fn header(context: *anyopaque, slot: u32) *layout.SlotHeader {
                return from(context).header(slot);
            }
            fn payload(context: *anyopaque, slot: u32) []u8 {
                return from(context).payload(slot);
            }
            fn metadata(context: *anyopaque, slot: u32) []u8 {
                const geometry = from(context).geometry;
                const start = geometry.metadata_offset + @as(usize, slot) * geometry.metadata_bytes;
                return from(context).segment.memory[start..][0..geometry.metadata_bytes];
            }
            const table: Functions = .{
                .loan = loan,
                .commit = commit,
                .abort = abort,
                .header = header,
                .payload = payload,
                .metadata = metadata,
                .release = release,
            };
        };
        return .{ .ring = ring, .handle = handle, .writer = writer, .functions = &functions.table };
    }

    fn bytesOf(self: Sink, slot: u32) []u8 {
        return self.functions.payload(self.ring, slot);
    }
};

/// What the header of an item says.
pub const Stamp = struct {
    /// The time stamp as it came.
    rtp_timestamp: u32,
    /// Arrival of its last packet (monotonic).
    arrival_ns: u64,
    payload_bytes: u32,
    flags: u32 = 0,
    /// More of the metadata: JSON that begins with a comma.
    note: []const u8 = "",
    /// Rows that are missing: a bit for each, and how many rows of the picture a bit is.
    missing: []const u64 = &.{},
    missing_rows_each: u32 = 1,
};

pub const Output = struct {
    clock_hz: u32,
    /// Of the items.
    rate: Rate,
    /// A slot must hold so much.
    item_bytes: u32,
    /// Added to TAI.
    tai_shift_ns: i64 = 0,
    statistics: *Statistics,
    sink: ?Sink = null,
    /// On loan.
    slot: ?u32 = null,
    /// Committed last into this ring: nobody else writes it, and it is whole.
    newest: ?u32 = null,
    frame_number: u64 = 0,
    /// The media clock of the last item.
    ticks: ?u64 = null,
    /// What comes next does not continue what was before.
    is_broken: bool = false,
    /// From the sender's media clock to that of TAI: 0 for a sender that keeps to ST 2110-10 section 7; null before the
    /// first time stamp of a stream.
    epoch_offset: ?i64 = null,

    /// No item is this many frames after the last; who says so has begun anew.
    const leap_frames = 1 << 24;

    /// A slot to fill, of at least `item_bytes`; null is counted as a dropped item.
    pub fn loan(self: *Output) ?[]u8 {
        if (self.slot) |slot| return self.sink.?.bytesOf(slot);
        if (self.sink) |sink| {
            if (sink.functions.loan(sink.ring, sink.writer)) |slot| {
                self.slot = slot;
                return sink.bytesOf(slot);
            } else |_| {}
        }
        self.statistics.dropped_frames += 1;
        return null;
    }

    /// The payload of the item that was committed last into this ring.
    pub fn previous(self: *const Output) ?[]const u8 {
        return (self.sink orelse return null).bytesOf(self.newest orelse return null);
    }

    /// Publishes the slot on loan.
    pub fn commit(self: *Output, stamp: Stamp) void {
        const sink = self.sink.?;
        const slot = self.slot.?;
        self.slot = null;
        const near = self.nearTicks(stamp.rtp_timestamp, stamp.arrival_ns);
        const ticks = shifted(st2110.timestamp.extend(stamp.rtp_timestamp, near), self.epoch_offset.?);
        const instant_ns = st2110.timestamp.instantOf(ticks, self.clock_hz);
        // A time stamp is rounded down, so a frame begins within its tick and not at the start of it.
        const tai_frame = self.rate.frameAt(st2110.timestamp.instantOf(ticks + 1, self.clock_hz) - 1);
        self.count(ticks);
        const header = sink.functions.header(sink.ring, slot);
        header.timestamp_ns = @bitCast(instant_ns);
        header.source_timestamp_ns = @bitCast(instant_ns);
        header.frame_number = self.frame_number;
        header.tai_frame = tai_frame;
        header.clock_id = 0;
        header.flags = stamp.flags | if (self.is_broken) Flag.discontinuity else 0;
        header.payload_bytes = stamp.payload_bytes;
        header.metadata_bytes = writeMetadata(sink.functions.metadata(sink.ring, slot), stamp);
        header.monotonic_ns = stamp.arrival_ns;
        self.is_broken = false;
        sink.functions.commit(sink.ring, sink.writer, slot) catch {
            self.statistics.dropped_frames += 1;
            return;
        };
        self.newest = slot;
        self.statistics.frames += 1;
    }

    /// The sender's media clock at a monotonic instant, to extend time stamps by.
    ///
    /// A first time stamp that is more than a second off is of a sender that counts from elsewhere (RFC 3550 has a random
    /// start; a clock may be 37 s off): from then on it means its arrival, and the statistics say so.
    pub fn nearTicks(self: *Output, rtp_timestamp: u32, arrival_ns: u64) u64 {
        const tai_ticks = self.ticksAt(arrival_ns);
        const offset = self.epoch_offset orelse blk: {
            const ticks = st2110.timestamp.extend(rtp_timestamp, tai_ticks);
            const distance = @as(i64, @intCast(tai_ticks)) - @as(i64, @intCast(ticks));
            const is_other = @abs(distance) > self.clock_hz;
            if (is_other) self.statistics.oddities |= configuration.Oddity.other_epoch;
            break :blk if (is_other) distance else 0;
        };
        self.epoch_offset = offset;
        return shifted(tai_ticks, -offset);
    }

    /// Another stream begins.
    pub fn restart(self: *Output) void {
        self.is_broken = true;
        self.epoch_offset = null;
    }

    fn shifted(ticks: u64, by: i64) u64 {
        return @intCast(std.math.clamp(@as(i65, @intCast(ticks)) + by, 0, std.math.maxInt(i64)));
    }

    /// The media clock of TAI at a monotonic instant.
    pub fn ticksAt(self: *const Output, monotonic_ns: u64) u64 {
        const tai_ns = @as(i65, tai.taiOf(monotonic_ns)) + self.tai_shift_ns;
        return st2110.timestamp.ticksAt(@intCast(std.math.clamp(tai_ns, 0, std.math.maxInt(i64))), self.clock_hz);
    }

    /// Frame numbers count what was skipped and never go back. They go by the distance of items and not by the frames
    /// of TAI, because a sender may be out of step with those.
    fn count(self: *Output, ticks: u64) void {
        const before = self.ticks orelse {
            self.ticks = ticks;
            return;
        };
        self.ticks = ticks;
        const period = @as(u128, self.rate.den) * self.clock_hz;
        const frames = (@as(u128, ticks -| before) * self.rate.num * 2 + period) / (2 * period);
        if (ticks < before or frames >= leap_frames) self.is_broken = true;
        // Fields are items, less than a frame apart.
        self.frame_number += if (frames >= leap_frames) 1 else @max(1, @as(u64, @intCast(frames)));
    }

    /// Gives the slot on loan back unused.
    pub fn abort(self: *Output) void {
        const slot = self.slot orelse return;
        self.slot = null;
        const sink = self.sink.?;
        sink.functions.abort(sink.ring, sink.writer, slot) catch {};
    }

    /// Goes on with another ring, or with none. The item on loan moves, if there is a slot for it: true. What is given
    /// here is released in its time; after an error the caller still has it.
    pub fn move(self: *Output, to: ?Sink) Error!bool {
        if (to) |sink| {
            // Slots are of one size.
            if (sink.bytesOf(0).len < self.item_bytes) return error.OutOfSpace;
        }
        const from = self.sink;
        const from_slot = self.slot;
        const moved: ?u32 = blk: {
            const slot = from_slot orelse break :blk null;
            const sink = to orelse break :blk null;
            const target = sink.functions.loan(sink.ring, sink.writer) catch break :blk null;
            @memcpy(sink.bytesOf(target)[0..self.item_bytes], from.?.bytesOf(slot)[0..self.item_bytes]);
            break :blk target;
        };
        self.abort();
        self.sink = to;
        self.slot = moved;
        self.newest = null;
        if (from) |sink| sink.functions.release(sink.handle);
        return moved != null;
    }

    /// Lets go of the ring.
    pub fn close(self: *Output) void {
        _ = self.move(null) catch unreachable; // Nothing is refused.
    }
};

pub const metadata_bytes_max = 512;

/// JSON: the time stamp, and which rows are missing, as far as they fit. Returns its length; 0 if nothing fits.
fn writeMetadata(target: []u8, stamp: Stamp) u32 {
    const room = target[0..@min(target.len, metadata_bytes_max)];
    var writer: std.Io.Writer = .fixed(room);
    writeJson(&writer, stamp) catch {
        writer = .fixed(room);
        writer.print("{{\"rtpTimestamp\":{d}}}", .{stamp.rtp_timestamp}) catch return 0;
    };
    return @intCast(writer.end);
}

fn writeJson(writer: *std.Io.Writer, stamp: Stamp) std.Io.Writer.Error!void {
    try writer.print("{{\"rtpTimestamp\":{d}{s}", .{ stamp.rtp_timestamp, stamp.note });
    var count: u32 = 0;
    for (stamp.missing) |word| count += @popCount(word);
    if (count > 0) {
        try writer.print(",\"missingRowCount\":{d},\"missingRows\":[", .{count * stamp.missing_rows_each});
        try writeRuns(writer, stamp);
        try writer.writeByte(']');
    }
    try writer.writeByte('}');
}

/// The longest of ",[32767,32767]" and the closing "]}".
const run_bytes_max = 14 + 2;

fn writeRuns(writer: *std.Io.Writer, stamp: Stamp) std.Io.Writer.Error!void {
    const each = stamp.missing_rows_each;
    const rows = stamp.missing.len * 64;
    var row: usize = 0;
    var is_first = true;
    while (row < rows) {
        if (!isMissing(stamp.missing, row)) {
            row += 1;
            continue;
        }
        const start = row;
        while (row < rows and isMissing(stamp.missing, row)) row += 1;
        // What does not fit is left out: the count tells.
        if (writer.buffer.len - writer.end < run_bytes_max) return;
        if (!is_first) try writer.writeByte(',');
        is_first = false;
        try writer.print("[{d},{d}]", .{ start * each, (row - start) * each });
    }
}

fn isMissing(words: []const u64, row: usize) bool {
    return words[row / 64] >> @truncate(row % 64) & 1 != 0;
}

const expectEqual = std.testing.expectEqual;

test "count() goes by the distance of items, rounded, and flags what goes back" {
    var statistics: Statistics = .{};
    var output: Output = .{
        .clock_hz = 90_000,
        .rate = .{ .num = 60_000, .den = 1001 },
        .item_bytes = 1,
        .statistics = &statistics,
    };
    const start = 1 << 40;
    // One by one, two left out, half a frame, the same instant, back.
    const steps = [_]struct { i64, u64, bool }{
        .{ 0, 0, false },    .{ 1501, 1, false }, .{ 3003, 2, false },
        .{ 7507, 5, false }, .{ 8258, 6, false }, .{ 8258, 7, false },
        .{ 9009, 8, false }, .{ -500, 9, true },  .{ 1000, 10, false },
    };
    for (steps) |step| {
        output.is_broken = false;
        output.count(@intCast(start + step[0]));
        try expectEqual(step[1], output.frame_number);
        try expectEqual(step[2], output.is_broken);
    }
}

test "nearTicks() takes a time stamp that is far off for the arrival of the first" {
    const second = 90_000;
    const now = std.time.ns_per_s * 1_000_000;
    inline for (.{ .{ 0, 0 }, .{ second, 0 }, .{ -second, 0 }, .{ second + 1, -second - 1 }, .{ -37 * second, 37 * second } }) |case| {
        var statistics: Statistics = .{};
        var output: Output = .{
            .clock_hz = second,
            .rate = .{ .num = 25, .den = 1 },
            .item_bytes = 1,
            .statistics = &statistics,
        };
        const tai_ticks = output.ticksAt(now);
        const timestamp: u32 = @truncate(@as(u64, @intCast(@as(i64, @intCast(tai_ticks)) + case[0])));
        const near = output.nearTicks(timestamp, now);
        try expectEqual(@as(?i64, case[1]), output.epoch_offset);
        try expectEqual(case[1] != 0, statistics.oddities == configuration.Oddity.other_epoch);
        // The offset stays: a packet a second later means a second later, whatever its arrival.
        _ = output.nearTicks(timestamp +% second, now + 9 * std.time.ns_per_s);
        try expectEqual(@as(?i64, case[1]), output.epoch_offset);
        const ticks = Output.shifted(st2110.timestamp.extend(timestamp, near), output.epoch_offset.?);
        try expectEqual(if (case[1] == 0) tai_ticks +% @as(u64, @bitCast(@as(i64, case[0]))) else tai_ticks, ticks);
        output.restart();
        try expectEqual(@as(?i64, null), output.epoch_offset);
    }
}

test "writeMetadata() names rows as far as there is room" {
    var buffer: [1024]u8 = undefined;
    var stamp: Stamp = .{ .rtp_timestamp = 4_294_967_295, .arrival_ns = 0, .payload_bytes = 0 };
    const whole = "{\"rtpTimestamp\":4294967295}";
    try expectEqual(@as(u32, whole.len), writeMetadata(&buffer, stamp));
    try std.testing.expectEqualStrings(whole, buffer[0..whole.len]);
    try expectEqual(@as(u32, 0), writeMetadata(buffer[0..10], stamp));
    stamp.missing = &.{ 0b1011, 1 << 63, 1 };
    stamp.missing_rows_each = 2;
    const some = "{\"rtpTimestamp\":4294967295,\"missingRowCount\":10,\"missingRows\":[[0,4],[6,2],[254,4]]}";
    try expectEqual(@as(u32, some.len), writeMetadata(&buffer, stamp));
    try std.testing.expectEqualStrings(some, buffer[0..some.len]);
    const many: [512]u64 = @splat(0x5555_5555_5555_5555);
    stamp.missing = &many;
    for (0..metadata_bytes_max + 8) |room| {
        const length = writeMetadata(buffer[0..room], stamp);
        try std.testing.expect(length <= room and length <= metadata_bytes_max);
        if (length == 0) continue;
        const parsed = try std.json.parseFromSlice(std.json.Value, std.testing.allocator, buffer[0..length], .{});
        defer parsed.deinit();
        const count = parsed.value.object.get("missingRowCount") orelse continue;
        try expectEqual(@as(i64, 512 * 32 * 2), count.integer);
    }
}
