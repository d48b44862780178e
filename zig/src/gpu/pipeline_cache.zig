//! What a driver has compiled, kept from one process to the next.
//!
//! Drivers should refuse what is not theirs; we look first, because some do not and a file may be anybody's.

const std = @import("std");
const vk = @import("vk.zig");
const Device = @import("device.zig").Device;
const Error = @import("failure.zig").Error;
const Physical = @import("physical.zig").Physical;

/// VkPipelineCacheHeaderVersionOne: length, version, vendor, device, uuid.
const header_bytes = 16 + vk.uuid_bytes;

fn isOf(bytes: []const u8, physical: *const Physical) bool {
    if (bytes.len < header_bytes) return false;
    const wanted = [_]u32{ header_bytes, 1, physical.vendor_id, physical.device_id };
    for (wanted, 0..) |word, i| {
        if (std.mem.readInt(u32, bytes[4 * i ..][0..4], .native) != word) return false;
    }
    return std.mem.eql(u8, bytes[16..header_bytes], &physical.cache_uuid);
}

pub fn create(device: *Device, bytes: []const u8) Error!vk.PipelineCache {
    const usable = if (isOf(bytes, &device.physical)) bytes else &.{};
    const info: vk.PipelineCacheCreateInfo = .{ .initialDataSize = usable.len, .pInitialData = usable.ptr };
    var cache: vk.PipelineCache = .none;
    try device.check(device.functions.createPipelineCache(device.handle, &info, null, &cache));
    return cache;
}

pub fn data(device: *Device, gpa: std.mem.Allocator) Error![]u8 {
    try device.enter();
    const get = device.functions.getPipelineCacheData;
    while (true) {
        var length: usize = 0;
        try device.check(get(device.handle, device.cache, &length, null));
        const bytes = try gpa.alloc(u8, length);
        errdefer gpa.free(bytes);
        const result = get(device.handle, device.cache, &length, bytes.ptr);
        try device.check(result);
        if (result == .success and length == bytes.len) return bytes;
        gpa.free(bytes); // It has grown meanwhile.
    }
}

test "isOf() knows its own" {
    var physical: Physical = undefined;
    physical.vendor_id = 0x10de;
    physical.device_id = 7;
    physical.cache_uuid = @splat(9);
    var bytes: [header_bytes]u8 = @splat(9);
    for ([_]u32{ header_bytes, 1, 0x10de, 7 }, 0..) |word, i| {
        std.mem.writeInt(u32, bytes[4 * i ..][0..4], word, .native);
    }
    try std.testing.expect(isOf(&bytes, &physical));
    try std.testing.expect(!isOf(bytes[0 .. bytes.len - 1], &physical));
    bytes[20] = 1;
    try std.testing.expect(!isOf(&bytes, &physical));
}
