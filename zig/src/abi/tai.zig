//! TAI as all processes of this machine tell it. See ../tai.zig.

const result = @import("../result.zig");
const tai = @import("../tai.zig");
const Buffer = @import("buffer.zig");

const Error = result.Error;

pub const layouts = .{ .TaiTold = tai.Told };

/// Nanoseconds since 1970-01-01 00:00:00 TAI. Less than it was only after a step back of more than a second.
pub fn sl_tai_now() callconv(.c) u64 {
    return tai.now();
}

/// TAI at an instant of CLOCK_MONOTONIC.
pub fn sl_tai_of(monotonic_ns: u64) callconv(.c) u64 {
    return tai.taiOf(monotonic_ns);
}

/// The first instant of CLOCK_MONOTONIC at which TAI has reached `tai_ns`.
pub fn sl_tai_monotonic_of(tai_ns: u64) callconv(.c) u64 {
    return tai.monotonicOf(tai_ns);
}

/// Writes TAI at an instant of CLOCK_MONOTONIC, where it comes from and how good it is (layout TaiTold).
pub fn sl_tai_told(monotonic_ns: u64, out: ?[*]u8, out_bytes: u32) callconv(.c) i32 {
    return result.code(Buffer.write(tai.Told, tai.told(monotonic_ns), out, out_bytes));
}

/// Writes what the publisher of this machine's TAI told of itself last, if `source` is what it is (a value of `source`
/// in TaiTold); returns how many bytes. `empty` if there was none of that kind, `out_of_space`.
pub fn sl_tai_status(source: u32, out: ?[*]u8, out_bytes: u32) callconv(.c) i32 {
    return result.code(status(source, out, out_bytes));
}

fn status(source: u32, out: ?[*]u8, out_bytes: u32) Error!u32 {
    const target = try Buffer.writable(out, out_bytes);
    const found = tai.status() orelse return error.Empty;
    if (found.kind != source or found.bytes > found.data.len) return error.Empty;
    if (target.len < found.bytes) return error.OutOfSpace;
    @memcpy(target[0..found.bytes], found.data[0..found.bytes]);
    return found.bytes;
}

/// Takes over `fixed_offset_ns` of the process that this one works for, before TAI is first asked for. `already_set` if
/// another one was in use.
pub fn sl_tai_adopt_fixed(offset_ns: i64) callconv(.c) i32 {
    return result.code(tai.adoptFixed(offset_ns));
}
