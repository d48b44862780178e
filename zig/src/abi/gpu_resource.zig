//! What is made of a GPU, by handle: pools of frames, pipelines, buffers, images, samplers. See
//! ../gpu_object/resource.zig.
//!
//! A handle is stale as soon as it is closed; the device may go on with what it named.

const std = @import("std");
const explain = @import("explain.zig");
const gpu = @import("../gpu_object.zig");
const result = @import("../result.zig");
const spirv = @import("../gpu/spirv.zig");
const Buffer = @import("buffer.zig");
const Error = result.Error;
const Explanation = @import("../gpu/failure.zig").Explanation;
const ThreadHolds = @import("../thread_holds.zig").ThreadHolds;

const gpa = std.heap.page_allocator;
const layout = gpu.layout;

pub const layouts = .{
    .GpuPoolConfig = layout.GpuPoolConfig,
    .GpuPipelineConfig = layout.GpuPipelineConfig,
    .GpuShare = layout.GpuShare,
};

/// Which thread has made what.
var thread_holds: ThreadHolds(4096) = .{};

/// Closes what the calling thread, which has ended, left open.
pub fn threadEnded() void {
    while (thread_holds.next()) |handle| gpu.resource.closeAny(handle);
}

fn keep(handle: u32) Error!u32 {
    hold(handle) catch |err| {
        gpu.resource.closeAny(handle);
        return err;
    };
    return handle;
}

fn hold(handle: u32) Error!void {
    thread_holds.add(handle) catch {
        // What went with its device is still in the list.
        thread_holds.prune(gpu.resource.isOpen);
        try thread_holds.add(handle);
    };
}

fn close(handle: u32, kind: gpu.resource.Kind) Error!void {
    gpu.resource.close(handle, kind) catch |err| {
        // Its device closed it before.
        if (err == error.BadHandle) thread_holds.remove(handle);
        return err;
    };
    thread_holds.remove(handle);
}

/// Makes the images behind the slots of a ring (layout GpuPoolConfig); returns the pool's handle. `not_supported` for a
/// size that the device has not got, `out_of_device_memory`.
pub fn sl_gpu_pool_create(device: u32, config: ?[*]const u8, config_bytes: u32) callconv(.c) i32 {
    return result.code(createPool(device, config, config_bytes));
}

fn createPool(device: u32, config: ?[*]const u8, config_bytes: u32) Error!u32 {
    const parsed = try Buffer.get(layout.GpuPoolConfig, config, config_bytes);
    return keep(try gpu.resource.createPool(device, &parsed));
}

/// Frames of the pool are stale from now on.
pub fn sl_gpu_pool_close(pool: u32) callconv(.c) i32 {
    return result.code(close(pool, .pool));
}

/// Makes a pipeline of SPIR-V (layout GpuPipelineConfig); returns its handle. The driver compiles it, which may take
/// longer than other calls. `bad_shader`, `not_supported`.
pub fn sl_gpu_pipeline_create(
    device: u32,
    words: ?[*]const u8,
    words_bytes: u32,
    config: ?[*]const u8,
    config_bytes: u32,
    why: ?[*]u8,
    why_bytes: u32,
) callconv(.c) i32 {
    var explanation: Explanation = .{};
    const outcome = createPipeline(device, words, words_bytes, config, config_bytes, &explanation);
    return explain.code(outcome, &explanation, why, why_bytes);
}

fn createPipeline(
    device: u32,
    words: ?[*]const u8,
    words_bytes: u32,
    config: ?[*]const u8,
    config_bytes: u32,
    why: *Explanation,
) Error!u32 {
    const parsed = try Buffer.get(layout.GpuPipelineConfig, config, config_bytes);
    const module = try spirv.wordsOf(gpa, try Buffer.read(words, words_bytes), why);
    defer gpa.free(module);
    return keep(try gpu.resource.createPipeline(device, module, &parsed, why));
}

/// Describes a SPIR-V module as JSON: entry points, bindings, push constants; returns its length in bytes.
/// `bad_shader`, `out_of_space`.
pub fn sl_gpu_pipeline_reflect(
    words: ?[*]const u8,
    words_bytes: u32,
    out: ?[*]u8,
    out_bytes: u32,
    why: ?[*]u8,
    why_bytes: u32,
) callconv(.c) i32 {
    var explanation: Explanation = .{};
    return explain.code(reflect(words, words_bytes, out, out_bytes, &explanation), &explanation, why, why_bytes);
}

fn reflect(words: ?[*]const u8, words_bytes: u32, out: ?[*]u8, out_bytes: u32, why: *Explanation) Error!u32 {
    const target = try Buffer.writable(out, out_bytes);
    const module = try spirv.wordsOf(gpa, try Buffer.read(words, words_bytes), why);
    defer gpa.free(module);
    return gpu.reflection.write(module, target, why);
}

/// Closes a pipeline.
pub fn sl_gpu_pipeline_close(pipeline: u32) callconv(.c) i32 {
    return result.code(close(pipeline, .pipeline));
}

