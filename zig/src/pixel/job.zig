//! What the kernels are given: everything is checked and clipped before, so that a kernel only calculates.
//!
//! The kernels are compiled once for each CPU level into an object of its own; this file is what those objects and the
//! library share.

/// How pixels lie in memory. The numbers are part of the ABI.
pub const Format = enum(u32) {
    /// R G B A, one byte each.
    rgba8 = 1,
    /// B G R A, one byte each.
    bgra8 = 2,
    /// Planes Y, Cb, Cr; chroma halved in both directions.
    i420 = 3,
    /// Planes Y and CbCr; chroma halved in both directions.
    nv12 = 4,
    /// Cb Y0 Cr Y1, one byte each.
    uyvy8 = 5,
    /// Planes Y, Cb, Cr of 10 bits in u16; chroma halved horizontally.
    yuv422p10le = 6,
    /// Six pixels in four u32, three components of 10 bits in each, from the low bits up.
    v210 = 7,
    /// Planes Y, Cb, Cr of 10 bits in u16.
    yuv444p10le = 8,
};

pub const Sampling = enum { rgb, c444, c422, c420 };

pub fn samplingOf(format: Format) Sampling {
    return switch (format) {
        .rgba8, .bgra8 => .rgb,
        .yuv444p10le => .c444,
        .uyvy8, .yuv422p10le, .v210 => .c422,
        .i420, .nv12 => .c420,
    };
}

pub fn depthOf(format: Format) u5 {
    return switch (format) {
        .yuv444p10le, .yuv422p10le, .v210 => 10,
        else => 8,
    };
}

/// The widest row: the kernels keep rows on the stack.
pub const width_max = 16384;

/// How much of the picture above shows.
pub const BlendMode = enum(u32) {
    /// The colours of the source are not yet multiplied with its alpha.
    straight = 0,
    /// They are.
    premultiplied = 1,
    /// The source has no alpha; its fourth byte is not looked at.
    @"opaque" = 2,
};

pub const Fill = extern struct {
    target: [*]u8,
    stride_bytes: usize,
    columns: usize,
    rows: usize,
    value: u32,
};

pub const Blend = extern struct {
    target: [*]u8,
    target_stride_bytes: usize,
    source: [*]const u8,
    source_stride_bytes: usize,
    columns: usize,
    rows: usize,
    opacity: u32,
    mode: BlendMode,
};

pub const Scale = extern struct {
    /// Where row `row_start` goes.
    target: [*]u8,
    target_stride_bytes: usize,
    target_width: usize,
    target_height: usize,
    source: [*]const u8,
    source_stride_bytes: usize,
    source_width: usize,
    source_height: usize,
    row_start: usize,
    row_count: usize,
};

pub const Picture = extern struct {
    format: Format,
    planes: [3][*]u8,
    strides_bytes: [3]usize,
};

pub const Convert = extern struct {
    target: Picture,
    source: Picture,
    width: usize,
    height: usize,
    row_start: usize,
    row_count: usize,
    /// From the source's components to the target's: three rows of three factors and an offset.
    matrix: [3][4]f32,
    /// Where no matrix is needed: from the codes of one bit depth to those of another.
    luma_scale: f32,
    luma_offset: f32,
    chroma_scale: f32,
    chroma_offset: f32,
};

/// Pixels, and rows of pixel groups (ST 2110-20) of the same sampling and depth. In 4:2:0 a row of groups is two of
/// pixels.
pub const Groups = extern struct {
    pixels: Picture,
    /// Where group row `row_start` lies.
    groups: [*]u8,
    groups_stride_bytes: usize,
    width: usize,
    row_start: usize,
    row_count: usize,
};

/// The kernels of one CPU level.
pub const Kernels = extern struct {
    fill: *const fn (*const Fill) callconv(.c) void,
    blend: *const fn (*const Blend) callconv(.c) void,
    scale: *const fn (*const Scale) callconv(.c) void,
    convert: *const fn (*const Convert) callconv(.c) void,
    pack: *const fn (*const Groups) callconv(.c) void,
    unpack: *const fn (*const Groups) callconv(.c) void,
};
