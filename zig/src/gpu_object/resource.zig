//! What is made of a device, by handle: buffers, images, pools of frames, samplers, pipelines.
//!
//! Whoever makes one is a holder of it, and so is each submit that names it until it is done: closing one never takes
//! anything from under the device. A closed one is a stale handle at once, held or not.

const std = @import("std");
const devices = @import("device.zig");
const external = @import("../gpu/external.zig");
const failure = @import("../gpu/failure.zig");
const frame_pool = @import("../gpu/frame_pool.zig");
const handle_table = @import("../handle.zig");
const layout = @import("layout.zig");
const pipelines = @import("../gpu/pipeline.zig");
const result = @import("../result.zig");
const samplers = @import("../gpu/sampler.zig");
const share = @import("share.zig");
const Access = @import("../gpu/access.zig").Access;
const Buffer = @import("../gpu/buffer.zig").Buffer;
const BufferOptions = @import("../gpu/buffer.zig").Options;
const Error = result.Error;
const Explanation = failure.Explanation;
const Format = @import("../gpu/image.zig").Format;
const FramePool = frame_pool.FramePool;
const Image = @import("../gpu/image.zig").Image;
const Lock = @import("../lock.zig").Lock;
const Pipeline = pipelines.Pipeline;
const Sampler = samplers.Sampler;
const Timeline = @import("../gpu/timeline.zig").Timeline;
const Users = @import("users.zig").Users;
const Where = @import("../gpu/memory.zig").Where;

const gpa = std.heap.page_allocator;

const slots_max = 256;

pub const Kind = enum { buffer, image, pool, sampler, pipeline };

pub const Content = union(Kind) {
    buffer: struct {
        native: Buffer,
        where: Where,
        access: *Access,
        is_exported: bool = false,
        /// What other processes find; guarded by `lock`.
        shared: ?share.Shared = null,
    },
    image: struct { native: Image, access: *Access, is_settled: bool = false },
    pool: struct { native: FramePool, is_settled: []bool },
    sampler: Sampler,
    pipeline: Pipeline,
};

pub const Resource = struct {
    /// It is one of the device's holders.
    device: u32,
    content: Content,
    is_closed: std.atomic.Value(bool) = .init(false),
    /// Guards everything below, and `access` and `is_settled`.
    lock: Lock = .{},
    users: Users = .{},

    pub fn destroy(self: *Resource) void {
        switch (self.content) {
            .buffer => |it| {
                if (it.shared) |shared| shared.destroy();
                it.native.destroy();
                gpa.destroy(it.access);
            },
            .image => |it| {
                it.native.destroy();
                gpa.destroy(it.access);
            },
            .pool => |*it| {
                it.native.destroy();
                gpa.free(it.is_settled);
            },
            .sampler => |it| it.destroy(),
            .pipeline => |*it| it.destroy(),
        }
        self.users.release();
        devices.table.drop(self.device) catch unreachable;
    }

    /// A stream has ended, and its work is done.
    pub fn forget(self: *Resource, stream: u32, timeline: *const Timeline) void {
        self.lock.acquire();
        defer self.lock.release();
        const user = self.users.find(stream) orelse return;
        switch (self.content) {
            .buffer => |it| it.access.forget(user, timeline),
            .image => |it| it.access.forget(user, timeline),
            .pool => |*it| {
                it.native.forget(user);
                // Its frames may still be read; its timeline stays with them.
                if (it.native.isWrittenBy(timeline)) return;
            },
            .sampler, .pipeline => {},
        }
        self.users.remove(user);
    }
};

pub var table: handle_table.Table(Resource, 4096) = .{};

/// Enters what is open and of this kind. Pair it with `table.leave`.
pub fn enter(handle: u32, kind: Kind) Error!*Resource {
    const self = try enterAny(handle);
    errdefer table.leave(handle);
    if (self.content != kind) return error.BadHandle;
    return self;
}

pub fn enterAny(handle: u32) Error!*Resource {
    const self = try table.enter(handle);
    errdefer table.leave(handle);
    if (self.is_closed.load(.acquire)) return error.BadHandle;
    return self;
}

pub fn isOpen(handle: u32) bool {
    _ = enterAny(handle) catch return false;
    table.leave(handle);
    return true;
}

/// Makes a resource by `make`, of a device that is open.
fn add(device: u32, arguments: anytype, comptime make: anytype) Error!u32 {
    const owner = try devices.enter(device);
    defer devices.table.leave(device);
    try devices.table.hold(device);
    errdefer devices.table.drop(device) catch unreachable;
    var self: Resource = .{ .device = device, .content = try @call(.auto, make, .{owner.native} ++ arguments) };
    errdefer {
        // It was never used: its device stays with the caller.
        devices.table.hold(device) catch unreachable;
        self.destroy();
    }
    return table.add(self);
}

