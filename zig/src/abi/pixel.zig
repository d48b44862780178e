//! Pixels. See ../pixel.zig for the parameters and ../pixel/ for the kernels.
//!
//! All functions take the target buffer, the source buffer and a parameter struct, and write only into the target.
//! They check everything: `out_of_range` if a picture does not lie within its buffer, a row range lies outside of the
//! picture, or a size is not 1..16384; `invalid_argument` for an unknown format, mode, matrix, range or opacity.

const pixel = @import("../pixel.zig");
const result = @import("../result.zig");
const Buffer = @import("buffer.zig");

const Error = result.Error;

pub const layouts = .{
    .PixelFillParams = pixel.FillParams,
    .PixelBlendParams = pixel.BlendParams,
    .PixelScaleParams = pixel.ScaleParams,
    .PixelPicture = pixel.Picture,
    .PixelConvertParams = pixel.ConvertParams,
};

/// Writes one value of four bytes into a rectangle of pixels of four bytes (layout PixelFillParams).
pub fn sl_pixel_fill(target: ?[*]u8, target_bytes: u32, params: ?[*]const u8, params_bytes: u32) callconv(.c) i32 {
    return result.code(fill(target, target_bytes, params, params_bytes));
}

fn fill(target: ?[*]u8, target_bytes: u32, params: ?[*]const u8, params_bytes: u32) Error!void {
    const parsed = try Buffer.get(pixel.FillParams, params, params_bytes);
    return pixel.fill(try Buffer.writable(target, target_bytes), parsed);
}

/// Puts an RGBA (or BGRA) picture over another of the same kind (layout PixelBlendParams). Every product is rounded to
/// the nearest. The target is taken as opaque or premultiplied, and stays so.
pub fn sl_pixel_blend(
    target: ?[*]u8,
    target_bytes: u32,
    source: ?[*]const u8,
    source_bytes: u32,
    params: ?[*]const u8,
    params_bytes: u32,
) callconv(.c) i32 {
    const buffers: Buffers = .{ target, target_bytes, source, source_bytes, params, params_bytes };
    return result.code(apply(pixel.BlendParams, pixel.blend, buffers));
}

/// Scales an RGBA (or BGRA) picture, bilinear (layout PixelScaleParams).
pub fn sl_pixel_scale(
    target: ?[*]u8,
    target_bytes: u32,
    source: ?[*]const u8,
    source_bytes: u32,
    params: ?[*]const u8,
    params_bytes: u32,
) callconv(.c) i32 {
    const buffers: Buffers = .{ target, target_bytes, source, source_bytes, params, params_bytes };
    return result.code(apply(pixel.ScaleParams, pixel.scale, buffers));
}

/// Converts a picture to another format of the same size (layout PixelConvertParams).
pub fn sl_pixel_convert(
    target: ?[*]u8,
    target_bytes: u32,
    source: ?[*]const u8,
    source_bytes: u32,
    params: ?[*]const u8,
    params_bytes: u32,
) callconv(.c) i32 {
    const buffers: Buffers = .{ target, target_bytes, source, source_bytes, params, params_bytes };
    return result.code(apply(pixel.ConvertParams, pixel.convert, buffers));
}

/// The CPU level whose kernels are in use: 2, 3 or 4 for x86-64-v2, v3, v4; 0 on other architectures.
pub fn sl_pixel_cpu_level() callconv(.c) u32 {
    return pixel.cpuLevel();
}

/// Target, source and parameters, each with its length.
const Buffers = struct { ?[*]u8, u32, ?[*]const u8, u32, ?[*]const u8, u32 };

fn apply(
    comptime Params: type,
    comptime function: fn ([]u8, []const u8, Params) Error!void,
    buffers: Buffers,
) Error!void {
    const target = try Buffer.writable(buffers[0], buffers[1]);
    const source = try Buffer.read(buffers[2], buffers[3]);
    return function(target, source, try Buffer.get(Params, buffers[4], buffers[5]));
}
