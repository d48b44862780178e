//! Pixels: fill, blend, scale, convert. Everything that comes from outside is checked and clipped here; the kernels in
//! pixel/ only calculate.

const std = @import("std");
const cpu = @import("pixel/cpu.zig");
const job = @import("pixel/job.zig");
const matrix_module = @import("pixel/matrix.zig");
const pgroup = @import("st2110/pgroup.zig");
pub const groups = @import("pixel/groups.zig");
const Error = @import("result.zig").Error;

const bytes_per_pixel = 4;

/// A rectangle of one value.
pub const FillParams = extern struct {
    width: u32,
    height: u32,
    stride_bytes: u32,
    /// The rectangle; what lies outside of the picture is cut off.
    x: i32,
    y: i32,
    columns: u32,
    rows: u32,
    /// Four bytes as they lie in memory, the first in the low bits.
    value: u32,
};

/// One picture over another.
pub const BlendParams = extern struct {
    target_width: u32,
    target_height: u32,
    target_stride_bytes: u32,
    source_width: u32,
    source_height: u32,
    source_stride_bytes: u32,
    /// Where the source's top left corner lies in the target; what hangs over is cut off.
    x: i32,
    y: i32,
    /// 0 to 255.
    opacity: u32,
    mode: u32,
    /// The target rows to work on: a picture may be done in strips.
    row_start: u32,
    row_count: u32,
};

/// A picture in another size.
pub const ScaleParams = extern struct {
    target_width: u32,
    target_height: u32,
    target_stride_bytes: u32,
    source_width: u32,
    source_height: u32,
    source_stride_bytes: u32,
    /// The target rows to make.
    row_start: u32,
    row_count: u32,
    /// The target row that lies at the start of the target buffer: not 0 if the buffer holds a strip.
    buffer_row: u32,
};

/// How one picture of a conversion lies in its buffer. Planes that the format lacks are not looked at.
pub const Picture = extern struct {
    /// A number of job.Format; or 256 times one of pgroup.Sampling, plus one of pgroup.Depth, for rows of such groups.
    format: u32,
    plane_offsets: [3]u32,
    plane_strides_bytes: [3]u32,
};

/// A picture in another format, of the same size.
pub const ConvertParams = extern struct {
    width: u32,
    height: u32,
    matrix: matrix_module.Matrix,
    range: matrix_module.Range,
    /// The rows to convert; even if one of the formats is 4:2:0.
    row_start: u32,
    row_count: u32,
    target: Picture,
    source: Picture,
};

/// The error unless `rows` rows of `row_bytes`, each `stride_bytes` after the last, lie within the buffer.
fn checkPlane(buffer: []const u8, offset: u64, stride_bytes: u64, row_bytes: u64, rows: u64) Error!void {
    if (stride_bytes < row_bytes and rows > 1) return error.OutOfRange;
    if (rows == 0) return;
    if (offset + (rows - 1) * stride_bytes + row_bytes > buffer.len) return error.OutOfRange;
}

fn checkSize(width: u32, height: u32) Error!void {
    if (width < 1 or width > job.width_max or height < 1 or height > job.width_max) return error.OutOfRange;
}

fn checkRows(start: u32, count: u32, height: u32) Error!void {
    if (start > height or count > height - start) return error.OutOfRange;
}

const Span = struct { start: u32, count: u32 };

/// What of `length` places at `position` lies between `first` and `last`.
fn clip(position: i64, length: u32, first: u32, last: u32) Span {
    const start = @max(position, first);
    const end = @min(position + length, last);
    if (end <= start) return .{ .start = first, .count = 0 };
    return .{ .start = @intCast(start), .count = @intCast(end - start) };
}

pub fn fill(target: []u8, params: FillParams) Error!void {
    try checkSize(params.width, params.height);
    const row_bytes = @as(u64, params.width) * bytes_per_pixel;
    try checkPlane(target, 0, params.stride_bytes, row_bytes, params.height);
    const x = clip(params.x, params.columns, 0, params.width);
    const y = clip(params.y, params.rows, 0, params.height);
    if (x.count == 0 or y.count == 0) return;
    cpu.kernels().fill(&.{
        .target = target.ptr + @as(usize, y.start) * params.stride_bytes + x.start * bytes_per_pixel,
        .stride_bytes = params.stride_bytes,
        .columns = x.count,
        .rows = y.count,
        .value = params.value,
    });
}