const GpuDevice = @import("../gpu/device.zig").Device;

pub fn createBuffer(device: u32, bytes: u32, where: u32) Error!u32 {
    const place = std.enums.fromInt(Where, where) orelse return error.InvalidArgument;
    return add(device, .{BufferOptions{ .bytes = bytes, .where = place }}, makeBuffer);
}

fn makeBuffer(device: *GpuDevice, options: BufferOptions) Error!Content {
    const access = try gpa.create(Access);
    errdefer gpa.destroy(access);
    access.* = .{};
    const native: Buffer = try .create(device, options);
    if (options.where != .device) @memset(native.mapped(), 0);
    return .{ .buffer = .{
        .native = native,
        .where = options.where,
        .access = access,
        .is_exported = options.origin == .exported,
    } };
}

/// A buffer of the device alone, which other processes may import.
pub fn createExported(device: u32, bytes: u32, why: *Explanation) Error!u32 {
    return add(device, .{ bytes, why }, makeExported);
}

fn makeExported(device: *GpuDevice, bytes: u32, why: *Explanation) Error!Content {
    return makeBuffer(device, .{ .bytes = bytes, .origin = .exported }) catch |err| switch (err) {
        error.NotSupported => failUnshared(device, why),
        else => err,
    };
}

fn failUnshared(device: *const GpuDevice, why: *Explanation) Error {
    return why.fail(
        error.NotSupported,
        "Cannot share memory between processes: \"{s}\" or its driver does not pass it on; pass the bytes on instead",
        .{device.physical.name()},
    );
}

/// Where another process finds the memory of a buffer that was made for it, until the buffer is closed.
pub fn shareBuffer(handle: u32, why: *Explanation) Error!layout.GpuShare {
    const self = try enter(handle, .buffer);
    defer table.leave(handle);
    self.lock.acquire();
    defer self.lock.release();
    const it = &self.content.buffer;
    if (!it.is_exported) return why.fail(
        error.InvalidArgument,
        "Cannot share a buffer of a GPU: it was not created to be exported",
        .{},
    );
    if (it.shared == null) it.shared = try .create(it.native.device, it.native.allocation, it.native.bytes);
    return it.shared.?.share;
}

/// A buffer whose memory another process has made and shares. It stays when that process ends.
pub fn importBuffer(device: u32, what: *const layout.GpuShare, why: *Explanation) Error!u32 {
    return add(device, .{ what, why }, makeImported);
}

fn makeImported(device: *GpuDevice, what: *const layout.GpuShare, why: *Explanation) Error!Content {
    const own = &device.physical;
    const is_same = std.mem.eql(u8, &what.device_uuid, &own.uuid) and
        std.mem.eql(u8, &what.driver_uuid, &own.driver_uuid);
    if (!is_same) return why.fail(
        error.WrongDevice,
        "Cannot import memory of process {d}: it is of device {x} with driver {x}, this is {x} with driver {x}",
        .{ what.process, &what.device_uuid, &what.driver_uuid, &own.uuid, &own.driver_uuid },
    );
    if (what.bytes > std.math.maxInt(u32)) return error.OutOfRange; // As of buffers of one's own.
    const fd = try share.take(what, why);
    defer _ = std.os.linux.close(fd);
    const given: external.Exported = .{ .fd = fd, .bytes = what.memory_bytes, .type_index = what.memory_type };
    return makeBuffer(device, .{ .bytes = what.bytes, .origin = .{ .imported = given } }) catch |err| switch (err) {
        error.NotSupported => failUnshared(device, why),
        error.InvalidArgument => why.fail(
            err,
            "Cannot import memory of process {d}: its size or type is not what a buffer of {d} bytes has here",
            .{ what.process, what.bytes },
        ),
        else => err,
    };
}

pub fn createImage(device: u32, width: u32, height: u32, format: u32) Error!u32 {
    return add(device, .{ width, height, try formatOf(format) }, makeImage);
}

fn makeImage(device: *GpuDevice, width: u32, height: u32, format: Format) Error!Content {
    const access = try gpa.create(Access);
    errdefer gpa.destroy(access);
    access.* = .{};
    const native: Image = try .create(device, .{
        .width = width,
        .height = height,
        .format = format,
        .is_settled = false,
    });
    return .{ .image = .{ .native = native, .access = access } };
}

pub fn createPool(device: u32, config: *const layout.GpuPoolConfig) Error!u32 {
    if (config.slot_count < 1 or config.slot_count > slots_max) return error.OutOfRange;
    return add(device, .{ config, try formatOf(config.format) }, makePool);
}

