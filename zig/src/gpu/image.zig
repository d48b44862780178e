//! A picture in device memory, laid out as the device likes it.
//!
//! It is in the layout GENERAL from its creation on: between what reads and what writes it stands a barrier and never a
//! change of layout, whoever they are. See docs/internals/gpu.md.

const std = @import("std");
const memory = @import("memory.zig");
const vk = @import("vk.zig");
const Device = @import("device.zig").Device;
const Error = @import("failure.zig").Error;

pub const Format = enum {
    r8,
    rg8,
    rgba8,
    bgra8,
    r16,
    rgba16,
    rgba16_float,
    rgba32_float,

    pub fn of(self: Format) vk.Format {
        return switch (self) {
            .r8 => .r8_unorm,
            .rg8 => .r8g8_unorm,
            .rgba8 => .r8g8b8a8_unorm,
            .bgra8 => .b8g8r8a8_unorm,
            .r16 => .r16_unorm,
            .rgba16 => .r16g16b16a16_unorm,
            .rgba16_float => .r16g16b16a16_sfloat,
            .rgba32_float => .r32g32b32a32_sfloat,
        };
    }

    /// Its number in SPIR-V (3.11); null if shaders have no name for it.
    pub fn spirvFormat(self: Format) ?u32 {
        return switch (self) {
            .rgba32_float => 1,
            .rgba16_float => 2,
            .rgba8 => 4,
            .rgba16 => 10,
            .rg8 => 13,
            .r16 => 14,
            .r8 => 15,
            .bgra8 => null,
        };
    }

    pub fn pixelBytes(self: Format) u32 {
        return switch (self) {
            .r8 => 1,
            .rg8, .r16 => 2,
            .rgba8, .bgra8 => 4,
            .rgba16, .rgba16_float => 8,
            .rgba32_float => 16,
        };
    }
};

pub const Options = struct {
    width: u32,
    height: u32,
    format: Format,
    /// Put into its layout at creation, which waits for the device. If not, its first recording does (`settle`).
    is_settled: bool = true,
    name: [:0]const u8 = "",
};

/// Whole colours, one level, one layer: all that there is of an image.
pub const whole: vk.ImageSubresourceRange = .{
    .aspectMask = vk.ImageAspectFlags.color,
    .baseMipLevel = 0,
    .levelCount = 1,
    .baseArrayLayer = 0,
    .layerCount = 1,
};

pub const Image = struct {
    device: *Device,
    handle: vk.Image,
    view: vk.ImageView,
    width: u32,
    height: u32,
    format: Format,
    /// What the device can do with this format: bits of `vk.ImageUsageFlags`.
    usage: u32,
    allocation: memory.Allocation,

    /// What it shows is undefined.
    pub fn create(device: *Device, options: Options) Error!Image {
        try device.enter();
        const side_max = device.physical.limits.maxImageDimension2D;
        if (options.width == 0 or options.height == 0) return error.InvalidArgument;
        if (options.width > side_max or options.height > side_max) return error.NotSupported;
        const f = &device.functions;
        const handle = try createHandle(device, options);
        errdefer f.destroyImage(device.handle, handle, null);
        var alone: vk.MemoryDedicatedRequirements = .{};
        var requirements: vk.MemoryRequirements2 = .{ .pNext = &alone };
        f.getImageMemoryRequirements2(device.handle, &.{ .image = handle }, &requirements);
        const need: memory.Need = .{
            .requirements = requirements.memoryRequirements,
            .where = .device,
            .kind = .image,
            .is_alone = alone.prefersDedicatedAllocation != vk.no,
            .image = handle,
        };
        const allocation = try device.memory.alloc(device, need);
        errdefer device.memory.free(device, allocation);
        try device.check(f.bindImageMemory(device.handle, handle, allocation.memory, allocation.offset));
        const view_info: vk.ImageViewCreateInfo = .{
            .image = handle,
            .viewType = .@"2d",
            .format = options.format.of(),
            .components = .{ .r = .identity, .g = .identity, .b = .identity, .a = .identity },
            .subresourceRange = whole,
        };
        var view: vk.ImageView = .none;
        try device.check(f.createImageView(device.handle, &view_info, null, &view));
        errdefer f.destroyImageView(device.handle, view, null);
        if (options.is_settled) try device.settle(handle);
        device.setName(.image, @backingInt(handle), options.name);
        return .{
            .device = device,
            .handle = handle,
            .view = view,
            .width = options.width,
            .height = options.height,
            .format = options.format,
            .usage = usageOf(device, options.format),
            .allocation = allocation,
        };
    }

    /// No work that names it is under way.
    pub fn destroy(self: Image) void {
        if (self.device.isCallable()) {
            self.device.functions.destroyImageView(self.device.handle, self.view, null);
            self.device.functions.destroyImage(self.device.handle, self.handle, null);
        }
        self.device.memory.free(self.device, self.allocation);
    }

    /// Bytes of the picture in a buffer, rows without gaps.
    pub fn packedBytes(self: *const Image) u64 {
        return @as(u64, self.width) * self.height * self.format.pixelBytes();
    }
};

/// Every use that the format allows of those the library makes.
fn usageOf(device: *const Device, format: Format) u32 {
    const feature = vk.FormatFeatureFlags;
    const use = vk.ImageUsageFlags;
    var properties: vk.FormatProperties = .{};
    device.instance.functions.getPhysicalDeviceFormatProperties(device.physical.handle, format.of(), &properties);
    const has = properties.optimalTilingFeatures;
    var usage: u32 = use.transfer_src | use.transfer_dst;
    if (has & feature.sampled_image != 0) usage |= use.sampled;
    if (has & feature.storage_image != 0) usage |= use.storage;
    if (has & feature.color_attachment != 0) usage |= use.color_attachment;
    return usage;
}

fn createHandle(device: *Device, options: Options) Error!vk.Image {
    var storage: [3]u32 = undefined;
    const families = device.families(&storage);
    const info: vk.ImageCreateInfo = .{
        .imageType = .@"2d",
        .format = options.format.of(),
        .extent = .{ .width = options.width, .height = options.height, .depth = 1 },
        .mipLevels = 1,
        .arrayLayers = 1,
        .samples = vk.SampleCountFlags.@"1",
        .tiling = .optimal,
        .usage = usageOf(device, options.format),
        .sharingMode = if (families.len > 1) .concurrent else .exclusive,
        .queueFamilyIndexCount = @intCast(families.len),
        .pQueueFamilyIndices = families.ptr,
        .initialLayout = .undefined,
    };
    var handle: vk.Image = .none;
    try device.check(device.functions.createImage(device.handle, &info, null, &handle));
    return handle;
}
