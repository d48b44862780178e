//! What a recording is told to do: frames, copies, shaders. Barriers and waits follow from what each command names.
//!
//! Between two commands of which one writes what the other names, there is a barrier over everything: finer ones would
//! have to know each binding's access in each shader, and a chain has one between its links either way.

const std = @import("std");
const failure = @import("../gpu/failure.zig");
const frame_pool = @import("../gpu/frame_pool.zig");
const layout = @import("layout.zig");
const pipelines = @import("../gpu/pipeline.zig");
const recordings = @import("../gpu/recording.zig");
const resources = @import("resource.zig");
const spirv = @import("../gpu/spirv.zig");
const streams = @import("stream.zig");
const turns = @import("turn.zig");
const waits_max = @import("../gpu/stream.zig").waits_max;
const Access = @import("../gpu/access.zig").Access;
const Binding = @import("../gpu/bindings.zig").Binding;
const Buffer = @import("../gpu/buffer.zig").Buffer;
const Error = @import("../result.zig").Error;
const Explanation = failure.Explanation;
const Frame = frame_pool.Frame;
const Image = @import("../gpu/image.zig").Image;
const Point = @import("../gpu/timeline.zig").Point;
const Recording = recordings.Recording;
const Resource = resources.Resource;
const Sampler = @import("../gpu/sampler.zig").Sampler;
const Stream = streams.Stream;
const users_max = @import("../gpu/access.zig").users_max;

/// What one shader is given at most.
const bindings_max = 64;

/// Where a command reads or writes.
const Target = union(enum) {
    buffer: *const Buffer,
    image: *const Image,

    fn bytes(self: Target) u64 {
        return switch (self) {
            .buffer => |buffer| buffer.bytes,
            .image => |image| image.packedBytes(),
        };
    }
};

/// A command that is put together: what it names, and then one barrier if there has to be one.
const Command = struct {
    handle: u32,
    stream: *Stream,
    recording: *Recording,
    named: [bindings_max + 2]struct { index: usize, writes: bool } = undefined,
    named_count: usize = 0,

    /// Enters the stream, which is recording, and takes its lock.
    fn begin(handle: u32) Error!Command {
        const stream = try streams.enter(handle);
        errdefer streams.table.leave(handle);
        stream.lock.acquire();
        errdefer stream.lock.release();
        return .{ .handle = handle, .stream = stream, .recording = try stream.current() };
    }

    fn end(self: *Command) void {
        self.stream.lock.release();
        streams.table.leave(self.handle);
    }

    /// An open resource of the stream's device. Pair it with `resources.table.leave`.
    fn enter(self: *Command, handle: u32, why: *Explanation) Error!*Resource {
        const resource = try resources.enterAny(handle);
        errdefer resources.table.leave(handle);
        if (resource.device != self.stream.device) return why.fail(
            error.WrongDevice,
            "Cannot use a {s} of one device in a stream of another",
            .{@tagName(resource.content)},
        );
        return resource;
    }

    fn waitFor(self: *Command, resource: *const Resource, points: []const Point) Error!void {
        for (points) |point| {
            if (point.timeline == &self.stream.native.timeline) continue;
            try self.stream.turnOf().wait(resource.users.streamOf(point.timeline).?, point);
        }
    }

    /// Where a command reads or writes; it is held until the work is done.
    fn place(self: *Command, at: layout.GpuPlace, writes: bool, why: *Explanation) Error!Target {
        const resource = try self.enter(at.handle, why);
        defer resources.table.leave(at.handle);
        resource.lock.acquire();
        defer resource.lock.release();
        switch (resource.content) {
            .buffer => |*it| {
                try self.touch(resource, at.handle, it.access, writes, null);
                return .{ .buffer = &it.native };
            },
            .image => |*it| {
                try self.touch(resource, at.handle, it.access, writes, if (it.is_settled) null else &it.native);
                return .{ .image = &it.native };
            },
            .pool => |*it| {
                const use = self.stream.turnOf().find(at.handle, at.slot) orelse return why.fail(
                    error.InvalidArgument,
                    "Cannot use slot {d} of a pool of frames: this recording neither reads its frame nor writes it",
                    .{at.slot},
                );
                if (writes and !use.is_written) return why.fail(
                    error.InvalidArgument,
                    "Cannot write slot {d} of a pool of frames: this recording reads its frame",
                    .{at.slot},
                );
                try self.name(use, writes);
                return .{ .image = &it.native.slots[at.slot].image };
            },
            .sampler, .pipeline => return error.BadHandle,
        }
    }

    fn touch(
        self: *Command,
        resource: *Resource,
        handle: u32,
        access: *const Access,
        writes: bool,
        unsettled: ?*const Image,
    ) Error!void {
        const turn = self.stream.turnOf();
        if (turn.find(handle, 0)) |use| {
            if (writes and !use.is_written) {
                try self.waitBefore(resource, access, true);
                use.is_written = true;
            }
            return self.name(use, writes);
        }
        // A layout is given as if it were written.
        const is_written = writes or unsettled != null;
        const user = try resource.users.number(self.handle, &self.stream.native.timeline);
        try self.waitBefore(resource, access, is_written);
        const use = try turn.add(.{
            .resource = handle,
            .user = user,
            .is_written = is_written,
            .is_settled = unsettled != null,
        });
        if (unsettled) |image| self.recording.settle(image.handle);
        return self.name(use, writes);
    }

    fn waitBefore(self: *Command, resource: *const Resource, access: *const Access, writes: bool) Error!void {
        var points: [users_max]Point = undefined;
        try self.waitFor(resource, try access.before(writes, &points));
    }

    fn name(self: *Command, use: *turns.Use, writes: bool) Error!void {
        if (self.named_count == self.named.len) return error.OutOfSpace;
        const index = use - self.stream.turnOf().uses.items.ptr;
        self.named[self.named_count] = .{ .index = index, .writes = writes };
        self.named_count += 1;
    }

    /// Holds what has no contents on the device.
    fn keep(self: *Command, handle: u32) Error!void {
        const turn = self.stream.turnOf();
        if (turn.find(handle, 0) == null) _ = try turn.add(.{ .resource = handle });
    }

    /// Everything is named. Puts a barrier before the command if it meets what came before.
    fn settle(self: *Command) void {
        const uses = self.stream.turnOf().uses.items;
        for (self.named[0..self.named_count]) |one| {
            const pending = uses[one.index].pending;
            if (pending != .write and !(one.writes and pending == .read)) continue;
            self.recording.barrier(.all, .all);
            for (uses) |*use| use.pending = .nothing;
            break;
        }
        for (self.named[0..self.named_count]) |one| {
            const use = &uses[one.index];
            if (one.writes) use.pending = .write else if (use.pending == .nothing) use.pending = .read;
        }
    }

    /// The command is recorded.
    fn stamp(self: *Command) Error!void {
        if (!self.stream.is_stamped or self.recording.stamp_count == recordings.stamps_max) return;
        _ = try self.recording.stamp();
    }
};

