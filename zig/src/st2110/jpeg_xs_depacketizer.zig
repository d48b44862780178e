//! ST 2110-22 packets with JPEG XS into coded pictures (RFC 9134).
//!
//! A picture is a picture segment: boxes and codestream of a frame, or of one field of an interlaced frame. The caller
//! gives a buffer for each and is told when it is over. One call of `receive` does one thing:
//!
//!     placed      the data is in the picture
//!     completed   so it is, and it was the last: call `finish`
//!     ended       the packet belongs to the next picture: call `finish`, then receive it again
//!     wanted      a picture begins: call `begin` with a buffer, or with null to let it pass, then receive it again
//!     dropped     refused and counted
//!
//! Packets must come in the order of their sequence numbers: where the network reorders, the jitter buffer stands
//! before this. One that is behind is late and cannot do harm. What is missing is known from the sequence numbers: in
//! codestream mode (K = 0) the number of a packet minus its place in the picture is the number of the first packet.
//!
//! In codestream mode all packets but the last have one size, so each has its place, and holes become zeros. In
//! slice mode (K = 1) units have sizes of their own: data is put together as it comes, without holes. Slice mode with
//! packets sent out of order (T = 0) is refused.

const std = @import("std");
const jpeg_xs = @import("jpeg_xs.zig");
const packet = @import("../rtp/packet.zig");
const source = @import("../rtp/source.zig");

pub const Outcome = enum { placed, completed, ended, wanted, dropped };

/// Why packets were dropped, and what else was seen.
pub const Counters = struct {
    packets: u64 = 0,
    /// The payload ends within its header.
    truncated: u64 = 0,
    /// Nothing after the header.
    empty: u64 = 0,
    /// The I field has the value that means nothing.
    reserved_part: u64 = 0,
    /// T = 0: sent out of order.
    unordered: u64 = 0,
    /// A sequence number that is far off, and not confirmed by the next packet.
    jumps: u64 = 0,
    /// Behind what was taken: late, or it came before.
    late: u64 = 0,
    /// SEP and P contradict the sequence numbers, or the mode changed within a picture.
    inconsistent: u64 = 0,
    /// Of another size than the packets before, and not the last.
    uneven: u64 = 0,
    /// The last of a picture when the size of the others was never seen.
    unplaceable: u64 = 0,
    /// Beyond the longest picture.
    too_long: u64 = 0,
    /// Of a picture that is over.
    after_end: u64 = 0,
    /// Of pictures that were let pass for want of a buffer.
    unwanted: u64 = 0,
    /// Packets that pictures lacked.
    missing: u64 = 0,
    /// Pictures whose last packet said neither M nor L, though it was there.
    pictures_unmarked: u64 = 0,
    pictures_unwanted: u64 = 0,
    pictures_complete: u64 = 0,
    pictures_incomplete: u64 = 0,
};

pub const End = enum {
    /// The last packet came.
    marker,
    /// A packet of another picture came.
    newer,
    /// The sender began anew.
    restarted,
    /// The caller ended it.
    closed,
};

/// A picture that is over.
pub const Report = struct {
    end: End,
    /// Null if no packet came.
    timestamp: ?u32,
    part: jpeg_xs.Part,
    /// The F counter of its first packet that came.
    frame: u5,
    /// The length of the picture in the buffer. If packets are missing at its end it is shorter than it was.
    bytes: u32,
    packet_count: u32,
    /// Packets that did not come or were refused; at least so many if the end is `restarted` or `closed`.
    missing_count: u64,
    /// False if it was let pass.
    wanted: bool,

    pub fn isComplete(self: Report) bool {
        return self.missing_count == 0;
    }
};

