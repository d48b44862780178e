//! Commands for a device, written down to be submitted together.
//!
//! A recording belongs to a stream, which lends it from `begin` to `submit` or `abort`; one thread writes it. Who
//! records says where one command needs the result of another: `barrier`. Nothing is allocated once its descriptor
//! pools are there.

const std = @import("std");
const bindings_of = @import("bindings.zig");
const vk = @import("vk.zig");
const whole = @import("image.zig").whole;
const Binding = bindings_of.Binding;
const Buffer = @import("buffer.zig").Buffer;
const Descriptors = @import("descriptors.zig").Descriptors;
const Device = @import("device.zig").Device;
const Error = @import("failure.zig").Error;
const Explanation = @import("failure.zig").Explanation;
const Image = @import("image.zig").Image;
const Pipeline = @import("pipeline.zig").Pipeline;
const Queue = @import("queue.zig").Queue;
const descriptorType = @import("pipeline.zig").descriptorType;

/// What a command does with memory, as barriers see it.
pub const Use = enum {
    /// Copies, fills and clears.
    copy_read,
    copy_write,
    compute_read,
    compute_write,
    /// A fragment shader reads.
    draw_read,
    /// What is drawn is written, and read by blending.
    draw_write,
    host_read,
    host_write,
    /// Everything before, or everything after.
    all,

    fn stage(self: Use) u64 {
        const stages = vk.PipelineStageFlags2;
        return switch (self) {
            .copy_read, .copy_write => stages.transfer,
            .compute_read, .compute_write => stages.compute_shader,
            .draw_read => stages.fragment_shader,
            .draw_write => stages.color_attachment_output,
            .host_read, .host_write => stages.host,
            .all => stages.all_commands,
        };
    }

    fn access(self: Use) u64 {
        const accesses = vk.AccessFlags2;
        return switch (self) {
            .copy_read => accesses.transfer_read,
            .copy_write => accesses.transfer_write,
            .compute_read, .draw_read => accesses.shader_read,
            .compute_write => accesses.shader_read | accesses.shader_write,
            .draw_write => accesses.color_attachment_read | accesses.color_attachment_write,
            .host_read => accesses.host_read,
            .host_write => accesses.host_write,
            .all => accesses.memory_read | accesses.memory_write,
        };
    }
};

/// What a target holds before something is drawn.
pub const Load = union(enum) { keep, discard, clear: [4]f32 };

pub const stamps_max = 64;

