//! How a shader reads between and beyond the pixels of an image.

const vk = @import("vk.zig");
const Device = @import("device.zig").Device;
const Error = @import("failure.zig").Error;

pub const Filter = enum { nearest, linear };

/// What lies beyond the edge.
pub const Edge = enum { repeat, mirror, clamp, transparent };

pub const Sampler = struct {
    device: *Device,
    handle: vk.Sampler,

    pub fn create(device: *Device, filter: Filter, edge: Edge) Error!Sampler {
        try device.enter();
        const vk_filter: vk.Filter = if (filter == .linear) .linear else .nearest;
        const mode: vk.SamplerAddressMode = switch (edge) {
            .repeat => .repeat,
            .mirror => .mirrored_repeat,
            .clamp => .clamp_to_edge,
            .transparent => .clamp_to_border,
        };
        const info: vk.SamplerCreateInfo = .{
            .magFilter = vk_filter,
            .minFilter = vk_filter,
            .mipmapMode = .nearest,
            .addressModeU = mode,
            .addressModeV = mode,
            .addressModeW = mode,
            .mipLodBias = 0,
            .anisotropyEnable = vk.no,
            .maxAnisotropy = 1,
            .compareEnable = vk.no,
            .compareOp = .never,
            .minLod = 0,
            .maxLod = 0,
            .borderColor = .float_transparent_black,
            .unnormalizedCoordinates = vk.no,
        };
        var handle: vk.Sampler = .none;
        try device.check(device.functions.createSampler(device.handle, &info, null, &handle));
        return .{ .device = device, .handle = handle };
    }

    pub fn destroy(self: Sampler) void {
        if (self.device.isCallable()) self.device.functions.destroySampler(self.device.handle, self.handle, null);
    }
};
