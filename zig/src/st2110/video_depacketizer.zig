//! ST 2110-20 packets into a frame of pixel groups.
//!
//! Each packet says where its pixels belong, so they are written straight into the frame, in whatever order they come.
//! A bit for each pixel group says whether it came: that finds doubles, overlaps and missing rows exactly.
//!
//! The caller gives a buffer for each frame and is told when it is over. One call of `receive` does one thing:
//!
//!     placed      the pixels are in the frame
//!     completed   so they are, and they were the last: call `finish`
//!     ended       the packet belongs to the next frame: call `finish`, then receive it again
//!     wanted      a frame begins: call `begin` with a buffer, or with null to let it pass, then receive it again
//!     dropped     refused and counted
//!
//! A frame is over when every group is there, at the marker of its last field, or when a packet with a newer time stamp
//! comes. One frame is open at a time; a network that reorders packets needs a jitter buffer before this.
//!
//! Time stamps: both fields of an interlaced frame have their own, and are one frame if the second is less than
//! `pair_ticks` after the first. A time stamp in the past is late; one more than a second off is a jump, which is taken
//! when a second packet says the same.
//!
//! Some senders number the rows of a field as rows of the frame. A second packet of a frame that fits only so shows it;
//! from then on they are read so, until as many fit only the other way, and `counters.frame_numbered` says it.
//!
//! Speed. A 1080p60 stream has a packet every 4 us, and nearly always it is the one that follows the last: then its
//! place is known, and nothing is divided, searched or counted bit by bit. Rows are filled from the left as long as
//! they can be, which takes one number for a row; only a row that is filled in another order gets bits.

const std = @import("std");
const packet = @import("../rtp/packet.zig");
const video = @import("video.zig");

pub const Outcome = enum { placed, completed, ended, wanted, dropped };

/// Why packets were dropped, and what else was seen.
pub const Counters = struct {
    packets: u64 = 0,
    /// The payload ends before its headers, or before what they announce.
    truncated: u64 = 0,
    /// A segment without bytes beside others.
    empty_segment: u64 = 0,
    /// A length that is not whole pixel groups, or an offset within one.
    split_group: u64 = 0,
    /// A row or columns outside of the picture, or a second field where there is none.
    outside: u64 = 0,
    /// Of a frame that is over.
    late: u64 = 0,
    /// The first packet of a time stamp far off.
    jumps: u64 = 0,
    /// All of it had come before.
    duplicates: u64 = 0,
    /// Of frames that were let pass for want of a buffer.
    unwanted: u64 = 0,
    /// Frames that were let pass.
    frames_unwanted: u64 = 0,
    frames_complete: u64 = 0,
    frames_incomplete: u64 = 0,
    /// 1 if the rows of fields are numbered as those of the frame.
    frame_numbered: u64 = 0,
    /// Packets with more than three segments.
    many_segments: u64 = 0,
};

pub const End = enum {
    /// Every pixel is there.
    complete,
    /// The marker came.
    marker,
    /// A newer time stamp came.
    newer,
    /// The caller ended it.
    closed,
};

/// A frame that is over.
pub const Report = struct {
    end: End,
    /// Of the fields; null for one of which nothing came. Progressive frames have the first.
    timestamps: [2]?u32,
    /// Rows that are not whole (pairs of rows in 4:2:0): a bit for each, row 0 in the lowest. Good until `begin`.
    missing: []const u64,
    missing_count: u32,
    packet_count: u32,
    /// False if it was let pass.
    wanted: bool,
};

/// How far ahead of the pixels the frame is brought into the cache. It was last touched some frames ago, so most of a
/// copy is the wait for its memory; the processor does not look over the end of a page by itself. Two pages ahead halve
/// the time.
const fetched_ahead = 8192;
/// Of the cache; std.atomic.cache_line is a pair of them.
const line_bytes = 64;

/// Distances of time stamps from here on are jumps.
const jump_ticks = 90_000;

