//! A row of bytes in device memory.

const std = @import("std");
const external = @import("external.zig");
const memory = @import("memory.zig");
const vk = @import("vk.zig");
const Device = @import("device.zig").Device;
const Error = @import("failure.zig").Error;

pub const Options = struct {
    bytes: u64,
    where: memory.Where = .device,
    origin: external.Origin = .own,
    name: [:0]const u8 = "",
};

/// Every use that the library makes of buffers: shaders read and write them, and they are copied from and to.
const usage = vk.BufferUsageFlags.transfer_src | vk.BufferUsageFlags.transfer_dst |
    vk.BufferUsageFlags.storage_buffer | vk.BufferUsageFlags.uniform_buffer;

pub const Buffer = struct {
    device: *Device,
    handle: vk.Buffer,
    bytes: u64,
    allocation: memory.Allocation,

    pub fn create(device: *Device, options: Options) Error!Buffer {
        try device.enter();
        if (options.bytes == 0) return error.InvalidArgument;
        try options.origin.check(device, usage);
        var storage: [3]u32 = undefined;
        const families = device.families(&storage);
        const shared: vk.ExternalMemoryBufferCreateInfo = .{
            .handleTypes = vk.ExternalMemoryHandleTypeFlags.opaque_fd,
        };
        const info: vk.BufferCreateInfo = .{
            .pNext = if (options.origin == .own) null else &shared,
            .size = options.bytes,
            .usage = usage,
            .sharingMode = if (families.len > 1) .concurrent else .exclusive,
            .queueFamilyIndexCount = @intCast(families.len),
            .pQueueFamilyIndices = families.ptr,
        };
        const f = &device.functions;
        var handle: vk.Buffer = .none;
        try device.check(f.createBuffer(device.handle, &info, null, &handle));
        errdefer f.destroyBuffer(device.handle, handle, null);
        var alone: vk.MemoryDedicatedRequirements = .{};
        var requirements: vk.MemoryRequirements2 = .{ .pNext = &alone };
        f.getBufferMemoryRequirements2(device.handle, &.{ .buffer = handle }, &requirements);
        var need: memory.Need = .{
            .requirements = requirements.memoryRequirements,
            .where = options.where,
            .kind = .buffer,
            .is_alone = alone.prefersDedicatedAllocation != vk.no,
            .buffer = handle,
        };
        try options.origin.apply(&need);
        const allocation = try device.memory.alloc(device, need);
        errdefer device.memory.free(device, allocation);
        try device.check(f.bindBufferMemory(device.handle, handle, allocation.memory, allocation.offset));
        device.setName(.buffer, @backingInt(handle), options.name);
        return .{ .device = device, .handle = handle, .bytes = options.bytes, .allocation = allocation };
    }

    /// No work that names it is under way.
    pub fn destroy(self: Buffer) void {
        if (self.device.isCallable()) self.device.functions.destroyBuffer(self.device.handle, self.handle, null);
        self.device.memory.free(self.device, self.allocation);
    }

    /// Its bytes as the host sees them, until `destroy`. Only of a buffer that is `upload` or `download`.
    pub fn mapped(self: *const Buffer) []u8 {
        return self.allocation.mapped.?[0..@intCast(self.bytes)];
    }
};
