//! Our pixel formats to the pixel groups of ST 2110-20 and back, row by row and without loss: each format has the one
//! group with its sampling and depth.
//!
//!     uyvy8                4:2:2,  8 bits   the same bytes
//!     v210, yuv422p10le    4:2:2, 10 bits
//!     yuv444p10le          4:4:4, 10 bits
//!     i420, nv12           4:2:0,  8 bits
//!     rgba8, bgra8         RGB,    8 bits   alpha is left out, and 255 when read
//!
//! For other groups (12 and 16 bits, RGB of 10 bits, key, XYZ) there is no pixel format; they stay groups.
//!
//! Rows are those of groups: in 4:2:0 one is two of pixels. Samples wider than 10 bits in a u16 lose their upper bits.
//! Any thread may call this; nothing is allocated.

const std = @import("std");
const cpu = @import("cpu.zig");
const job = @import("job.zig");
const pgroup = @import("../st2110/pgroup.zig");

const assert = std.debug.assert;
const Pgroup = pgroup.Pgroup;

pub fn samplingOf(format: job.Format) pgroup.Sampling {
    return switch (job.samplingOf(format)) {
        .c422 => .ycbcr_422,
        .c444 => .ycbcr_444,
        .c420 => .ycbcr_420,
        .rgb => .rgb,
    };
}

pub fn depthOf(format: job.Format) pgroup.Depth {
    return if (job.depthOf(format) == 8) .bits_8 else .bits_10;
}

/// The group of the same sampling and depth.
pub fn groupOf(format: job.Format) Pgroup {
    return Pgroup.of(samplingOf(format), depthOf(format)).?;
}

/// Makes groups of pixels.
///
/// `target` begins where group row `row_begin` goes; `source` is the whole picture, which `pixel.pictureOf` checked.
/// Only the bytes of the rows are written, and nothing of what lies between them.
pub fn packRows(
    target: []u8,
    target_stride_bytes: usize,
    source: job.Picture,
    width: u32,
    row_begin: u32,
    row_count: u32,
) void {
    if (row_count == 0) return;
    assertRows(target, target_stride_bytes, source.format, width, row_count);
    cpu.kernels().pack(&.{
        .pixels = source,
        .groups = target.ptr,
        .groups_stride_bytes = target_stride_bytes,
        .width = width,
        .row_start = row_begin,
        .row_count = row_count,
    });
}

/// Makes pixels of groups.
///
/// `source` begins at group row `row_begin`; `target` is the whole picture, which `pixel.pictureOf` checked. Only the
/// bytes of the rows are written, and nothing of what lies between them.
pub fn unpackRows(
    target: job.Picture,
    source: []const u8,
    source_stride_bytes: usize,
    width: u32,
    row_begin: u32,
    row_count: u32,
) void {
    if (row_count == 0) return;
    assertRows(source, source_stride_bytes, target.format, width, row_count);
    cpu.kernels().unpack(&.{
        .pixels = target,
        .groups = @constCast(source.ptr),
        .groups_stride_bytes = source_stride_bytes,
        .width = width,
        .row_start = row_begin,
        .row_count = row_count,
    });
}

fn assertRows(groups: []const u8, stride_bytes: usize, format: job.Format, width: u32, row_count: u32) void {
    const row_bytes = groupOf(format).rowBytes(width);
    assert(width >= 1 and width <= job.width_max);
    assert(row_count == 1 or stride_bytes >= row_bytes);
    assert(groups.len >= @as(usize, row_count - 1) * stride_bytes + row_bytes);
}

test {
    _ = @import("groups_test.zig");
}