pub const Depacketizer = struct {
    geometry: video.Geometry,
    stride_bytes: u32,
    /// Less than a frame period and more than half of one, in ticks of 90 kHz.
    pair_ticks: u32,
    /// Of rows that are not filled from the left: a bit for each group that came. Rows begin at whole words.
    arrived: []u64,
    /// Groups that are missing, for each row.
    left: []u32,
    /// For each row: `arrived` has its groups. Else they came from the left.
    scattered: []bool,
    missing: []u64,
    rows_left: u32 = 0,
    state: State = .idle,
    target: ?[]u8 = null,
    timestamps: [2]?u32 = @splat(null),
    markers: [2]bool = @splat(false),
    packet_count: u32 = 0,
    end: End = .closed,
    /// The newest time stamp of the last frame.
    last: ?u32 = null,
    jump: ?u32 = null,
    frame_numbered: bool = false,
    /// Packets of the open frame whose rows would fit if they were numbered the other way.
    misnumbered: u32 = 0,
    follower: Follower = .none,
    /// The last length that was divided.
    piece_bytes: u32 = 0,
    piece_groups: u32 = 0,
    on_row: ?RowHook = null,
    counters: Counters = .{},

    /// Is told of each row when it is complete, while its bytes are still in the cache.
    pub const RowHook = struct {
        context: *anyopaque,
        call: *const fn (context: *anyopaque, row: u32) void,
    };

    /// Where the packet after the last one belongs, if it goes on where that ended.
    const Follower = struct {
        /// The row number and offset as they stand in the header; never equal to one if there is no follower.
        header: u32,
        row: u32,
        /// Of the target.
        start: usize,
        /// To the end of the row.
        left_bytes: u32,

        const none: Follower = .{ .header = 0x8000, .row = 0, .start = 0, .left_bytes = 0 };
    };

    const State = enum { idle, open, over };

    pub const Options = struct {
        geometry: video.Geometry,
        /// From one row of the buffers to the next.
        stride_bytes: u32,
        /// A frame lasts so many ticks of 90 kHz, rounded down. Only interlaced video looks at it.
        frame_ticks: u32,
    };

    fn rowWords(geometry: video.Geometry) usize {
        return (geometry.row_bytes / geometry.group.bytes + 63) / 64;
    }

    pub fn memoryBytes(geometry: video.Geometry) usize {
        const rows: usize = geometry.rows;
        const row_bytes = @sizeOf(u32) + @sizeOf(bool);
        return (rows * rowWords(geometry) + (rows + 63) / 64) * @sizeOf(u64) + rows * row_bytes;
    }

    /// `memory` is of `memoryBytes`, and the depacketiser's for as long as that lives.
    pub fn init(memory: []align(8) u8, options: Options) error{ OutOfRange, OutOfSpace }!Depacketizer {
        const geometry = options.geometry;
        if (options.stride_bytes < geometry.row_bytes) return error.OutOfRange;
        if (memory.len < memoryBytes(geometry)) return error.OutOfSpace;
        var allocator_state: std.heap.FixedBufferAllocator = .init(memory);
        const allocator = allocator_state.allocator();
        const rows: usize = geometry.rows;
        return .{
            .geometry = geometry,
            .stride_bytes = options.stride_bytes,
            .pair_ticks = options.frame_ticks - options.frame_ticks / 4,
            .arrived = allocator.alloc(u64, rows * rowWords(geometry)) catch unreachable,
            .missing = allocator.alloc(u64, (rows + 63) / 64) catch unreachable,
            .left = allocator.alloc(u32, rows) catch unreachable,
            .scattered = allocator.alloc(bool, rows) catch unreachable,
        };
    }

    /// How long the buffers for frames must be.
    pub fn targetBytes(self: Depacketizer) u64 {
        return @as(u64, self.geometry.rows - 1) * self.stride_bytes + self.geometry.row_bytes;
    }

    /// Begins the frame that `wanted` spoke of. The buffer is written to until `finish`; without one the frame passes.
    pub fn begin(self: *Depacketizer, target: ?[]u8) error{OutOfSpace}!void {
        if (target) |bytes| {
            if (bytes.len < self.targetBytes()) return error.OutOfSpace;
        } else {
            self.counters.frames_unwanted += 1;
        }
        self.target = target;
        self.state = .open;
        self.timestamps = @splat(null);
        self.markers = @splat(false);
        self.packet_count = 0;
        self.rows_left = self.geometry.rows;
        self.misnumbered = 0;
        self.follower = .none;
        @memset(self.scattered, false);
        @memset(self.left, self.rowGroups());
    }

    fn rowGroups(self: *const Depacketizer) u32 {
        return self.geometry.row_bytes / self.geometry.group.bytes;
    }

    /// Goes on with the frame in another buffer that holds the same bytes, or lets the rest of it pass with null.
    pub fn retarget(self: *Depacketizer, target: ?[]u8) error{OutOfSpace}!void {
        if (self.target == null) return;
        if (target) |bytes| {
            if (bytes.len < self.targetBytes()) return error.OutOfSpace;
        } else {
            self.counters.frames_unwanted += 1;
        }
        self.target = target;
        self.follower = .none;
    }

    /// Ends the frame. After `completed` and `ended`, or at any time to close it; null if none is open.
    pub fn finish(self: *Depacketizer) ?Report {
        if (self.state == .idle) return null;
        if (self.state == .open) self.end = .closed;
        self.state = .idle;
        @memset(self.missing, 0);
        for (self.left, 0..) |left, row| {
            if (left > 0) self.missing[row / 64] |= @as(u64, 1) << @truncate(row % 64);
        }
        if (self.newest()) |timestamp| self.last = timestamp;
        const wanted = self.target != null;
        if (wanted) {
            if (self.rows_left == 0) self.counters.frames_complete += 1 else self.counters.frames_incomplete += 1;
        }
        self.target = null;
        return .{
            .end = self.end,
            .timestamps = self.timestamps,
            .missing = self.missing,
            .missing_count = self.rows_left,
            .packet_count = self.packet_count,
            .wanted = wanted,
        };
    }

    /// The stream begins anew with the packet that comes next: its time stamps are compared with none. No frame is open.
    pub fn restart(self: *Depacketizer) void {
        std.debug.assert(self.state == .idle);
        self.last = null;
        self.jump = null;
    }

    fn newest(self: *const Depacketizer) ?u32 {
        return self.timestamps[1] orelse self.timestamps[0];
    }

    /// Takes one packet of the stream.
    pub fn receive(self: *Depacketizer, one: packet.Packet) Outcome {
        if (self.receiveFollower(one)) |outcome| return outcome;
        return self.receiveAny(one);
    }

    /// The packet that goes on where the last one has ended, within the same row and field; null if it is another.
    fn receiveFollower(self: *Depacketizer, one: packet.Packet) ?Outcome {
        const follower = &self.follower;
        const payload = one.payload;
        if (payload.len < video.headerBytes(1)) return null;
        const place_bits = std.mem.readInt(u32, payload[4..8], .big);
        if (place_bits != follower.header or self.state != .open) return null;
        const field: u1 = @intCast(place_bits >> 31);
        if (self.timestamps[field] != one.timestamp) return null;
        const bytes: u32 = std.mem.readInt(u16, payload[2..4], .big);
        if (bytes == 0 or bytes > follower.left_bytes or bytes > payload.len - video.headerBytes(1)) return null;
        const groups = self.groupsOf(bytes) orelse return null;
        const target = self.target orelse return null;
        const row = follower.row;
        // Only a row that is filled up to here and no further.
        if (self.scattered[row] or self.left[row] * self.geometry.group.bytes != follower.left_bytes) return null;
        fetch(target, follower.start + fetched_ahead, bytes);
        @memcpy(target[follower.start..][0..bytes], payload[video.headerBytes(1)..][0..bytes]);
        self.counters.packets += 1;
        self.packet_count += 1;
        self.jump = null;
        self.left[row] -= groups;
        if (bytes == follower.left_bytes) {
            self.endRow(row);
            self.follow(field, row, self.rowGroups());
        } else {
            follower.header += groups * self.geometry.group.columns;
            follower.start += bytes;
            follower.left_bytes -= bytes;
        }
        return self.afterPlacing(field, one.marker);
    }

    /// How many groups so many bytes are; null if they are not whole ones.
    fn groupsOf(self: *Depacketizer, bytes: u32) ?u32 {
        if (bytes == self.piece_bytes) return self.piece_groups;
        const group_bytes = self.geometry.group.bytes;
        if (bytes % group_bytes != 0) return null;
        self.piece_bytes = bytes;
        self.piece_groups = bytes / group_bytes;
        return self.piece_groups;
    }

    /// Expects next what follows the first `groups` of a row: more of it, or the next row of the field.
    fn follow(self: *Depacketizer, field: u1, frame_row: u32, groups: u32) void {
        const geometry = &self.geometry;
        var row = frame_row;
        var done = groups;
        if (done == self.rowGroups()) {
            row += if (geometry.scan == .progressive) 1 else 2;
            done = 0;
        }
        if (row >= geometry.rows) {
            self.follower = .none;
            return;
        }
        const is_field = geometry.scan != .progressive and !self.frame_numbered;
        const number = (if (is_field) row / 2 else row) * geometry.group.rows;
        const offset = done * geometry.group.columns;
        const start = done * geometry.group.bytes;
        self.follower = .{
            .header = @as(u32, field) << 31 | number << 16 | offset,
            .row = row,
            .start = @as(usize, row) * self.stride_bytes + start,
            .left_bytes = geometry.row_bytes - start,
        };
    }

    fn endRow(self: *Depacketizer, row: u32) void {
        self.rows_left -= 1;
        if (self.on_row) |hook| hook.call(hook.context, row);
    }

    fn afterPlacing(self: *Depacketizer, field: u1, marker: bool) Outcome {
        if (self.rows_left == 0) return self.over(.complete, .completed);
        return self.afterMarker(field, marker);
    }

    fn afterMarker(self: *Depacketizer, field: u1, marker: bool) Outcome {
        if (!marker) return .placed;
        self.markers[field] = true;
        if (self.markers[self.geometry.fieldCount() - 1]) return self.over(.marker, .completed);
        return .placed;
    }

    fn receiveAny(self: *Depacketizer, one: packet.Packet) Outcome {
        const payload = video.parse(one.payload) catch |err| return self.drop(switch (err) {
            error.Truncated => &self.counters.truncated,
            error.EmptySegment => &self.counters.empty_segment,
        });
        const field = payload.segment(0).field;
        if (field == 1 and self.geometry.scan == .progressive) return self.drop(&self.counters.outside);
        if (self.state == .over) return .ended;
        if (self.state == .idle) return self.receiveIdle(one.timestamp);
        switch (self.placeInTime(one.timestamp, field)) {
            .here => {},
            .late => return self.drop(&self.counters.late),
            .next => return self.over(.newer, .ended),
            .jump => return if (self.isJump(one.timestamp)) self.over(.newer, .ended) else .dropped,
        }
        self.jump = null;
        return self.take(one, payload, field);
    }

    /// Waiting for a frame: anything newer than the last begins one.
    fn receiveIdle(self: *Depacketizer, timestamp: u32) Outcome {
        const last = self.last orelse return .wanted;
        const distance: i32 = @bitCast(timestamp -% last);
        if (@abs(@as(i64, distance)) > jump_ticks) return if (self.isJump(timestamp)) .wanted else .dropped;
        if (distance <= 0) return self.drop(&self.counters.late);
        return .wanted;
    }

    /// Whether a packet before this one has said the same far time stamp, about. Counts it if not.
    fn isJump(self: *Depacketizer, timestamp: u32) bool {
        if (self.jump) |before| {
            const distance: i32 = @bitCast(timestamp -% before);
            if (@abs(@as(i64, distance)) <= jump_ticks) {
                self.last = null;
                return true;
            }
        }
        self.jump = timestamp;
        _ = self.drop(&self.counters.jumps);
        return false;
    }

    const Place = enum { here, late, next, jump };

    fn placeInTime(self: *Depacketizer, timestamp: u32, field: u1) Place {
        if (self.timestamps[field]) |mine| {
            if (timestamp == mine) return .here;
        } else if (self.timestamps[1 - field]) |other| {
            // The other field of this frame: the second is later, or at the same time in PsF.
            const ahead: i32 = @bitCast(if (field == 1) timestamp -% other else other -% timestamp);
            if (ahead >= 0 and ahead < self.pair_ticks) return .here;
        } else {
            return .here;
        }
        const distance: i32 = @bitCast(timestamp -% self.newest().?);
        if (@abs(@as(i64, distance)) > jump_ticks) return .jump;
        return if (distance < 0) .late else .next;
    }

    fn take(self: *Depacketizer, one: packet.Packet, payload: video.Payload, field: u1) Outcome {
        if (self.geometry.scan != .progressive) self.watchNumbering(payload);
        for (0..payload.segment_count) |i| {
            const segment = payload.segment(@intCast(i));
            if (segment.field != field) return self.drop(&self.counters.outside);
            if (self.check(segment)) |counter| return self.drop(counter);
        }
        self.counters.packets += 1;
        self.packet_count += 1;
        self.timestamps[field] = one.timestamp;
        if (payload.segment_count > video.segment_count_max) self.counters.many_segments += 1;
        if (self.target) |target| {
            var fresh: u32 = 0;
            var pixels = payload.pixels;
            for (0..payload.segment_count) |i| {
                const segment = payload.segment(@intCast(i));
                fresh += self.place(target, segment, pixels[0..segment.bytes]);
                pixels = pixels[segment.bytes..];
            }
            if (fresh == 0 and payload.pixels.len > 0) self.counters.duplicates += 1;
            return self.afterPlacing(field, one.marker);
        }
        self.counters.unwanted += 1;
        return self.afterMarker(field, one.marker);
    }

    /// The counter of what is wrong with a segment; null if nothing is.
    fn check(self: *Depacketizer, segment: video.Segment) ?*u64 {
        const group = self.geometry.group;
        const counters = &self.counters;
        if (segment.bytes % group.bytes != 0 or segment.offset % group.columns != 0) return &counters.split_group;
        if (segment.row % group.rows != 0) return &counters.outside;
        const start = @as(u32, segment.offset) / group.columns * group.bytes;
        if (start + segment.bytes > self.geometry.row_bytes) return &counters.outside;
        if (self.rowOf(segment, self.frame_numbered) == null) return &counters.outside;
        return null;
    }

    /// The row of the frame, null if it lies outside.
    fn rowOf(self: *const Depacketizer, segment: video.Segment, frame_numbered: bool) ?u32 {
        const row = segment.row / self.geometry.group.rows;
        if (!frame_numbered) {
            return if (row < self.geometry.fieldRows(segment.field)) self.geometry.frameRow(segment.field, row) else null;
        }
        return if (row < self.geometry.rows and row % 2 == segment.field) row else null;
    }

    /// Looks at how the rows of fields are numbered. One packet that would fit the other way may be a stray, a second one
    /// in a frame is believed.
    fn watchNumbering(self: *Depacketizer, payload: video.Payload) void {
        for (0..payload.segment_count) |i| {
            const segment = payload.segment(@intCast(i));
            if (self.rowOf(segment, self.frame_numbered) != null) continue;
            if (self.rowOf(segment, !self.frame_numbered) == null) continue;
            self.misnumbered += 1;
            if (self.misnumbered < 2) return;
            self.misnumbered = 0;
            self.frame_numbered = !self.frame_numbered;
            self.counters.frame_numbered = @intFromBool(self.frame_numbered);
            self.follower = .none;
            return;
        }
    }

    /// Returns how many groups were not there before.
    fn place(self: *Depacketizer, target: []u8, segment: video.Segment, pixels: []const u8) u32 {
        const group = self.geometry.group;
        const row = self.rowOf(segment, self.frame_numbered).?;
        const first = segment.offset / group.columns;
        const start = @as(usize, row) * self.stride_bytes + @as(usize, first) * group.bytes;
        const count: u32 = @intCast(pixels.len / group.bytes);
        if (self.left[row] > 0) @memcpy(target[start..][0..pixels.len], pixels);
        const fresh = self.mark(row, first, count);
        if (fresh > 0) {
            self.left[row] -= fresh;
            if (self.left[row] == 0) self.endRow(row);
        }
        if (count > 0) self.follow(segment.field, row, first + count);
        return fresh;
    }

    /// Notes that groups of a row have come. Returns how many had not come before.
    fn mark(self: *Depacketizer, row: u32, first: u32, count: u32) u32 {
        if (self.left[row] == 0) return 0;
        const words = rowWords(self.geometry);
        const bits = self.arrived[row * words ..][0..words];
        if (!self.scattered[row]) {
            const from_left = self.rowGroups() - self.left[row];
            if (first <= from_left) return first + count -| from_left;
            self.scattered[row] = true;
            @memset(bits, 0);
            _ = setBits(bits, 0, from_left);
        }
        return setBits(bits, first, count);
    }

    fn over(self: *Depacketizer, end: End, outcome: Outcome) Outcome {
        self.state = .over;
        self.end = end;
        return outcome;
    }

    fn drop(self: *Depacketizer, counter: *u64) Outcome {
        _ = self;
        counter.* += 1;
        return .dropped;
    }
};

/// Has the processor bring a part of the frame into its cache for writing, as far as it is there.
inline fn fetch(target: []u8, start: usize, bytes: usize) void {
    const end = @min(start + bytes, target.len);
    var place = start;
    while (place < end) : (place += line_bytes) @prefetch(&target[place], .{ .rw = .write });
}

/// Sets `count` bits from `first` on and returns how many were not set.
fn setBits(words: []u64, first: u32, count: u32) u32 {
    var fresh: u32 = 0;
    var position = first;
    const end = first + count;
    while (position < end) {
        const in_word = position % 64;
        const here = @min(64 - in_word, end - position);
        const ones = if (here == 64) std.math.maxInt(u64) else (@as(u64, 1) << @intCast(here)) - 1;
        const mask = ones << @intCast(in_word);
        const word = &words[position / 64];
        fresh += @popCount(mask & ~word.*);
        word.* |= mask;
        position += here;
    }
    return fresh;
}

test {
    _ = @import("video_test.zig");
}
