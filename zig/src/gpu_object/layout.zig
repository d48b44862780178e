//! The structs by which callers speak of GPUs.

const std = @import("std");

/// A number that is not said.
pub const any = 0xffff_ffff;

/// A device of the machine. Texts end with a zero byte.
pub const GpuInfo = extern struct {
    index: u32,
    /// 0 discrete, 1 integrated, 2 virtual, 3 cpu, 4 other.
    kind: u32,
    /// As Vulkan packs it.
    api_version: u32,
    vendor_id: u32,
    device_id: u32,
    push_bytes_max: u32,
    side_max: u32,
    has_memory_fd: u32,
    uuid: [16]u8,
    driver_uuid: [16]u8,
    name: [256]u8,
    driver: [256]u8,
    /// What the library needs and the device has not got; empty if it can be opened.
    lack: [128]u8,
};

/// The device that is wanted.
pub const GpuDeviceConfig = extern struct {
    /// `any` is any.
    index: u32,
    kind: u32,
    has_uuid: u32,
    validate: u32,
    /// Longer than this the device may not take, 1 to 600 000.
    wait_ms: u32,
    /// Whether one that is open already will do, if it was opened with the same `validate` and `wait_ms`, shared too.
    is_shared: u32,
    name_bytes: u32,
    uuid: [16]u8,
    name: [256]u8,
};

pub const GpuDeviceStatistics = extern struct {
    allocated_bytes: u64,
    used_bytes: u64,
    used_bytes_max: u64,
    submits: u64,
    used_count: u32,
    allocation_count: u32,
    /// 0 working, 1 lost, 2 abandoned.
    health: u32,
    /// Of the validation layer.
    messages: u32,
    streams: u32,
    /// Pools, pipelines, buffers, images and samplers.
    resources: u32,
    /// The first message, ended by a zero byte.
    message: [1024]u8,
};

/// Of all devices of this process.
pub const GpuTotals = extern struct {
    open_devices: u32,
    /// Buffers and images that closed devices still had.
    leaked: u32,
    /// Of the validation layer, of closed devices.
    messages: u32,
    message: [1024]u8,
};

/// Memory of a buffer that another process may have too, and where it finds it.
pub const GpuShare = extern struct {
    device_uuid: [16]u8,
    driver_uuid: [16]u8,
    /// Random bits, which the tag holds: who finds them has found what was meant.
    key: [16]u8,
    /// Of the buffer, and of its memory.
    bytes: u64,
    memory_bytes: u64,
    /// As the driver counts.
    memory_type: u32,
    /// Who shares it, and the descriptors there.
    process: u32,
    fd: u32,
    tag_fd: u32,
};

pub const GpuStreamConfig = extern struct {
    /// 0 main, 1 compute, 2 transfer.
    role: u32,
    /// Numbers count around the queues of the role.
    queue: u32,
    /// 1 to 16.
    in_flight_max: u32,
    /// Whether the device's time is noted after each command.
    is_stamped: u32,
    /// Room for uploads that are under way; 0 for none.
    staging_bytes: u32,
};

pub const GpuPoolConfig = extern struct {
    slot_count: u32,
    width: u32,
    height: u32,
    /// As gpu/image.zig counts.
    format: u32,
    generation: u32,
};

/// A pipeline that computes (`is_draw` 0), or one that draws on a target.
pub const GpuPipelineConfig = extern struct {
    is_draw: u32,
    target_format: u32,
    /// As gpu/pipeline.zig counts.
    blend: u32,
    entry_bytes: u32,
    entry: [64]u8,
};

/// A thing on the device: a buffer, an image, or the image of a pool's slot.
pub const GpuPlace = extern struct {
    handle: u32,
    /// Of a pool.
    slot: u32,
    /// Of a buffer, in bytes.
    offset: u32,
};

pub const GpuCopy = extern struct {
    from: GpuPlace,
    to: GpuPlace,
    /// Between buffers; where an image takes part, its whole picture is copied.
    bytes: u32,
};

/// Runs a shader. After it follow `binding_count` of GpuBinding and `push_bytes` of push constants.
pub const GpuRun = extern struct {
    pipeline: u32,
    /// Workgroups, of a pipeline that computes.
    groups_x: u32,
    groups_y: u32,
    groups_z: u32,
    binding_count: u32,
    push_bytes: u32,
    /// What is drawn on, of a pipeline that draws.
    target: GpuPlace,
    /// Of a pipeline that draws: 0 keeps what is there, 1 discards it, 2 clears it first, to nothing.
    load: u32,
};

pub const GpuBinding = extern struct {
    set: u32,
    binding: u32,
    element: u32,
    place: GpuPlace,
    /// With an image that is sampled, or alone; 0 for none.
    sampler: u32,
};

/// Copies a text and ends it with zeros; what does not fit is cut.
pub fn putText(target: []u8, text: []const u8) void {
    const count = @min(text.len, target.len - 1);
    @memcpy(target[0..count], text[0..count]);
    @memset(target[count..], 0);
}

test "putText() cuts and ends" {
    var bytes: [4]u8 = @splat(1);
    putText(&bytes, "abcdef");
    try std.testing.expectEqualStrings("abc\x00", &bytes);
    putText(&bytes, "");
    try std.testing.expectEqualStrings("\x00\x00\x00\x00", &bytes);
}