pub fn blend(target: []u8, source: []const u8, params: BlendParams) Error!void {
    try checkSize(params.target_width, params.target_height);
    try checkSize(params.source_width, params.source_height);
    try checkRows(params.row_start, params.row_count, params.target_height);
    if (params.opacity > 255 or params.mode > @backingInt(job.BlendMode.@"opaque")) return error.InvalidArgument;
    const target_row_bytes = @as(u64, params.target_width) * bytes_per_pixel;
    const source_row_bytes = @as(u64, params.source_width) * bytes_per_pixel;
    try checkPlane(target, 0, params.target_stride_bytes, target_row_bytes, params.target_height);
    try checkPlane(source, 0, params.source_stride_bytes, source_row_bytes, params.source_height);
    const x = clip(params.x, params.source_width, 0, params.target_width);
    const y = clip(params.y, params.source_height, params.row_start, params.row_start + params.row_count);
    if (x.count == 0 or y.count == 0 or params.opacity == 0) return;
    const source_x: usize = @intCast(@as(i64, x.start) - params.x);
    const source_y: usize = @intCast(@as(i64, y.start) - params.y);
    cpu.kernels().blend(&.{
        .target = target.ptr + @as(usize, y.start) * params.target_stride_bytes + x.start * bytes_per_pixel,
        .target_stride_bytes = params.target_stride_bytes,
        .source = source.ptr + source_y * params.source_stride_bytes + source_x * bytes_per_pixel,
        .source_stride_bytes = params.source_stride_bytes,
        .columns = x.count,
        .rows = y.count,
        .opacity = params.opacity,
        .mode = @fromBackingInt(params.mode),
    });
}

pub fn scale(target: []u8, source: []const u8, params: ScaleParams) Error!void {
    try checkSize(params.target_width, params.target_height);
    try checkSize(params.source_width, params.source_height);
    try checkRows(params.row_start, params.row_count, params.target_height);
    if (params.buffer_row > params.row_start) return error.OutOfRange;
    const target_row_bytes = @as(u64, params.target_width) * bytes_per_pixel;
    const source_row_bytes = @as(u64, params.source_width) * bytes_per_pixel;
    const first_row = params.row_start - params.buffer_row;
    try checkPlane(target, 0, params.target_stride_bytes, target_row_bytes, first_row + params.row_count);
    try checkPlane(source, 0, params.source_stride_bytes, source_row_bytes, params.source_height);
    if (params.row_count == 0) return;
    cpu.kernels().scale(&.{
        .target = target.ptr + @as(usize, first_row) * params.target_stride_bytes,
        .target_stride_bytes = params.target_stride_bytes,
        .target_width = params.target_width,
        .target_height = params.target_height,
        .source = source.ptr,
        .source_stride_bytes = params.source_stride_bytes,
        .source_width = params.source_width,
        .source_height = params.source_height,
        .row_start = params.row_start,
        .row_count = params.row_count,
    });
}

/// Bytes of one row of a plane, null if the format has no such plane.
pub fn planeRowBytes(format: job.Format, plane: usize, width: u64) ?u64 {
    return switch (format) {
        .rgba8, .bgra8 => if (plane == 0) 4 * width else null,
        .uyvy8 => if (plane == 0) 2 * width else null,
        .v210 => if (plane == 0) (width + 5) / 6 * 16 else null,
        .nv12 => if (plane < 2) width else null,
        .i420 => if (plane == 0) width else width / 2,
        .yuv422p10le => if (plane == 0) 2 * width else width,
        .yuv444p10le => 2 * width,
    };
}

/// The picture of a pixel format, which is checked to lie within its buffer. It is read or written by who asked for it.
pub fn pictureOf(buffer: []const u8, picture: Picture, width: u32, height: u32) Error!job.Picture {
    try checkSize(width, height);
    if (picture.format < 1 or picture.format > @backingInt(job.Format.yuv444p10le)) return error.InvalidArgument;
    const format: job.Format = @fromBackingInt(picture.format);
    const sampling = job.samplingOf(format);
    if ((sampling == .c422 or sampling == .c420) and width % 2 != 0) return error.OutOfRange;
    if (sampling == .c420 and height % 2 != 0) return error.OutOfRange;
    var result: job.Picture = .{ .format = format, .planes = undefined, .strides_bytes = @splat(0) };
    for (0..3) |plane| {
        const row_bytes = planeRowBytes(format, plane, width) orelse continue;
        const rows = if (plane > 0 and sampling == .c420) height / 2 else height;
        try checkPlane(buffer, picture.plane_offsets[plane], picture.plane_strides_bytes[plane], row_bytes, rows);
        result.planes[plane] = @constCast(buffer.ptr) + picture.plane_offsets[plane];
        result.strides_bytes[plane] = picture.plane_strides_bytes[plane];
    }
    return result;
}

