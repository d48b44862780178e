//! What goes with a message besides its bytes (struct cmsghdr): written for sending, read after receiving.

const std = @import("std");
const linux = std.os.linux;

const alignment = @alignOf(usize);
const header_bytes = std.mem.alignForward(usize, @sizeOf(linux.cmsghdr), alignment);

fn spaceOf(bytes: usize) usize {
    return header_bytes + std.mem.alignForward(usize, bytes, alignment);
}

/// Room for what a message to send can have.
pub const SendBuffer = struct {
    const segment_space = spaceOf(@sizeOf(u16));
    const launch_space = spaceOf(@sizeOf(u64));

    bytes: [segment_space + launch_space]u8 align(alignment),

    /// The size of its segments and the instant to leave at; 0 is none. Returns how many bytes the kernel is to read.
    pub fn write(self: *SendBuffer, segment_bytes: u16, launch_ns: u64) usize {
        var length: usize = 0;
        if (segment_bytes != 0) {
            put(self.bytes[0..], linux.IPPROTO.UDP, linux.UDP.SEGMENT, segment_bytes);
            length += segment_space;
        }
        if (launch_ns != 0) {
            put(self.bytes[length..], linux.SOL.SOCKET, linux.SCM.TXTIME, launch_ns);
            length += launch_space;
        }
        return length;
    }

    fn put(target: []u8, level: i32, kind: i32, value: anytype) void {
        const header: *linux.cmsghdr = @ptrCast(@alignCast(target.ptr));
        header.* = .{ .len = header_bytes + @sizeOf(@TypeOf(value)), .level = level, .type = kind };
        @memcpy(target[header_bytes..][0..@sizeOf(@TypeOf(value))], std.mem.asBytes(&value));
    }
};

pub const Entry = struct {
    level: i32,
    kind: i32,
    data: []const u8,

    /// The value, if it is long enough to have one.
    pub fn value(self: Entry, comptime T: type) ?T {
        if (self.data.len < @sizeOf(T)) return null;
        return std.mem.bytesToValue(T, self.data[0..@sizeOf(T)]);
    }
};

/// Goes through what came with a message.
pub const Iterator = struct {
    bytes: []align(alignment) const u8,
    offset: usize = 0,

    pub fn next(self: *Iterator) ?Entry {
        if (self.offset + header_bytes > self.bytes.len) return null;
        const header: *const linux.cmsghdr = @ptrCast(@alignCast(self.bytes[self.offset..].ptr));
        if (header.len < header_bytes or header.len > self.bytes.len - self.offset) return null;
        const data = self.bytes[self.offset + header_bytes .. self.offset + header.len];
        self.offset += std.mem.alignForward(usize, header.len, alignment);
        return .{ .level = header.level, .kind = header.type, .data = data };
    }
};

test "what is written is read again" {
    var buffer: SendBuffer = undefined;
    try std.testing.expectEqual(@as(usize, 0), buffer.write(0, 0));
    for ([_][2]u64{ .{ 1428, 0 }, .{ 0, 1 << 40 }, .{ 1, 2 } }) |case| {
        const length = buffer.write(@intCast(case[0]), case[1]);
        var entries: Iterator = .{ .bytes = buffer.bytes[0..length] };
        if (case[0] != 0) {
            const entry = entries.next().?;
            try std.testing.expectEqual(linux.IPPROTO.UDP, entry.level);
            try std.testing.expectEqual(case[0], entry.value(u16).?);
        }
        if (case[1] != 0) {
            const entry = entries.next().?;
            try std.testing.expectEqual(linux.SCM.TXTIME, entry.kind);
            try std.testing.expectEqual(case[1], entry.value(u64).?);
            try std.testing.expectEqual(@as(?u128, null), entry.value(u128));
        }
        try std.testing.expectEqual(@as(?Entry, null), entries.next());
        // Cut short: nothing is read beyond the end.
        for (0..length) |cut| {
            entries = .{ .bytes = buffer.bytes[0..cut] };
            while (entries.next()) |_| {}
        }
    }
}
