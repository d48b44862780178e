//! The numbers between R'G'B' and Y'CbCr.

const std = @import("std");

/// The numbers are part of the ABI.
pub const Matrix = enum(u32) { bt601 = 0, bt709 = 1, bt2020 = 2, _ };

/// Whether luma uses 16..235 of 256 codes, or all of them.
pub const Range = enum(u32) { narrow = 0, full = 1, _ };

pub const Factors = [3][4]f32;

/// ITU-R BT.601-7 §2.5.1, BT.709-6 §3.2, BT.2020-2 §4 (non-constant luminance).
fn weights(matrix: Matrix) [2]f64 {
    return switch (matrix) {
        .bt601 => .{ 0.299, 0.114 },
        .bt709 => .{ 0.2126, 0.0722 },
        .bt2020, _ => .{ 0.2627, 0.0593 },
    };
}

/// Codes of luma black, luma span, chroma zero and chroma span at a bit depth (BT.709-6 §4.6; full range: all codes).
pub const Codes = struct {
    luma_zero: f64,
    luma_span: f64,
    chroma_zero: f64,
    chroma_span: f64,

    pub fn of(range: Range, depth: u5) Codes {
        const step: f64 = @floatFromInt(@as(u32, 1) << (depth - 8));
        return switch (range) {
            .narrow => .{
                .luma_zero = 16 * step,
                .luma_span = 219 * step,
                .chroma_zero = 128 * step,
                .chroma_span = 224 * step,
            },
            .full, _ => .{
                .luma_zero = 0,
                .luma_span = 256 * step - 1,
                .chroma_zero = 128 * step,
                .chroma_span = 256 * step - 1,
            },
        };
    }
};

/// From R G B codes 0..255 to Y' Cb Cr codes of the depth.
pub fn fromRgb(matrix: Matrix, range: Range, depth: u5) Factors {
    const kr, const kb = weights(matrix);
    const kg = 1 - kr - kb;
    const codes = Codes.of(range, depth);
    const y = codes.luma_span / 255;
    const b = codes.chroma_span / 255 / (2 * (1 - kb));
    const r = codes.chroma_span / 255 / (2 * (1 - kr));
    return toFactors(.{
        .{ kr * y, kg * y, kb * y, codes.luma_zero },
        .{ -kr * b, -kg * b, (1 - kb) * b, codes.chroma_zero },
        .{ (1 - kr) * r, -kg * r, -kb * r, codes.chroma_zero },
    });
}

/// From Y' Cb Cr codes of the depth to R G B codes 0..255.
pub fn toRgb(matrix: Matrix, range: Range, depth: u5) Factors {
    const kr, const kb = weights(matrix);
    const kg = 1 - kr - kb;
    const codes = Codes.of(range, depth);
    const y = 255 / codes.luma_span;
    const b = 2 * (1 - kb) * 255 / codes.chroma_span;
    const r = 2 * (1 - kr) * 255 / codes.chroma_span;
    const rows = [3][3]f64{
        .{ y, 0, r },
        .{ y, -b * kb / kg, -r * kr / kg },
        .{ y, b, 0 },
    };
    var factors: [3][4]f64 = undefined;
    for (&factors, rows) |*factor, row| {
        factor[0..3].* = row;
        factor[3] = -row[0] * codes.luma_zero - (row[1] + row[2]) * codes.chroma_zero;
    }
    return toFactors(factors);
}

fn toFactors(exact: [3][4]f64) Factors {
    var factors: Factors = undefined;
    for (&factors, exact) |*to, from| {
        for (to, from) |*value, number| value.* = @floatCast(number);
    }
    return factors;
}

test "white, black and the primaries have the codes of the standards" {
    const white = apply(fromRgb(.bt709, .narrow, 8), .{ 255, 255, 255 });
    try expectNear(.{ 235, 128, 128 }, white);
    try expectNear(.{ 64, 512, 512 }, apply(fromRgb(.bt2020, .narrow, 10), .{ 0, 0, 0 }));
    try expectNear(.{ 81.481, 90.203, 240 }, apply(fromRgb(.bt601, .narrow, 8), .{ 255, 0, 0 }));
    try expectNear(.{ 255, 128, 128 }, apply(fromRgb(.bt601, .full, 8), .{ 255, 255, 255 }));
}

test "toRgb() undoes fromRgb()" {
    inline for (.{ Matrix.bt601, Matrix.bt709, Matrix.bt2020 }) |matrix| {
        inline for (.{ Range.narrow, Range.full }) |range| {
            inline for (.{ 8, 10 }) |depth| {
                const rgb = [3]f32{ 13, 200, 77 };
                try expectNear(rgb, apply(toRgb(matrix, range, depth), apply(fromRgb(matrix, range, depth), rgb)));
            }
        }
    }
}

fn apply(factors: Factors, value: [3]f32) [3]f32 {
    var result: [3]f32 = undefined;
    for (&result, factors) |*out, row| out.* = row[0] * value[0] + row[1] * value[1] + row[2] * value[2] + row[3];
    return result;
}

fn expectNear(expected: [3]f32, actual: [3]f32) !void {
    for (expected, actual) |one, other| try std.testing.expectApproxEqAbs(one, other, 0.01);
}
