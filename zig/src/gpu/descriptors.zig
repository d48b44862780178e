//! Descriptor sets of one recording: taken one after the other, given back all at once.
//!
//! Each recording has its own pools, which are reset when its work is done. More pools are made when one is used up,
//! and stay: after the first few ticks nothing is made any more.

const std = @import("std");
const pipelines = @import("pipeline.zig");
const vk = @import("vk.zig");
const Device = @import("device.zig").Device;
const Error = @import("failure.zig").Error;
const Pipeline = pipelines.Pipeline;

const sets_per_pool = 64;
const descriptors_per_pool = 128;
const kind_count = 6;

pub const Descriptors = struct {
    pools: std.ArrayList(vk.DescriptorPool) = .empty,
    /// The pool that is taken from.
    current: usize = 0,
    sets_left: u32 = 0,
    left: [kind_count]u32 = @splat(0),

    pub fn deinit(self: *Descriptors, device: *Device) void {
        for (self.pools.items) |pool| {
            if (device.isCallable()) device.functions.destroyDescriptorPool(device.handle, pool, null);
        }
        self.pools.deinit(device.gpa);
    }

    /// Takes all sets back. Work that names them is done.
    pub fn reset(self: *Descriptors, device: *Device) Error!void {
        for (self.pools.items) |pool| {
            try device.check(device.functions.resetDescriptorPool(device.handle, pool, 0));
        }
        self.current = 0;
        self.refill();
    }

    /// The sets of a pipeline, to be written and bound.
    pub fn take(self: *Descriptors, pipeline: *const Pipeline) Error![pipelines.sets_max]vk.DescriptorSet {
        const device = pipeline.device;
        var sets: [pipelines.sets_max]vk.DescriptorSet = @splat(.none);
        if (pipeline.set_count == 0) return sets;
        var wanted: [kind_count]u32 = @splat(0);
        for (pipeline.reflection.bindings) |binding| wanted[@backingInt(binding.kind)] += binding.count;
        while (!self.fits(pipeline.set_count, wanted)) try self.next(device);
        self.sets_left -= pipeline.set_count;
        for (&self.left, wanted) |*left, count| left.* -= count;
        const info: vk.DescriptorSetAllocateInfo = .{
            .descriptorPool = self.pools.items[self.current],
            .descriptorSetCount = pipeline.set_count,
            .pSetLayouts = &pipeline.set_layouts,
        };
        try device.check(device.functions.allocateDescriptorSets(device.handle, &info, &sets));
        return sets;
    }

    fn fits(self: *const Descriptors, set_count: u32, wanted: [kind_count]u32) bool {
        if (self.current >= self.pools.items.len or self.sets_left < set_count) return false;
        for (self.left, wanted) |left, count| if (left < count) return false;
        return true;
    }

    fn next(self: *Descriptors, device: *Device) Error!void {
        const following = if (self.pools.items.len == 0) 0 else self.current + 1;
        if (following == self.pools.items.len) {
            try self.pools.ensureUnusedCapacity(device.gpa, 1);
            self.pools.appendAssumeCapacity(try createPool(device));
        }
        self.current = following;
        self.refill();
    }

    fn refill(self: *Descriptors) void {
        self.sets_left = sets_per_pool;
        self.left = @splat(descriptors_per_pool);
    }
};

fn createPool(device: *Device) Error!vk.DescriptorPool {
    var sizes: [kind_count]vk.DescriptorPoolSize = undefined;
    for (&sizes, 0..) |*size, i| {
        size.* = .{
            .type = pipelines.descriptorType(@fromBackingInt(@intCast(i))),
            .descriptorCount = descriptors_per_pool,
        };
    }
    const info: vk.DescriptorPoolCreateInfo = .{
        .maxSets = sets_per_pool,
        .poolSizeCount = kind_count,
        .pPoolSizes = &sizes,
    };
    var pool: vk.DescriptorPool = .none;
    try device.check(device.functions.createDescriptorPool(device.handle, &info, null, &pool));
    return pool;
}