fn makePool(device: *GpuDevice, config: *const layout.GpuPoolConfig, format: Format) Error!Content {
    const is_settled = try gpa.alloc(bool, config.slot_count);
    errdefer gpa.free(is_settled);
    @memset(is_settled, false);
    return .{ .pool = .{
        .native = try .create(device, .{
            .slots = config.slot_count,
            .width = config.width,
            .height = config.height,
            .format = format,
            .generation = config.generation,
            .is_settled = false,
        }),
        .is_settled = is_settled,
    } };
}

pub fn createSampler(device: u32, filter: u32, edge: u32) Error!u32 {
    return add(device, .{
        std.enums.fromInt(samplers.Filter, filter) orelse return error.InvalidArgument,
        std.enums.fromInt(samplers.Edge, edge) orelse return error.InvalidArgument,
    }, makeSampler);
}

fn makeSampler(device: *GpuDevice, filter: samplers.Filter, edge: samplers.Edge) Error!Content {
    return .{ .sampler = try .create(device, filter, edge) };
}

pub fn createPipeline(
    device: u32,
    words: []const u32,
    config: *const layout.GpuPipelineConfig,
    why: *Explanation,
) Error!u32 {
    if (config.entry_bytes > config.entry.len) return error.OutOfRange;
    return add(device, .{ words, config, why }, makePipeline);
}

fn makePipeline(
    device: *GpuDevice,
    words: []const u32,
    config: *const layout.GpuPipelineConfig,
    why: *Explanation,
) Error!Content {
    const entry = config.entry[0..config.entry_bytes];
    if (config.is_draw == 0) {
        return .{ .pipeline = try .createCompute(device, words, .{ .entry_point = entry }, why) };
    }
    return .{ .pipeline = try .createDraw(device, words, .{
        .entry_point = entry,
        .target = try formatOf(config.target_format),
        .blend = std.enums.fromInt(pipelines.Blend, config.blend) orelse return error.InvalidArgument,
    }, why) };
}

fn formatOf(format: u32) Error!Format {
    return std.enums.fromInt(Format, format) orelse error.InvalidArgument;
}

/// The bytes of a buffer that the host sees, for `read` and `write` below.
fn mapped(content: *const Content, offset: u32, bytes: usize) Error![]u8 {
    const it = content.buffer;
    if (it.where == .device) return error.NotSupported;
    if (offset > it.native.bytes or bytes > it.native.bytes - offset) return error.OutOfRange;
    return it.native.mapped()[offset..][0..bytes];
}

/// Copies out of a buffer that the host sees; `Empty` while what the device writes into it is not there yet.
pub fn readBuffer(handle: u32, offset: u32, out: []u8) Error!void {
    const self = try enter(handle, .buffer);
    defer table.leave(handle);
    self.lock.acquire();
    defer self.lock.release();
    const source = try mapped(&self.content, offset, out.len);
    if (!try self.content.buffer.access.isWritten()) return error.Empty;
    @memcpy(out, source);
}

/// Copies into a buffer that the host sees; `Full` while the device works with it.
pub fn writeBuffer(handle: u32, offset: u32, bytes: []const u8) Error!void {
    const self = try enter(handle, .buffer);
    defer table.leave(handle);
    self.lock.acquire();
    defer self.lock.release();
    const target = try mapped(&self.content, offset, bytes.len);
    if (!try self.content.buffer.access.isIdle()) return error.Full;
    @memcpy(target, bytes);
}

/// The handle is stale from now on; what it names goes when the device is done with it.
pub fn close(handle: u32, kind: Kind) Error!void {
    const self = try enter(handle, kind);
    defer table.leave(handle);
    if (self.is_closed.swap(true, .acq_rel)) return error.BadHandle;
    table.drop(handle) catch unreachable;
}

pub fn closeAny(handle: u32) void {
    const self = enterAny(handle) catch return;
    defer table.leave(handle);
    if (!self.is_closed.swap(true, .acq_rel)) table.drop(handle) catch unreachable;
}

pub fn closeAll(device: u32) void {
    var iterator = table.iterator();
    while (iterator.next()) |entry| {
        if (entry.value.device == device) closeAny(entry.handle);
        table.leave(entry.handle);
    }
}

pub fn countOf(device: u32) u32 {
    var count: u32 = 0;
    var iterator = table.iterator();
    while (iterator.next()) |entry| {
        count += @intFromBool(entry.value.device == device);
        table.leave(entry.handle);
    }
    return count;
}

pub fn forgetStream(device: u32, stream: u32, timeline: *const Timeline) void {
    var iterator = table.iterator();
    while (iterator.next()) |entry| {
        if (entry.value.device == device) entry.value.forget(stream, timeline);
        table.leave(entry.handle);
    }
}
