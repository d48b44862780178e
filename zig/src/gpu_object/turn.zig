//! One recording of a stream, from `begin` until the device has done it: what it names, which is held so long, and what
//! it waits for.

const std = @import("std");
const resources = @import("resource.zig");
const streams = @import("stream.zig");
const waits_max = @import("../gpu/stream.zig").waits_max;
const Error = @import("../result.zig").Error;
const Point = @import("../gpu/timeline.zig").Point;

const gpa = std.heap.page_allocator;

const uses_max = 4096;

/// What commands since the last barrier have done with it.
pub const Pending = enum { nothing, read, write };

pub const Use = struct {
    resource: u32,
    /// Of a pool.
    slot: u32 = 0,
    /// The stream's number among those that use the resource.
    user: u32 = 0,
    is_written: bool = false,
    /// Its frame was given out.
    is_committed: bool = false,
    /// Its image gets its layout here.
    is_settled: bool = false,
    pending: Pending = .nothing,
};

/// A point to wait for, whose stream is held.
pub const Wait = struct { stream: u32, point: Point };

pub const Turn = struct {
    /// Of the stream's timeline when the work is done; 0 before it is submitted.
    value: u64 = 0,
    uses: std.ArrayList(Use) = .empty,
    waits: std.ArrayList(Wait) = .empty,

    pub fn find(self: *Turn, resource: u32, slot: u32) ?*Use {
        for (self.uses.items) |*use| if (use.resource == resource and use.slot == slot) return use;
        return null;
    }

    /// Adds what is not there yet, and holds it.
    pub fn add(self: *Turn, use: Use) Error!*Use {
        if (self.uses.items.len == uses_max) return error.OutOfSpace;
        try self.uses.ensureUnusedCapacity(gpa, 1);
        try resources.table.hold(use.resource);
        self.uses.appendAssumeCapacity(use);
        return &self.uses.items[self.uses.items.len - 1];
    }

    /// Waits for a point too. Of one stream the later point is enough.
    pub fn wait(self: *Turn, stream: u32, point: Point) Error!void {
        for (self.waits.items) |*one| {
            if (one.stream != stream) continue;
            one.point.value = @max(one.point.value, point.value);
            return;
        }
        if (self.waits.items.len == waits_max) return error.OutOfSpace;
        try self.waits.ensureUnusedCapacity(gpa, 1);
        try streams.table.hold(stream);
        self.waits.appendAssumeCapacity(.{ .stream = stream, .point = point });
    }

    /// Lets go of everything; the memory of the lists stays.
    pub fn release(self: *Turn) void {
        for (self.uses.items) |use| resources.table.drop(use.resource) catch unreachable;
        for (self.waits.items) |one| streams.table.drop(one.stream) catch unreachable;
        self.uses.clearRetainingCapacity();
        self.waits.clearRetainingCapacity();
        self.value = 0;
    }

    pub fn deinit(self: *Turn) void {
        self.release();
        self.uses.deinit(gpa);
        self.waits.deinit(gpa);
    }
};