pub const Depacketizer = struct {
    /// Of the longest picture, and at least so many in each buffer.
    bytes_max: u32,
    sequence: source.Sequence(u16) = .{},
    /// The number of the last packet that was taken, or is accounted for.
    newest: ?i64 = null,
    /// Of data in a packet that is not the last, as the picture before had it.
    piece_bytes: ?u32 = null,
    /// The picture that was last.
    last_key: ?Key = null,
    state: State = .idle,
    target: ?[]u8 = null,
    picture: Picture = .{},
    counters: Counters = .{},

    const State = enum { idle, open, over };
    const Key = struct { timestamp: u32, part: jpeg_xs.Part };

    const Picture = struct {
        end: End = .closed,
        key: ?Key = null,
        mode: jpeg_xs.Mode = .codestream,
        frame: u5 = 0,
        /// The numbers of its first packet and of its last, whether they came or not.
        first: i64 = 0,
        last: i64 = 0,
        piece_bytes: ?u32 = null,
        bytes: u32 = 0,
        packet_count: u32 = 0,
    };

    pub fn init(bytes_max: u32) Depacketizer {
        return .{ .bytes_max = bytes_max };
    }

    /// Begins the picture that `wanted` spoke of. The buffer is written to until `finish`; without one it passes.
    pub fn begin(self: *Depacketizer, target: ?[]u8) error{OutOfSpace}!void {
        if (target) |bytes| {
            if (bytes.len < self.bytes_max) return error.OutOfSpace;
        } else {
            self.counters.pictures_unwanted += 1;
        }
        self.target = target;
        self.state = .open;
        self.picture = .{};
    }

    /// Ends the picture. After `completed` and `ended`, or at any time to close it; null if none is open.
    pub fn finish(self: *Depacketizer) ?Report {
        if (self.state == .idle) return null;
        const picture = &self.picture;
        if (self.state == .open) self.end(.closed, picture.last + 1);
        self.state = .idle;
        if (picture.key) |key| self.last_key = key;
        if (picture.piece_bytes) |bytes| self.piece_bytes = bytes;
        const missing: u64 = if (picture.key == null)
            1
        else
            @intCast(picture.last - picture.first + 1 - picture.packet_count);
        const wanted = self.target != null;
        self.target = null;
        if (wanted) {
            self.counters.missing += missing;
            if (missing == 0) self.counters.pictures_complete += 1 else self.counters.pictures_incomplete += 1;
        }
        return .{
            .end = picture.end,
            .timestamp = if (picture.key) |key| key.timestamp else null,
            .part = if (picture.key) |key| key.part else .progressive,
            .frame = picture.frame,
            .bytes = picture.bytes,
            .packet_count = picture.packet_count,
            .missing_count = missing,
            .wanted = wanted,
        };
    }

    /// Takes one packet of the stream.
    pub fn receive(self: *Depacketizer, one: packet.Packet) Outcome {
        const payload = jpeg_xs.parse(one.payload) catch |err| return self.drop(switch (err) {
            error.Truncated => &self.counters.truncated,
            error.Empty => &self.counters.empty,
            error.ReservedPart => &self.counters.reserved_part,
            error.UnorderedCodestream => &self.counters.unordered,
        });
        if (!payload.header.sequential) return self.drop(&self.counters.unordered);
        if (self.state == .over) return .ended;
        const number: i64 = switch (self.sequence.step(one.sequence)) {
            .extended => |extended| @intCast(extended),
            .jump => return self.drop(&self.counters.jumps),
            .restarted => |extended| restarted: {
                self.newest = null;
                self.last_key = null;
                if (self.state == .open) {
                    self.end(.restarted, self.picture.last + 1);
                    return .ended;
                }
                break :restarted @intCast(extended);
            },
        };
        if (self.newest) |newest| {
            if (number <= newest) return self.drop(&self.counters.late);
        }
        const key: Key = .{ .timestamp = one.timestamp, .part = payload.header.part };
        if (self.picture.key != null and self.state == .open) {
            if (std.meta.eql(self.picture.key.?, key)) return self.take(one.marker, payload, number);
        } else if (self.last_key) |last| {
            if (std.meta.eql(last, key)) return self.drop(&self.counters.after_end);
        }
        return self.another(key, one.marker, payload, number);
    }

    /// A packet of another picture than the last one.
    fn another(self: *Depacketizer, key: Key, marker: bool, payload: jpeg_xs.Payload, number: i64) Outcome {
        const header = payload.header;
        const first = self.firstOf(header, number);
        if (self.newest) |newest| {
            if (header.mode == .codestream and first <= newest) return self.drop(&self.counters.inconsistent);
        }
        const pieces = self.picture.piece_bytes orelse self.piece_bytes;
        if (header.mode == .codestream and (header.last or marker) and header.index() > 0 and pieces == null) {
            return self.drop(&self.counters.unplaceable);
        }
        if (self.state == .idle) return .wanted;
        if (self.picture.key != null) {
            const last = if (header.mode == .codestream) first - 1 else number - 1;
            if (last == self.picture.last) self.counters.pictures_unmarked += 1;
            self.newest = last;
            self.end(.newer, last);
            return .ended;
        }
        self.picture.key = key;
        self.picture.mode = header.mode;
        self.picture.frame = header.frame;
        self.picture.first = first;
        self.picture.last = first - 1;
        const outcome = self.take(marker, payload, number);
        // What is refused does not say which picture this is.
        if (outcome == .dropped) self.picture = .{};
        return outcome;
    }

    /// The number of the first packet of the picture to which this one belongs, as far as it can be told.
    fn firstOf(self: Depacketizer, header: jpeg_xs.Header, number: i64) i64 {
        if (header.mode == .codestream) return number - header.index();
        if (header.extension == jpeg_xs.header_segment and header.packet == 0) return number;
        // At least one is missing. All that is missing since the last picture belongs to this one.
        return @min(number - 1, if (self.newest) |newest| newest + 1 else number - 1);
    }

    fn take(self: *Depacketizer, marker: bool, payload: jpeg_xs.Payload, number: i64) Outcome {
        const picture = &self.picture;
        const header = payload.header;
        const data = payload.data;
        if (header.mode != picture.mode) return self.drop(&self.counters.inconsistent);
        var offset: u64 = picture.bytes;
        var last = marker;
        if (header.mode == .codestream) {
            if (number - header.index() != picture.first) return self.drop(&self.counters.inconsistent);
            last = marker or header.last;
            const known = picture.piece_bytes orelse if (last) self.piece_bytes else null;
            const piece_bytes = known orelse @as(u32, @intCast(data.len));
            if (data.len > piece_bytes or (data.len < piece_bytes and !last)) {
                // Alone, the last may be longer than what the picture before was cut into.
                if (header.index() > 0 or !last) return self.drop(&self.counters.uneven);
            }
            offset = @as(u64, header.index()) * piece_bytes;
        }
        if (offset + data.len > self.bytes_max) return self.drop(&self.counters.too_long);
        if (header.mode == .codestream and !last) picture.piece_bytes = @intCast(data.len);
        if (self.target) |target| {
            const start: usize = @intCast(offset);
            @memset(target[picture.bytes..start], 0);
            @memcpy(target[start..][0..data.len], data);
        } else {
            self.counters.unwanted += 1;
        }
        self.counters.packets += 1;
        self.newest = number;
        picture.last = number;
        picture.bytes = @intCast(offset + data.len);
        picture.packet_count += 1;
        if (!last) return .placed;
        self.end(.marker, number);
        return .completed;
    }

    fn end(self: *Depacketizer, how: End, last: i64) void {
        self.state = .over;
        self.picture.end = how;
        self.picture.last = last;
    }

    fn drop(self: *Depacketizer, counter: *u64) Outcome {
        _ = self;
        counter.* += 1;
        return .dropped;
    }
};

test {
    _ = @import("jpeg_xs_test.zig");
}