/// Rows of pixel groups.
const GroupPicture = struct {
    group: pgroup.Pgroup,
    sampling: pgroup.Sampling,
    depth: pgroup.Depth,
    bytes: []u8,
    stride_bytes: usize,

    fn of(buffer: []const u8, picture: Picture, width: u32, height: u32) Error!GroupPicture {
        const sampling = std.enums.fromInt(pgroup.Sampling, picture.format >> 8) orelse return error.InvalidArgument;
        const depth = std.enums.fromInt(pgroup.Depth, picture.format & 0xFF) orelse return error.InvalidArgument;
        const group = pgroup.Pgroup.of(sampling, depth) orelse return error.InvalidArgument;
        const is_halved = sampling == .ycbcr_422 or sampling == .ycbcr_420;
        if ((is_halved and width % 2 != 0) or height % group.rows != 0) return error.OutOfRange;
        const offset, const stride = .{ picture.plane_offsets[0], picture.plane_strides_bytes[0] };
        try checkPlane(buffer, offset, stride, group.rowBytes(width), height / group.rows);
        return .{
            .group = group,
            .sampling = sampling,
            .depth = depth,
            .bytes = @constCast(buffer[offset..]),
            .stride_bytes = stride,
        };
    }

    fn from(self: GroupPicture, row: usize) []u8 {
        return self.bytes[row * self.stride_bytes ..];
    }

    fn isOf(self: GroupPicture, format: job.Format) bool {
        return self.sampling == groups.samplingOf(format) and self.depth == groups.depthOf(format);
    }
};

fn isGroups(picture: Picture) bool {
    return picture.format > 0xFF;
}

/// Groups on one side or on both: only those of one sampling and depth, because nothing is calculated.
fn convertGroups(target: []u8, source: []const u8, params: ConvertParams) Error!void {
    const width, const height = .{ params.width, params.height };
    const known = if (isGroups(params.source))
        try GroupPicture.of(source, params.source, width, height)
    else
        try GroupPicture.of(target, params.target, width, height);
    const rows = known.group.rows;
    if (params.row_start % rows != 0 or params.row_count % rows != 0) return error.OutOfRange;
    const row_begin, const row_count = .{ params.row_start / rows, params.row_count / rows };
    if (!isGroups(params.target)) {
        const pixels = try pictureOf(target, params.target, width, height);
        if (!known.isOf(pixels.format)) return error.InvalidArgument;
        if (row_count == 0) return;
        return groups.unpackRows(pixels, known.from(row_begin), known.stride_bytes, width, row_begin, row_count);
    }
    if (!isGroups(params.source)) {
        const pixels = try pictureOf(source, params.source, width, height);
        if (!known.isOf(pixels.format)) return error.InvalidArgument;
        if (row_count == 0) return;
        return groups.packRows(known.from(row_begin), known.stride_bytes, pixels, width, row_begin, row_count);
    }
    if (params.source.format != params.target.format) return error.InvalidArgument;
    const to = try GroupPicture.of(target, params.target, width, height);
    const row_bytes = known.group.rowBytes(width);
    for (row_begin..row_begin + row_count) |row| {
        @memcpy(to.from(row)[0..row_bytes], known.from(row)[0..row_bytes]);
    }
}

pub fn convert(target: []u8, source: []const u8, params: ConvertParams) Error!void {
    try checkSize(params.width, params.height);
    try checkRows(params.row_start, params.row_count, params.height);
    if (@backingInt(params.matrix) > 2 or @backingInt(params.range) > 1) return error.InvalidArgument;
    if (isGroups(params.target) or isGroups(params.source)) return convertGroups(target, source, params);
    var work: job.Convert = .{
        .target = try pictureOf(target, params.target, params.width, params.height),
        .source = try pictureOf(source, params.source, params.width, params.height),
        .width = params.width,
        .height = params.height,
        .row_start = params.row_start,
        .row_count = params.row_count,
        .matrix = @splat(@splat(0)),
        .luma_scale = 1,
        .luma_offset = 0,
        .chroma_scale = 1,
        .chroma_offset = 0,
    };
    const from = job.samplingOf(work.source.format);
    const to = job.samplingOf(work.target.format);
    if ((from == .c420 or to == .c420) and (params.row_start % 2 != 0 or params.row_count % 2 != 0)) {
        return error.OutOfRange;
    }
    const from_depth = job.depthOf(work.source.format);
    const to_depth = job.depthOf(work.target.format);
    if (from == .rgb) {
        work.matrix = matrix_module.fromRgb(params.matrix, params.range, to_depth);
    } else if (to == .rgb) {
        work.matrix = matrix_module.toRgb(params.matrix, params.range, from_depth);
    } else if (from_depth != to_depth) {
        const old = matrix_module.Codes.of(params.range, from_depth);
        const new = matrix_module.Codes.of(params.range, to_depth);
        const luma = new.luma_span / old.luma_span;
        const chroma = new.chroma_span / old.chroma_span;
        work.luma_scale = @floatCast(luma);
        work.luma_offset = @floatCast(new.luma_zero - old.luma_zero * luma);
        work.chroma_scale = @floatCast(chroma);
        work.chroma_offset = @floatCast(new.chroma_zero - old.chroma_zero * chroma);
    }
    cpu.kernels().convert(&work);
}

pub fn cpuLevel() u32 {
    return @backingInt(cpu.level());
}

test {
    _ = cpu;
    _ = groups;
    _ = matrix_module;
    _ = @import("pixel_test.zig");
}