/// The picture of a frame whose slot of the ring the caller has pinned; returns its slot of the pool. The submit waits
/// for the picture, on the device.
pub fn read(stream: u32, frame: *const Frame, why: *Explanation) Error!u32 {
    var command: Command = try .begin(stream);
    defer command.end();
    const own: u32 = @bitCast(std.os.linux.getpid());
    if (frame.process != own) return why.fail(
        error.WrongDevice,
        "Cannot read a frame: process {d} made it, and its images are those of that process",
        .{frame.process},
    );
    const resource = resources.enter(frame.pool, .pool) catch return error.StaleFrame;
    defer resources.table.leave(frame.pool);
    if (resource.device != command.stream.device) return why.fail(
        error.WrongDevice,
        "Cannot read a frame of one device in a stream of another",
        .{},
    );
    resource.lock.acquire();
    defer resource.lock.release();
    _, const point = try resource.content.pool.native.read(frame);
    const turn = command.stream.turnOf();
    if (turn.find(frame.pool, frame.slot) != null) return frame.slot;
    const user = try resource.users.number(stream, &command.stream.native.timeline);
    if (point.timeline != &command.stream.native.timeline) {
        const writer = streams.table.held(resource.users.streamOf(point.timeline).?);
        if (writer.submitted.load(.acquire) < point.value) return error.NotSubmitted;
        try command.waitFor(resource, &.{point});
    }
    _ = try turn.add(.{ .resource = frame.pool, .slot = frame.slot, .user = user });
    return frame.slot;
}

