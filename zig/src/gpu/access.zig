//! Who uses a buffer or an image on the device, so that who comes next waits for them there and the host for nobody.
//!
//! Readers wait for who wrote last; who writes waits for all others. Points that are reached are not named.

const Error = @import("failure.zig").Error;
const Point = @import("timeline.zig").Point;
const Timeline = @import("timeline.zig").Timeline;

pub const users_max = @import("frame_pool.zig").readers_max;

pub const Access = struct {
    written: ?Point = null,
    /// The last use by each user, writing or not.
    notes: [users_max]?Point = @splat(null),

    /// What the next use must wait for.
    pub fn before(self: *const Access, writes: bool, waits: *[users_max]Point) Error![]Point {
        if (!writes) {
            const point = self.written orelse return waits[0..0];
            if (try isReached(point)) return waits[0..0];
            waits[0] = point;
            return waits[0..1];
        }
        var count: usize = 0;
        for (self.notes) |noted| {
            const point = noted orelse continue;
            if (try isReached(point)) continue;
            waits[count] = point;
            count += 1;
        }
        return waits[0..count];
    }

    /// A user has submitted work that uses it, done at `point`.
    pub fn note(self: *Access, user: u32, point: Point, writes: bool) void {
        self.notes[user] = point;
        if (writes) self.written = point;
    }

    /// A user has ended, and its work is done.
    pub fn forget(self: *Access, user: u32, timeline: *const Timeline) void {
        self.notes[user] = null;
        if (self.written) |point| if (point.timeline == timeline) {
            self.written = null;
        };
    }

    /// Whether what the device writes is there.
    pub fn isWritten(self: *const Access) Error!bool {
        return isReached(self.written orelse return true);
    }

    /// Whether no work that uses it is under way.
    pub fn isIdle(self: *const Access) Error!bool {
        for (self.notes) |point| if (point) |one| if (!try isReached(one)) return false;
        return true;
    }
};

fn isReached(point: Point) Error!bool {
    return try point.timeline.value() >= point.value;
}
