//! The images behind the slots of a ring of frames that stay on a device, and who must be waited for.
//!
//! The ring itself is an ordinary one: its slots hold a `Frame`, which names the image here and the point at which it
//! is written. A pin keeps the ring's slot, but a reader lets go of it when it has submitted its work and not when the
//! device has done it. So readers leave notes: the point at which their work with a slot is done. The writer's next
//! submit into that slot waits for them, on the device. See docs/internals/gpu.md.

const std = @import("std");
const Device = @import("device.zig").Device;
const Error = @import("failure.zig").Error;
const Format = @import("image.zig").Format;
const Image = @import("image.zig").Image;
const Lock = @import("../lock.zig").Lock;
const Point = @import("timeline.zig").Point;
const Timeline = @import("timeline.zig").Timeline;
const waits_max = @import("stream.zig").waits_max;
const vk = @import("vk.zig");

/// What a slot of the ring holds: 72 bytes, which mean something where the pool can be reached.
pub const Frame = extern struct {
    /// Of the device and its driver: another device cannot use the image.
    device_uuid: [vk.uuid_bytes]u8,
    driver_uuid: [vk.uuid_bytes]u8,
    /// Which pool of the writer's process; the library's handle.
    pool: u32,
    /// Of the ring that it belongs to. A frame of an earlier one is an error and never another picture.
    generation: u32,
    slot: u32,
    width: u32,
    height: u32,
    /// As `image.Format` counts.
    format: u32,
    /// The picture is there when the writer's timeline has reached it.
    value: u64,
    /// Says that nothing of another process is compared with numbers of this one.
    process: u32,
    reserved: u32 = 0,
};

pub const readers_max = 64;

pub const Options = struct {
    slots: u32,
    width: u32,
    height: u32,
    format: Format,
    generation: u32,
    /// As `image.Options.is_settled`.
    is_settled: bool = true,
    name: [:0]const u8 = "",
};

const Slot = struct {
    image: Image,
    written: ?Point = null,
    notes: [readers_max]?Point = @splat(null),
};

pub const FramePool = struct {
    device: *Device,
    generation: u32,
    slots: []Slot,
    lock: Lock = .{},

    pub fn create(device: *Device, options: Options) Error!FramePool {
        if (options.slots == 0) return error.InvalidArgument;
        const slots = try device.gpa.alloc(Slot, options.slots);
        errdefer device.gpa.free(slots);
        var made: usize = 0;
        errdefer for (slots[0..made]) |*slot| slot.image.destroy();
        for (slots) |*slot| {
            slot.* = .{ .image = try .create(device, .{
                .width = options.width,
                .height = options.height,
                .format = options.format,
                .is_settled = options.is_settled,
                .name = options.name,
            }) };
            made += 1;
        }
        return .{ .device = device, .generation = options.generation, .slots = slots };
    }

    /// No work that names its images is under way.
    pub fn destroy(self: *FramePool) void {
        for (self.slots) |*slot| slot.image.destroy();
        self.device.gpa.free(self.slots);
    }

    /// The image of a slot that the ring has loaned to the writer, and what its submit must wait for. Nothing that the
    /// device has reached already is named. The notes are gone then: they are the writer's.
    pub fn write(self: *FramePool, slot: u32, waits: *[waits_max]Point) Error!struct { *const Image, []Point } {
        if (slot >= self.slots.len) return error.InvalidArgument;
        self.lock.acquire();
        defer self.lock.release();
        const it = &self.slots[slot];
        var count: usize = 0;
        for (&it.notes) |*kept| {
            const point = kept.* orelse continue;
            if (try point.timeline.value() < point.value) {
                waits[count] = point;
                count += 1;
            }
            kept.* = null;
        }
        it.written = null;
        return .{ &it.image, waits[0..count] };
    }

    /// The writer has submitted: from `point` on the picture is there. Returns what goes into the ring's slot.
    pub fn commit(self: *FramePool, slot: u32, point: Point, pool: u32) Frame {
        self.lock.acquire();
        defer self.lock.release();
        const it = &self.slots[slot];
        it.written = point;
        return .{
            .device_uuid = self.device.physical.uuid,
            .driver_uuid = self.device.physical.driver_uuid,
            .pool = pool,
            .generation = self.generation,
            .slot = slot,
            .width = it.image.width,
            .height = it.image.height,
            .format = @backingInt(it.image.format),
            .value = point.value,
            .process = @bitCast(std.os.linux.getpid()),
        };
    }

    /// What was committed was never submitted: nobody reads that slot before it is committed again.
    pub fn retract(self: *FramePool, slot: u32) void {
        self.lock.acquire();
        defer self.lock.release();
        self.slots[slot].written = null;
    }

    /// Whether a picture that this timeline counts may still be read.
    pub fn isWrittenBy(self: *FramePool, timeline: *const Timeline) bool {
        self.lock.acquire();
        defer self.lock.release();
        for (self.slots) |*slot| if (slot.written) |point| if (point.timeline == timeline) return true;
        return false;
    }

    /// The image of a frame whose slot the reader has pinned, and the point its submit must wait for. A frame of
    /// another generation, or one whose slot has been written again since, is an error.
    pub fn read(self: *FramePool, frame: *const Frame) Error!struct { *const Image, Point } {
        self.lock.acquire();
        defer self.lock.release();
        if (!std.mem.eql(u8, &frame.device_uuid, &self.device.physical.uuid)) return error.WrongDevice;
        if (!std.mem.eql(u8, &frame.driver_uuid, &self.device.physical.driver_uuid)) return error.WrongDevice;
        if (frame.generation != self.generation or frame.slot >= self.slots.len) return error.StaleFrame;
        const it = &self.slots[frame.slot];
        const written = it.written orelse return error.StaleFrame;
        if (written.value != frame.value) return error.StaleFrame;
        return .{ &it.image, written };
    }

    /// A reader has submitted work with a slot, which is done at `point`; before it lets go of its pin.
    pub fn note(self: *FramePool, slot: u32, reader: u32, point: Point) void {
        self.lock.acquire();
        defer self.lock.release();
        self.slots[slot].notes[reader] = point;
    }

    /// A reader has ended, and its work is done: its timeline may go.
    pub fn forget(self: *FramePool, reader: u32) void {
        self.lock.acquire();
        defer self.lock.release();
        for (self.slots) |*slot| slot.notes[reader] = null;
    }
};