/// The picture of a slot that the ring has loaned to the caller will be written: the submit waits for its readers, on
/// the device.
pub fn write(stream: u32, pool: u32, slot: u32, why: *Explanation) Error!void {
    var command: Command = try .begin(stream);
    defer command.end();
    const resource = try command.enter(pool, why);
    defer resources.table.leave(pool);
    if (resource.content != .pool) return error.BadHandle;
    resource.lock.acquire();
    defer resource.lock.release();
    const it = &resource.content.pool;
    if (slot >= it.is_settled.len) return error.OutOfRange;
    const turn = command.stream.turnOf();
    if (turn.find(pool, slot)) |use| {
        if (!use.is_written) return why.fail(
            error.InvalidArgument,
            "Cannot write slot {d} of a pool of frames: this recording reads its frame",
            .{slot},
        );
        // Another picture in the same slot, before the first was submitted.
        it.native.retract(slot);
        use.is_committed = false;
        return;
    }
    const user = try resource.users.number(stream, &command.stream.native.timeline);
    var points: [waits_max]Point = undefined;
    const image, const before = try it.native.write(slot, &points);
    // Who wrote the slot took the notes; whoever writes it next has to wait for the same.
    errdefer for (before) |point| {
        const reader = resource.users.streamOf(point.timeline).?;
        it.native.note(slot, resource.users.find(reader).?, point);
    };
    try command.waitFor(resource, before);
    const is_settled = it.is_settled[slot];
    _ = try turn.add(.{
        .resource = pool,
        .slot = slot,
        .user = user,
        .is_written = true,
        .is_settled = !is_settled,
    });
    if (!is_settled) command.recording.settle(image.handle);
}

/// What goes into the ring for a slot that this recording writes. Streams read it when the recording is submitted.
pub fn commit(stream: u32, pool: u32, slot: u32, why: *Explanation) Error!Frame {
    var command: Command = try .begin(stream);
    defer command.end();
    const resource = try command.enter(pool, why);
    defer resources.table.leave(pool);
    if (resource.content != .pool) return error.BadHandle;
    const use = command.stream.turnOf().find(pool, slot);
    if (use == null or !use.?.is_written) return why.fail(
        error.InvalidArgument,
        "Cannot commit slot {d} of a pool of frames: this recording does not write it",
        .{slot},
    );
    use.?.is_committed = true;
    return resource.content.pool.native.commit(slot, command.stream.nextPoint(), pool);
}

/// The submit waits, on the device, until another stream has done a submit of its.
pub fn waitFor(stream: u32, other: u32, value: u64, why: *Explanation) Error!void {
    var command: Command = try .begin(stream);
    defer command.end();
    if (other == stream) return;
    const it = try streams.enter(other);
    defer streams.table.leave(other);
    if (it.device != command.stream.device) return why.fail(
        error.WrongDevice,
        "Cannot wait for a stream of another device",
        .{},
    );
    if (value > it.submitted.load(.acquire)) return error.NotSubmitted;
    try command.stream.turnOf().wait(other, .{ .timeline = &it.native.timeline, .value = value });
}

/// Writes bytes of the host into a buffer or a picture, by way of the stream's staging memory. `Full` while there is no
/// room in it.
pub fn upload(stream: u32, to: layout.GpuPlace, bytes: []const u8, why: *Explanation) Error!void {
    var command: Command = try .begin(stream);
    defer command.end();
    const staging = if (command.stream.staging) |*it| it else return why.fail(
        error.InvalidArgument,
        "Cannot upload: the stream has no staging memory",
        .{},
    );
    if (bytes.len == 0 or bytes.len > staging.buffer.bytes) return error.OutOfSpace;
    const target = try command.place(to, true, why);
    switch (target) {
        .buffer => |it| if (to.offset > it.bytes or bytes.len > it.bytes - to.offset) return error.OutOfRange,
        .image => if (bytes.len != target.bytes()) return why.fail(
            error.InvalidArgument,
            "Cannot upload {d} bytes into a picture of {d}",
            .{ bytes.len, target.bytes() },
        ),
    }
    const piece = staging.take(bytes.len) orelse return error.Full;
    @memcpy(piece.memory, bytes);
    command.settle();
    switch (target) {
        .buffer => |it| try command.recording.copyBuffer(&staging.buffer, piece.offset, it, to.offset, bytes.len),
        .image => |it| try command.recording.copyToImage(&staging.buffer, piece.offset, it),
    }
    try command.stamp();
}

