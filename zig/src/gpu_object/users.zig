//! The streams that have used a resource, each with a number, and held: a point names a timeline, which must not go.

const streams = @import("stream.zig");
const Error = @import("../result.zig").Error;
const Timeline = @import("../gpu/timeline.zig").Timeline;
const users_max = @import("../gpu/access.zig").users_max;

pub const Users = struct {
    entries: [users_max]User = @splat(.{}),

    const User = struct {
        /// 0 for a free place.
        stream: u32 = 0,
        timeline: *const Timeline = undefined,
    };

    /// The number of a stream that is open; it is held from then on.
    pub fn number(self: *Users, stream: u32, timeline: *const Timeline) Error!u32 {
        if (self.find(stream)) |found| return found;
        for (&self.entries, 0..) |*entry, i| {
            if (entry.stream != 0) continue;
            try streams.table.hold(stream);
            entry.* = .{ .stream = stream, .timeline = timeline };
            return @intCast(i);
        }
        return error.TooManyHandles;
    }

    pub fn find(self: *const Users, stream: u32) ?u32 {
        for (self.entries, 0..) |entry, i| if (entry.stream == stream) return @intCast(i);
        return null;
    }

    pub fn streamOf(self: *const Users, timeline: *const Timeline) ?u32 {
        for (self.entries) |entry| if (entry.stream != 0 and entry.timeline == timeline) return entry.stream;
        return null;
    }

    pub fn remove(self: *Users, user: u32) void {
        streams.table.drop(self.entries[user].stream) catch unreachable;
        self.entries[user] = .{};
    }

    pub fn release(self: *Users) void {
        for (self.entries, 0..) |entry, i| if (entry.stream != 0) self.remove(@intCast(i));
    }
};
