//! GPUs: Vulkan devices, opened at run time. docs/internals/gpu.md tells what holds.
//!
//! An `instance` lists devices (`physical`), one is opened (`device`), and has buffers, images, samplers and pipelines
//! made of SPIR-V. A `stream` lends recordings and submits them to a queue; its timeline tells how far it is.

pub const access = @import("gpu/access.zig");
pub const bindings = @import("gpu/bindings.zig");
pub const buffer = @import("gpu/buffer.zig");
pub const descriptors = @import("gpu/descriptors.zig");
pub const device = @import("gpu/device.zig");
pub const external = @import("gpu/external.zig");
pub const failure = @import("gpu/failure.zig");
pub const frame_pool = @import("gpu/frame_pool.zig");
pub const functions = @import("gpu/functions.zig");
pub const image = @import("gpu/image.zig");
pub const instance = @import("gpu/instance.zig");
pub const library = @import("gpu/library.zig");
pub const memory = @import("gpu/memory.zig");
pub const messages = @import("gpu/messages.zig");
pub const physical = @import("gpu/physical.zig");
pub const pipeline = @import("gpu/pipeline.zig");
pub const pipeline_cache = @import("gpu/pipeline_cache.zig");
pub const queue = @import("gpu/queue.zig");
pub const range_allocator = @import("gpu/range_allocator.zig");
pub const recording = @import("gpu/recording.zig");
pub const sampler = @import("gpu/sampler.zig");
pub const spirv = @import("gpu/spirv.zig");
pub const staging = @import("gpu/staging.zig");
pub const stream = @import("gpu/stream.zig");
pub const timeline = @import("gpu/timeline.zig");
pub const vk = @import("gpu/vk.zig");

test {
    _ = access;
    _ = bindings;
    _ = buffer;
    _ = descriptors;
    _ = device;
    _ = external;
    _ = failure;
    _ = frame_pool;
    _ = functions;
    _ = image;
    _ = instance;
    _ = library;
    _ = memory;
    _ = messages;
    _ = physical;
    _ = pipeline;
    _ = pipeline_cache;
    _ = queue;
    _ = range_allocator;
    _ = recording;
    _ = sampler;
    _ = spirv;
    _ = staging;
    _ = stream;
    _ = timeline;
    _ = vk;
    _ = @import("gpu/device_test.zig");
}
