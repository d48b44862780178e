//! Device memory that goes from one process to another by file descriptor, where the driver offers that.
//!
//! What the descriptor names is the driver's secret: only the same driver on the same device can open it, and it is
//! never mapped otherwise. Only buffers go, because the bytes of an image mean something to its own device alone.

const std = @import("std");
const memory = @import("memory.zig");
const vk = @import("vk.zig");
const Device = @import("device.zig").Device;
const Error = @import("failure.zig").Error;

/// What another process needs besides the descriptor itself.
pub const Exported = struct {
    fd: i32,
    bytes: u64,
    type_index: u32,
};

/// Where the memory of a buffer comes from.
pub const Origin = union(enum) {
    own,
    /// Its own, which can be exported.
    exported,
    /// Another process's. The descriptor stays the caller's, who may close it afterwards.
    imported: Exported,

    /// Whether the device can do that with buffers of this usage.
    pub fn check(self: Origin, device: *const Device, usage: u32) Error!void {
        if (self == .own) return;
        if (device.functions.getMemoryFdKHR == null) return error.NotSupported;
        const info: vk.PhysicalDeviceExternalBufferInfo = .{
            .usage = usage,
            .handleType = vk.ExternalMemoryHandleTypeFlags.opaque_fd,
        };
        var properties: vk.ExternalBufferProperties = .{};
        const f = &device.instance.functions;
        f.getPhysicalDeviceExternalBufferProperties(device.physical.handle, &info, &properties);
        const feature = vk.ExternalMemoryFeatureFlags;
        const wanted = if (self == .exported) feature.exportable else feature.importable;
        if (properties.externalMemoryProperties.externalMemoryFeatures & wanted == 0) return error.NotSupported;
    }

    pub fn apply(self: Origin, need: *memory.Need) Error!void {
        switch (self) {
            .own => {},
            .exported => need.is_exported = true,
            .imported => |given| {
                const fits = given.type_index < 32 and
                    need.requirements.memoryTypeBits >> @intCast(given.type_index) & 1 != 0 and
                    given.bytes == need.requirements.size;
                if (!fits) return error.InvalidArgument;
                need.imported = .{ .fd = given.fd, .bytes = given.bytes, .type_index = given.type_index };
            },
        }
    }
};

/// A new descriptor of an allocation that was made `exported`. It is the caller's to close or to pass on.
pub fn exportMemory(device: *Device, allocation: memory.Allocation) Error!Exported {
    try device.enter();
    const get = device.functions.getMemoryFdKHR orelse return error.NotSupported;
    const info: vk.MemoryGetFdInfoKHR = .{
        .memory = allocation.memory,
        .handleType = vk.ExternalMemoryHandleTypeFlags.opaque_fd,
    };
    var fd: c_int = -1;
    try device.check(get(device.handle, &info, &fd));
    return .{ .fd = fd, .bytes = allocation.bytes, .type_index = allocation.type_index };
}