/// Makes a buffer; returns its handle. `where` is 0 for the device alone, 1 for the host to write, 2 for the host to
/// read. What the host sees is zeros at first.
pub fn sl_gpu_buffer_create(device: u32, bytes: u32, where: u32) callconv(.c) i32 {
    return result.code(createBuffer(device, bytes, where));
}

fn createBuffer(device: u32, bytes: u32, where: u32) Error!u32 {
    return keep(try gpu.resource.createBuffer(device, bytes, where));
}

/// Makes a buffer of the device alone that other processes may have too; returns its handle. `not_supported` if the
/// driver does not pass memory on.
pub fn sl_gpu_buffer_create_exported(device: u32, bytes: u32, why: ?[*]u8, why_bytes: u32) callconv(.c) i32 {
    var explanation: Explanation = .{};
    return explain.code(createExported(device, bytes, &explanation), &explanation, why, why_bytes);
}

fn createExported(device: u32, bytes: u32, why: *Explanation) Error!u32 {
    return keep(try gpu.resource.createExported(device, bytes, why));
}

/// Writes where another process of this user finds the memory of such a buffer (layout GpuShare), until it is closed
/// here. `invalid_argument` of another buffer.
pub fn sl_gpu_buffer_share(buffer: u32, out: ?[*]u8, out_bytes: u32, why: ?[*]u8, why_bytes: u32) callconv(.c) i32 {
    var explanation: Explanation = .{};
    return explain.code(shareBuffer(buffer, out, out_bytes, &explanation), &explanation, why, why_bytes);
}

fn shareBuffer(buffer: u32, out: ?[*]u8, out_bytes: u32, why: *Explanation) Error!void {
    return Buffer.write(layout.GpuShare, try gpu.resource.shareBuffer(buffer, why), out, out_bytes);
}

/// Makes a buffer of the memory that another process shares (layout GpuShare); returns its handle. It is this
/// process's too, and stays when the other ends. `wrong_device`, `gone`, `permission`, `not_supported`.
pub fn sl_gpu_buffer_import(
    device: u32,
    share: ?[*]const u8,
    share_bytes: u32,
    why: ?[*]u8,
    why_bytes: u32,
) callconv(.c) i32 {
    var explanation: Explanation = .{};
    return explain.code(importBuffer(device, share, share_bytes, &explanation), &explanation, why, why_bytes);
}

fn importBuffer(device: u32, share: ?[*]const u8, share_bytes: u32, why: *Explanation) Error!u32 {
    const parsed = try Buffer.get(layout.GpuShare, share, share_bytes);
    return keep(try gpu.resource.importBuffer(device, &parsed, why));
}

/// Copies out of a buffer that the host sees; `empty` while what a submit writes into it is not there yet.
pub fn sl_gpu_buffer_read(buffer: u32, offset: u32, out: ?[*]u8, out_bytes: u32) callconv(.c) i32 {
    return result.code(readBuffer(buffer, offset, out, out_bytes));
}

fn readBuffer(buffer: u32, offset: u32, out: ?[*]u8, out_bytes: u32) Error!void {
    return gpu.resource.readBuffer(buffer, offset, try Buffer.writable(out, out_bytes));
}

/// Copies into a buffer that the host sees; `full` while a submit uses it.
pub fn sl_gpu_buffer_write(buffer: u32, offset: u32, bytes: ?[*]const u8, byte_count: u32) callconv(.c) i32 {
    return result.code(writeBuffer(buffer, offset, bytes, byte_count));
}

fn writeBuffer(buffer: u32, offset: u32, bytes: ?[*]const u8, byte_count: u32) Error!void {
    return gpu.resource.writeBuffer(buffer, offset, try Buffer.read(bytes, byte_count));
}

/// Closes a buffer.
pub fn sl_gpu_buffer_close(buffer: u32) callconv(.c) i32 {
    return result.code(close(buffer, .buffer));
}

/// Makes an image that is no frame, as for a table of colours; returns its handle. Formats as in layout GpuPoolConfig.
pub fn sl_gpu_image_create(device: u32, width: u32, height: u32, format: u32) callconv(.c) i32 {
    return result.code(createImage(device, width, height, format));
}

fn createImage(device: u32, width: u32, height: u32, format: u32) Error!u32 {
    return keep(try gpu.resource.createImage(device, width, height, format));
}

/// Closes an image.
pub fn sl_gpu_image_close(image: u32) callconv(.c) i32 {
    return result.code(close(image, .image));
}

/// Makes a sampler; returns its handle. `filter`: 0 nearest, 1 linear; `edge`: 0 repeat, 1 mirror, 2 clamp,
/// 3 transparent.
pub fn sl_gpu_sampler_create(device: u32, filter: u32, edge: u32) callconv(.c) i32 {
    return result.code(createSampler(device, filter, edge));
}

fn createSampler(device: u32, filter: u32, edge: u32) Error!u32 {
    return keep(try gpu.resource.createSampler(device, filter, edge));
}

/// Closes a sampler.
pub fn sl_gpu_sampler_close(sampler: u32) callconv(.c) i32 {
    return result.code(close(sampler, .sampler));
}