pub const Recording = struct {
    device: *Device,
    queue: *Queue,
    pool: vk.CommandPool = .none,
    commands: vk.CommandBuffer = undefined,
    descriptors: Descriptors = .{},
    stamps: vk.QueryPool = .none,
    stamp_count: u32 = 0,
    /// The value of the stream's timeline when its work is done; 0 before it was ever submitted.
    value: u64 = 0,

    pub fn create(device: *Device, queue: *Queue) Error!Recording {
        const f = &device.functions;
        var self: Recording = .{ .device = device, .queue = queue };
        errdefer self.destroy();
        const pool_info: vk.CommandPoolCreateInfo = .{
            .flags = vk.CommandPoolCreateFlags.transient,
            .queueFamilyIndex = queue.family,
        };
        try device.check(f.createCommandPool(device.handle, &pool_info, null, &self.pool));
        const info: vk.CommandBufferAllocateInfo = .{
            .commandPool = self.pool,
            .level = .primary,
            .commandBufferCount = 1,
        };
        try device.check(f.allocateCommandBuffers(device.handle, &info, @ptrCast(&self.commands)));
        if (queue.stamp_bits > 0) {
            const stamps: vk.QueryPoolCreateInfo = .{ .queryType = .timestamp, .queryCount = stamps_max };
            try device.check(f.createQueryPool(device.handle, &stamps, null, &self.stamps));
        }
        return self;
    }

    /// Its work is done, or the device was abandoned.
    pub fn destroy(self: *Recording) void {
        const f = &self.device.functions;
        if (self.device.isCallable()) {
            if (self.stamps != .none) f.destroyQueryPool(self.device.handle, self.stamps, null);
            if (self.pool != .none) f.destroyCommandPool(self.device.handle, self.pool, null);
        }
        self.descriptors.deinit(self.device);
    }

    /// Begins anew; its work is done.
    pub fn begin(self: *Recording) Error!void {
        const f = &self.device.functions;
        try self.device.check(f.resetCommandPool(self.device.handle, self.pool, 0));
        try self.descriptors.reset(self.device);
        self.stamp_count = 0;
        const info: vk.CommandBufferBeginInfo = .{ .flags = vk.CommandBufferUsageFlags.one_time_submit };
        try self.device.check(f.beginCommandBuffer(self.commands, &info));
        if (self.stamps != .none) f.cmdResetQueryPool(self.commands, self.stamps, 0, stamps_max);
    }

    pub fn end(self: *Recording) Error!void {
        try self.device.check(self.device.functions.endCommandBuffer(self.commands));
    }

    /// What `after` does with memory comes after what `before` did with it, and sees it.
    pub fn barrier(self: *Recording, before: Use, after: Use) void {
        const memory: vk.MemoryBarrier2 = .{
            .srcStageMask = before.stage(),
            .srcAccessMask = before.access(),
            .dstStageMask = after.stage(),
            .dstAccessMask = after.access(),
        };
        const info: vk.DependencyInfo = .{ .memoryBarrierCount = 1, .pMemoryBarriers = @ptrCast(&memory) };
        self.device.functions.cmdPipelineBarrier2(self.commands, &info);
    }

    /// Puts a new image into its layout. What it holds then is undefined.
    pub fn settle(self: *Recording, image: vk.Image) void {
        const change: vk.ImageMemoryBarrier2 = .{
            .srcStageMask = vk.PipelineStageFlags2.all_commands,
            .srcAccessMask = vk.AccessFlags2.none,
            .dstStageMask = vk.PipelineStageFlags2.all_commands,
            .dstAccessMask = vk.AccessFlags2.memory_read | vk.AccessFlags2.memory_write,
            .oldLayout = .undefined,
            .newLayout = .general,
            .srcQueueFamilyIndex = vk.queue_family_ignored,
            .dstQueueFamilyIndex = vk.queue_family_ignored,
            .image = image,
            .subresourceRange = whole,
        };
        const info: vk.DependencyInfo = .{ .imageMemoryBarrierCount = 1, .pImageMemoryBarriers = @ptrCast(&change) };
        self.device.functions.cmdPipelineBarrier2(self.commands, &info);
    }

    /// Writes one word again and again: `offset` and `bytes` are multiples of 4.
    pub fn fill(self: *Recording, buffer: *const Buffer, offset: u64, bytes: u64, word: u32) Error!void {
        if (bytes == 0 or offset % 4 != 0 or bytes % 4 != 0) return error.InvalidArgument;
        if (offset > buffer.bytes or bytes > buffer.bytes - offset) return error.InvalidArgument;
        self.device.functions.cmdFillBuffer(self.commands, buffer.handle, offset, bytes, word);
    }

    pub fn copyBuffer(
        self: *Recording,
        from: *const Buffer,
        from_offset: u64,
        to: *const Buffer,
        to_offset: u64,
        bytes: u64,
    ) Error!void {
        if (bytes == 0 or from_offset > from.bytes or bytes > from.bytes - from_offset) return error.InvalidArgument;
        if (to_offset > to.bytes or bytes > to.bytes - to_offset) return error.InvalidArgument;
        const region: vk.BufferCopy = .{ .srcOffset = from_offset, .dstOffset = to_offset, .size = bytes };
        self.device.functions.cmdCopyBuffer(self.commands, from.handle, to.handle, 1, @ptrCast(&region));
    }

    /// Reads an image from rows without gaps; `offset` is a multiple of 16.
    pub fn copyToImage(self: *Recording, from: *const Buffer, offset: u64, to: *const Image) Error!void {
        const region = try regionOf(from, offset, to);
        const copy = self.device.functions.cmdCopyBufferToImage;
        copy(self.commands, from.handle, to.handle, .general, 1, @ptrCast(&region));
    }

    /// Writes an image as rows without gaps; `offset` is a multiple of 16.
    pub fn copyFromImage(self: *Recording, from: *const Image, to: *const Buffer, offset: u64) Error!void {
        const region = try regionOf(to, offset, from);
        const copy = self.device.functions.cmdCopyImageToBuffer;
        copy(self.commands, from.handle, .general, to.handle, 1, @ptrCast(&region));
    }

    /// Copies between images of one size and format.
    pub fn copyImage(self: *Recording, from: *const Image, to: *const Image) Error!void {
        if (from.width != to.width or from.height != to.height) return error.InvalidArgument;
        if (from.format != to.format) return error.InvalidArgument;
        const region: vk.ImageCopy = .{
            .srcSubresource = layers,
            .srcOffset = .{ .x = 0, .y = 0, .z = 0 },
            .dstSubresource = layers,
            .dstOffset = .{ .x = 0, .y = 0, .z = 0 },
            .extent = .{ .width = from.width, .height = from.height, .depth = 1 },
        };
        const copy = self.device.functions.cmdCopyImage;
        copy(self.commands, from.handle, .general, to.handle, .general, 1, @ptrCast(&region));
    }

    /// Makes all of an image one colour. Not on a queue that only copies.
    pub fn clear(self: *Recording, image: *const Image, colour: [4]f32) void {
        const value: vk.ClearColorValue = .{ .float32 = colour };
        const f = &self.device.functions;
        f.cmdClearColorImage(self.commands, image.handle, .general, &value, 1, @ptrCast(&whole));
    }

    /// Runs a compute shader in `groups` workgroups. Every binding that the shader has is given once, and its push
    /// constants in full.
    pub fn dispatch(
        self: *Recording,
        pipeline: *const Pipeline,
        bindings: []const Binding,
        push: []const u8,
        groups: [3]u32,
        why: *Explanation,
    ) Error!void {
        if (pipeline.stage != .compute) return error.InvalidArgument;
        for (groups, self.device.physical.limits.maxComputeWorkGroupCount) |count, count_max| {
            if (count == 0 or count > count_max) {
                return bindings_of.refuse(
                    why,
                    error.InvalidArgument,
                    "{d} workgroups are not 1 to {d}",
                    .{ count, count_max },
                );
            }
        }
        try self.bind(pipeline, bindings, push, why);
        self.device.functions.cmdDispatch(self.commands, groups[0], groups[1], groups[2]);
    }

    /// Draws over the whole target. The target's format is the pipeline's, and no binding is the target.
    pub fn draw(
        self: *Recording,
        pipeline: *const Pipeline,
        bindings: []const Binding,
        push: []const u8,
        target: *const Image,
        load: Load,
        why: *Explanation,
    ) Error!void {
        if (pipeline.stage != .fragment or pipeline.target != target.format) return error.InvalidArgument;
        if (target.usage & vk.ImageUsageFlags.color_attachment == 0) return error.NotSupported;
        try self.bind(pipeline, bindings, push, why);
        const area: vk.Rect2D = .{
            .offset = .{ .x = 0, .y = 0 },
            .extent = .{ .width = target.width, .height = target.height },
        };
        const attachment: vk.RenderingAttachmentInfo = .{
            .imageView = target.view,
            .imageLayout = .general,
            .resolveImageLayout = .undefined,
            .loadOp = switch (load) {
                .keep => .load,
                .discard => .dont_care,
                .clear => .clear,
            },
            .storeOp = .store,
            .clearValue = .{ .color = .{ .float32 = if (load == .clear) load.clear else @splat(0) } },
        };
        const viewport: vk.Viewport = .{
            .x = 0,
            .y = 0,
            .width = @floatFromInt(target.width),
            .height = @floatFromInt(target.height),
            .minDepth = 0,
            .maxDepth = 1,
        };
        const f = &self.device.functions;
        f.cmdBeginRendering(self.commands, &.{
            .renderArea = area,
            .layerCount = 1,
            .viewMask = 0,
            .colorAttachmentCount = 1,
            .pColorAttachments = @ptrCast(&attachment),
        });
        f.cmdSetViewport(self.commands, 0, 1, @ptrCast(&viewport));
        f.cmdSetScissor(self.commands, 0, 1, @ptrCast(&area));
        f.cmdDraw(self.commands, 3, 1, 0, 0);
        f.cmdEndRendering(self.commands);
    }

    /// Notes the device's time when all before it is done; returns the number of the stamp.
    pub fn stamp(self: *Recording) Error!u32 {
        if (self.stamps == .none) return error.NotSupported;
        if (self.stamp_count == stamps_max) return error.InvalidArgument;
        const number = self.stamp_count;
        const f = &self.device.functions;
        f.cmdWriteTimestamp2(self.commands, vk.PipelineStageFlags2.all_commands, self.stamps, number);
        self.stamp_count += 1;
        return number;
    }

    /// Nanoseconds of device time from the first stamp to each. Its work is done, and it was not begun anew.
    pub fn readStamps(self: *Recording, storage: *[stamps_max]u64) Error![]u64 {
        try self.device.enter();
        if (self.stamp_count == 0) return storage[0..0];
        const result = self.device.functions.getQueryPoolResults(
            self.device.handle,
            self.stamps,
            0,
            self.stamp_count,
            @sizeOf(@TypeOf(storage.*)),
            storage,
            @sizeOf(u64),
            vk.QueryResultFlags.@"64",
        );
        try self.device.check(result);
        if (result == .not_ready) return error.TimedOut;
        const period_ns: f64 = self.device.physical.limits.timestampPeriod;
        const mask = @as(u64, std.math.maxInt(u64)) >> @intCast(64 - self.queue.stamp_bits);
        const first = storage[0];
        for (storage[0..self.stamp_count]) |*ns| {
            ns.* = @intFromFloat(@as(f64, @floatFromInt((ns.* -% first) & mask)) * period_ns);
        }
        return storage[0..self.stamp_count];
    }

    fn bind(
        self: *Recording,
        pipeline: *const Pipeline,
        bindings: []const Binding,
        push: []const u8,
        why: *Explanation,
    ) Error!void {
        if (push.len != pipeline.push_bytes) {
            return bindings_of.refuse(why, error.InvalidArgument, "its push constants are {d} bytes, {d} were given", .{
                pipeline.push_bytes,
                push.len,
            });
        }
        try bindings_of.check(pipeline.reflection.bindings, bindings, why);
        const f = &self.device.functions;
        const point = pipeline.bindPoint();
        f.cmdBindPipeline(self.commands, point, pipeline.handle);
        const sets = try self.descriptors.take(pipeline);
        for (bindings) |binding| self.write(pipeline, sets[binding.set], binding);
        if (pipeline.set_count > 0) {
            f.cmdBindDescriptorSets(self.commands, point, pipeline.layout, 0, pipeline.set_count, &sets, 0, null);
        }
        if (push.len > 0) {
            f.cmdPushConstants(self.commands, pipeline.layout, pipeline.stageFlags(), 0, pipeline.push_bytes, push.ptr);
        }
    }

    fn write(self: *Recording, pipeline: *const Pipeline, set: vk.DescriptorSet, binding: Binding) void {
        var buffer: vk.DescriptorBufferInfo = undefined;
        var image: vk.DescriptorImageInfo = undefined;
        switch (binding.resource) {
            .buffer => |given| buffer = .{ .buffer = given.handle, .offset = 0, .range = given.bytes },
            .image => |given| image = .{ .sampler = .none, .imageView = given.view, .imageLayout = .general },
            .sampler => |given| image = .{ .sampler = given.handle, .imageView = .none, .imageLayout = .undefined },
            .sampled => |given| image = .{
                .sampler = given.sampler.handle,
                .imageView = given.image.view,
                .imageLayout = .general,
            },
        }
        const info: vk.WriteDescriptorSet = .{
            .dstSet = set,
            .dstBinding = binding.binding,
            .dstArrayElement = binding.element,
            .descriptorCount = 1,
            .descriptorType = descriptorType(bindings_of.find(pipeline.reflection.bindings, binding).?.kind),
            .pBufferInfo = if (binding.resource == .buffer) @ptrCast(&buffer) else null,
            .pImageInfo = if (binding.resource == .buffer) null else @ptrCast(&image),
        };
        self.device.functions.updateDescriptorSets(self.device.handle, 1, @ptrCast(&info), 0, null);
    }
};

const layers: vk.ImageSubresourceLayers = .{
    .aspectMask = vk.ImageAspectFlags.color,
    .mipLevel = 0,
    .baseArrayLayer = 0,
    .layerCount = 1,
};

fn regionOf(buffer: *const Buffer, offset: u64, image: *const Image) Error!vk.BufferImageCopy {
    if (offset % 16 != 0 or offset > buffer.bytes) return error.InvalidArgument;
    if (image.packedBytes() > buffer.bytes - offset) return error.InvalidArgument;
    return .{
        .bufferOffset = offset,
        .bufferRowLength = 0,
        .bufferImageHeight = 0,
        .imageSubresource = layers,
        .imageOffset = .{ .x = 0, .y = 0, .z = 0 },
        .imageExtent = .{ .width = image.width, .height = image.height, .depth = 1 },
    };
}
