//! Times the pixel kernels at 1080p on one core, at every CPU level that this machine has. `zig build bench`
//!
//! CPU time of the thread, because the machine may be busy: the fastest and the median of 60 runs, after 5 that are not
//! counted.

const std = @import("std");
const linux = std.os.linux;
const cpu = @import("pixel/cpu.zig");
const job = @import("pixel/job.zig");
const pixel = @import("pixel.zig");

const width = 1920;
const height = 1080;
const stride_bytes = 4 * width;
const strip_rows = 32;
const warm_up_runs = 5;
const runs = 60;

var first: [4 * width * height]u8 align(4096) = undefined;
var second: [4 * width * height]u8 align(4096) = undefined;
var layer: [4 * width * height]u8 align(4096) = undefined;

pub fn main() !void {
    var random_state: std.Random.DefaultPrng = .init(1);
    random_state.random().bytes(&first);
    random_state.random().bytes(&second);
    random_state.random().bytes(&layer);
    const best = cpu.best();
    for (cpu.levels) |level| {
        if (@backingInt(level) > @backingInt(best)) break;
        cpu.choose(level);
        std.debug.print("1920x1080, one core, kernels {t}: fastest and median ms\n", .{level});
        try timeAll();
    }
}

fn timeAll() !void {
    try report("fill", fillOnce, .{});
    try report("blend straight, random alpha", blendOnce, .{ job.BlendMode.straight, 255 });
    try report("blend straight, opacity 128", blendOnce, .{ job.BlendMode.straight, 128 });
    try report("blend premultiplied, random alpha", blendOnce, .{ job.BlendMode.premultiplied, 255 });
    try report("blend opaque copy", blendOnce, .{ job.BlendMode.@"opaque", 255 });
    try report("3 layers straight in strips of 32 rows", blendLayers, .{});
    try report("scale 1280x720 to 1920x1080", scaleOnce, .{ 1280, 720 });
    const pairs = [_][2]job.Format{
        .{ .rgba8, .i420 },        .{ .i420, .rgba8 },        .{ .rgba8, .nv12 },        .{ .nv12, .rgba8 },
        .{ .rgba8, .uyvy8 },       .{ .uyvy8, .rgba8 },       .{ .rgba8, .yuv422p10le }, .{ .yuv422p10le, .rgba8 },
        .{ .uyvy8, .yuv422p10le }, .{ .yuv422p10le, .uyvy8 }, .{ .v210, .yuv422p10le },  .{ .yuv422p10le, .v210 },
        .{ .yuv444p10le, .rgba8 }, .{ .rgba8, .bgra8 },
    };
    for (pairs) |pair| {
        var name: [64]u8 = undefined;
        const text = try std.fmt.bufPrint(&name, "{t} -> {t}", .{ pair[0], pair[1] });
        try report(text, convertOnce, .{ pair[0], pair[1] });
    }
    for (std.enums.values(job.Format)) |format| {
        var name: [64]u8 = undefined;
        try report(try std.fmt.bufPrint(&name, "{t} -> groups", .{format}), packOnce, .{format});
        try report(try std.fmt.bufPrint(&name, "groups -> {t}", .{format}), unpackOnce, .{format});
        try report("  memcpy of as many bytes", copyOnce, .{format});
    }
}

fn report(name: []const u8, function: anytype, arguments: anytype) !void {
    var times_ns: [runs]u64 = undefined;
    for (0..warm_up_runs) |_| try @call(.auto, function, arguments);
    for (&times_ns) |*time_ns| {
        const start_ns = cpuTimeNs();
        try @call(.auto, function, arguments);
        time_ns.* = cpuTimeNs() - start_ns;
    }
    std.mem.sort(u64, &times_ns, {}, std.sort.asc(u64));
    const fastest_us = times_ns[0] / 1000;
    const median_us = times_ns[runs / 2] / 1000;
    std.debug.print("  {d}.{d:0>3}  {d}.{d:0>3}  {s}\n", .{
        fastest_us / 1000, fastest_us % 1000, median_us / 1000, median_us % 1000, name,
    });
}

fn cpuTimeNs() u64 {
    var now: linux.timespec = undefined;
    std.debug.assert(linux.errno(linux.clock_gettime(.THREAD_CPUTIME_ID, &now)) == .SUCCESS);
    return @as(u64, @intCast(now.sec)) * std.time.ns_per_s + @as(u64, @intCast(now.nsec));
}

