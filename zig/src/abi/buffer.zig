//! The caller's buffers: checked before anything is read or written. A buffer is the caller's and is not kept.

const std = @import("std");
const Error = @import("../result.zig").Error;

/// The bytes of an input buffer. An empty one may have no address.
pub fn read(buffer: ?[*]const u8, bytes: u32) Error![]const u8 {
    if (bytes == 0) return &.{};
    return (buffer orelse return error.InvalidArgument)[0..bytes];
}

/// The bytes of an output buffer.
pub fn writable(buffer: ?[*]u8, bytes: u32) Error![]u8 {
    if (bytes == 0) return &.{};
    return (buffer orelse return error.InvalidArgument)[0..bytes];
}

/// Copies a struct out of an input buffer that holds at least the whole of it.
pub fn get(comptime T: type, buffer: ?[*]const u8, bytes: u32) Error!T {
    const source = try read(buffer, bytes);
    if (source.len < @sizeOf(T)) return error.OutOfSpace;
    var value: T = undefined;
    @memcpy(std.mem.asBytes(&value), source[0..@sizeOf(T)]);
    return value;
}

/// Copies a struct into an output buffer that has room for the whole of it.
pub fn write(comptime T: type, value: T, buffer: ?[*]u8, bytes: u32) Error!void {
    const target = try writable(buffer, bytes);
    if (target.len < @sizeOf(T)) return error.OutOfSpace;
    @memcpy(target[0..@sizeOf(T)], std.mem.asBytes(&value));
}

test "short and null buffers are errors, empty ones are not" {
    var bytes: [8]u8 = @splat(1);
    try std.testing.expectEqual(@as(usize, 0), (try read(null, 0)).len);
    try std.testing.expectError(error.InvalidArgument, read(null, 1));
    try std.testing.expectError(error.OutOfSpace, get(u64, &bytes, 7));
    try std.testing.expectEqual(@as(u64, 0x0101010101010101), try get(u64, &bytes, 8));
    try std.testing.expectError(error.OutOfSpace, write(u64, 2, &bytes, 7));
    try write(u64, 2, &bytes, 8);
    try std.testing.expectEqual(@as(u8, 2), bytes[0]);
}