/// Copies between buffers and pictures, in any direction.
pub fn copy(stream: u32, what: *const layout.GpuCopy, why: *Explanation) Error!void {
    var command: Command = try .begin(stream);
    defer command.end();
    if (what.from.handle == what.to.handle and what.from.slot == what.to.slot) return why.fail(
        error.InvalidArgument,
        "Cannot copy a buffer or a picture onto itself",
        .{},
    );
    const from = try command.place(what.from, false, why);
    const to = try command.place(what.to, true, why);
    const bytes: u64 = if (from == .image) from.bytes() else if (to == .image) to.bytes() else what.bytes;
    if (!fits(from, what.from.offset, bytes) or !fits(to, what.to.offset, bytes)) return why.fail(
        error.InvalidArgument,
        "Cannot copy {d} bytes from {d} at {d} to {d} at {d}",
        .{ bytes, from.bytes(), what.from.offset, to.bytes(), what.to.offset },
    );
    command.settle();
    const recording = command.recording;
    switch (from) {
        .buffer => |source| switch (to) {
            .buffer => |target| try recording.copyBuffer(source, what.from.offset, target, what.to.offset, bytes),
            .image => |target| try recording.copyToImage(source, what.from.offset, target),
        },
        .image => |source| switch (to) {
            .buffer => |target| try recording.copyFromImage(source, target, what.to.offset),
            .image => |target| try recording.copyImage(source, target),
        },
    }
    try command.stamp();
}

fn fits(target: Target, offset: u64, bytes: u64) bool {
    return switch (target) {
        .buffer => |it| bytes > 0 and offset <= it.bytes and bytes <= it.bytes - offset,
        .image => |it| bytes == it.packedBytes(),
    };
}

/// Runs a shader with everything that it is given. Buffers and images that it can write are taken as written.
pub fn run(
    stream: u32,
    what: *const layout.GpuRun,
    given: []align(1) const layout.GpuBinding,
    push: []const u8,
    why: *Explanation,
) Error!void {
    if (given.len > bindings_max) return error.OutOfSpace;
    var command: Command = try .begin(stream);
    defer command.end();
    if (command.stream.native.queue.role == .transfer) return why.fail(
        error.InvalidArgument,
        "Cannot run a shader: the stream is of a queue that only copies",
        .{},
    );
    const resource = try command.enter(what.pipeline, why);
    defer resources.table.leave(what.pipeline);
    if (resource.content != .pipeline) return error.BadHandle;
    const pipeline = &resource.content.pipeline;
    var found: [bindings_max]Binding = undefined;
    for (given, found[0..given.len]) |*one, *binding| binding.* = try bindingOf(&command, pipeline, one, why);
    const bindings = found[0..given.len];
    try command.keep(what.pipeline);
    if (pipeline.stage == .compute) {
        command.settle();
        const groups = [_]u32{ what.groups_x, what.groups_y, what.groups_z };
        try command.recording.dispatch(pipeline, bindings, push, groups, why);
        return command.stamp();
    }
    const target = try command.place(what.target, true, why);
    if (target != .image) return error.InvalidArgument;
    command.settle();
    try command.recording.draw(pipeline, bindings, push, target.image, switch (what.load) {
        0 => .keep,
        1 => .discard,
        2 => .{ .clear = @splat(0) },
        else => return error.InvalidArgument,
    }, why);
    try command.stamp();
}

fn bindingOf(
    command: *Command,
    pipeline: *const pipelines.Pipeline,
    given: *align(1) const layout.GpuBinding,
    why: *Explanation,
) Error!Binding {
    var binding: Binding = .{
        .set = given.set,
        .binding = given.binding,
        .element = given.element,
        .resource = undefined,
    };
    if (given.place.handle == 0) {
        binding.resource = .{ .sampler = try samplerOf(command, given.sampler, why) };
        return binding;
    }
    const writes = for (pipeline.reflection.bindings) |*want| {
        if (want.set == given.set and want.binding == given.binding) break writesOf(command, want, given);
    } else false;
    binding.resource = switch (try command.place(given.place, writes, why)) {
        .buffer => |it| .{ .buffer = it },
        .image => |it| if (given.sampler == 0)
            .{ .image = it }
        else
            .{ .sampled = .{ .image = it, .sampler = try samplerOf(command, given.sampler, why) } },
    };
    return binding;
}

/// A frame that is read is not written, whatever the shader could do with its binding: it is its reader's word.
fn writesOf(command: *Command, want: *const spirv.Binding, given: *align(1) const layout.GpuBinding) bool {
    if (want.kind == .storage_buffer) return true;
    if (want.kind != .storage_image) return false;
    const use = command.stream.turnOf().find(given.place.handle, given.place.slot) orelse return true;
    const is_frame = resources.table.held(given.place.handle).content == .pool;
    return use.is_written or !is_frame;
}

fn samplerOf(command: *Command, handle: u32, why: *Explanation) Error!*const Sampler {
    const resource = try command.enter(handle, why);
    defer resources.table.leave(handle);
    if (resource.content != .sampler) return error.BadHandle;
    try command.keep(handle);
    return &resource.content.sampler;
}