fn fillOnce() !void {
    try pixel.fill(&first, .{
        .width = width,
        .height = height,
        .stride_bytes = stride_bytes,
        .x = 0,
        .y = 0,
        .columns = width,
        .rows = height,
        .value = 0xff102030,
    });
}

fn blendRows(mode: job.BlendMode, opacity: u32, source: []const u8, row_start: u32, row_count: u32) !void {
    try pixel.blend(&first, source, .{
        .target_width = width,
        .target_height = height,
        .target_stride_bytes = stride_bytes,
        .source_width = width,
        .source_height = height,
        .source_stride_bytes = stride_bytes,
        .x = 0,
        .y = 0,
        .opacity = opacity,
        .mode = @backingInt(mode),
        .row_start = row_start,
        .row_count = row_count,
    });
}

fn blendOnce(mode: job.BlendMode, opacity: u32) !void {
    try blendRows(mode, opacity, &second, 0, height);
}

fn blendLayers() !void {
    var row: u32 = 0;
    while (row < height) : (row += strip_rows) {
        const count = @min(strip_rows, height - row);
        try blendRows(.straight, 255, &second, row, count);
        try blendRows(.straight, 255, &layer, row, count);
        try blendRows(.straight, 255, &second, row, count);
    }
}

fn scaleOnce(source_width: u32, source_height: u32) !void {
    try pixel.scale(&first, &second, .{
        .target_width = width,
        .target_height = height,
        .target_stride_bytes = stride_bytes,
        .source_width = source_width,
        .source_height = source_height,
        .source_stride_bytes = 4 * source_width,
        .row_start = 0,
        .row_count = height,
        .buffer_row = 0,
    });
}

fn pictureOf(format: job.Format) pixel.Picture {
    var picture: pixel.Picture = .{
        .format = @backingInt(format),
        .plane_offsets = @splat(0),
        .plane_strides_bytes = @splat(0),
    };
    var offset: u32 = 0;
    for (0..3) |plane| {
        const row_bytes: u32 = @intCast(pixel.planeRowBytes(format, plane, width) orelse break);
        const rows: u32 = if (plane > 0 and job.samplingOf(format) == .c420) height / 2 else height;
        picture.plane_offsets[plane] = offset;
        picture.plane_strides_bytes[plane] = row_bytes;
        offset += rows * row_bytes;
    }
    return picture;
}

var copy: [6 * width * height]u8 align(4096) = undefined;

/// A 4:4:4 picture of 10 bits takes six bytes per pixel.
var wide: [6 * width * height]u8 align(4096) = @splat(1);

fn convertOnce(from: job.Format, to: job.Format) !void {
    const source: []const u8 = if (from == .yuv444p10le) &wide else &second;
    try pixel.convert(&first, source, .{
        .width = width,
        .height = height,
        .matrix = .bt709,
        .range = .narrow,
        .row_start = 0,
        .row_count = height,
        .target = pictureOf(to),
        .source = pictureOf(from),
    });
}

fn groupBytes(format: job.Format) usize {
    const group = pixel.groups.groupOf(format);
    return @as(usize, group.rowBytes(width)) * height / group.rows;
}

fn packOnce(format: job.Format) !void {
    const group = pixel.groups.groupOf(format);
    const source = try pixel.pictureOf(&wide, pictureOf(format), width, height);
    pixel.groups.packRows(&first, group.rowBytes(width), source, width, 0, height / group.rows);
}

fn unpackOnce(format: job.Format) !void {
    const group = pixel.groups.groupOf(format);
    const target = try pixel.pictureOf(&wide, pictureOf(format), width, height);
    pixel.groups.unpackRows(target, &first, group.rowBytes(width), width, 0, height / group.rows);
}

/// Half of what a conversion reads and writes, because a copy reads and writes each byte.
fn copyOnce(format: job.Format) !void {
    var bytes = groupBytes(format);
    for (0..3) |plane| {
        const row_bytes = pixel.planeRowBytes(format, plane, width) orelse break;
        const rows: u32 = if (plane > 0 and job.samplingOf(format) == .c420) height / 2 else height;
        bytes += row_bytes * rows;
    }
    @memcpy(copy[0 .. bytes / 2], wide[0 .. bytes / 2]);
    std.mem.doNotOptimizeAway(&copy);
}
