const std = @import("std");
const linux = std.os.linux;
const external = @import("external.zig");
const test_kit = @import("test_kit.zig");
const Buffer = @import("buffer.zig").Buffer;
const Device = @import("device.zig").Device;
const Kit = test_kit.Kit;
const Stream = @import("stream.zig").Stream;

const bytes = 256 * 1024;

/// Fills what another device gets to see, and waits until it is there.
fn fillShared(device: *Device, buffer: *const Buffer) !void {
    const stream: *Stream = try .create(device, .{ .queue = device.queue(.main, 0) });
    defer stream.destroy();
    const recording = try stream.begin();
    try recording.fill(buffer, 0, bytes, 0x5eedf00d);
    recording.barrier(.copy_write, .all);
    _ = try stream.submit(&.{});
    try stream.finish();
}

fn expectShared(device: *Device, buffer: *const Buffer) !void {
    const stream: *Stream = try .create(device, .{ .queue = device.queue(.main, 0) });
    defer stream.destroy();
    const seen: Buffer = try .create(device, .{ .bytes = bytes, .where = .download });
    defer seen.destroy();
    const recording = try stream.begin();
    try recording.copyBuffer(buffer, 0, &seen, 0, bytes);
    recording.barrier(.copy_write, .host_read);
    _ = try stream.submit(&.{});
    try stream.finish();
    for (std.mem.bytesAsSlice(u32, seen.mapped())) |word| try std.testing.expectEqual(@as(u32, 0x5eedf00d), word);
}

test "memory goes to another device by descriptor, which stays the caller's" {
    const kit = try Kit.open(.{});
    const other = try kit.openAnother(.{});
    const buffer: Buffer = try .create(kit.device, .{ .bytes = bytes, .origin = .exported });
    const shared = try external.exportMemory(kit.device, buffer.allocation);
    try fillShared(kit.device, &buffer);
    const fd_before = try firstFreeDescriptor();
    var wrong = shared;
    wrong.bytes += 4096;
    const refused = Buffer.create(other, .{ .bytes = bytes, .origin = .{ .imported = wrong } });
    try std.testing.expectError(error.InvalidArgument, refused);
    wrong = shared;
    wrong.fd = 1 << 20;
    const absent = Buffer.create(other, .{ .bytes = bytes, .origin = .{ .imported = wrong } });
    try std.testing.expectError(error.InvalidArgument, absent);
    try std.testing.expectEqual(fd_before, try firstFreeDescriptor());
    const there: Buffer = try .create(other, .{ .bytes = bytes, .origin = .{ .imported = shared } });
    _ = linux.close(shared.fd);
    try expectShared(other, &there);
    there.destroy();
    buffer.destroy();
    try std.testing.expectEqual(@as(u32, 0), other.close());
    try kit.close();
}

fn firstFreeDescriptor() !usize {
    const fd = linux.dup(2);
    if (linux.errno(fd) != .SUCCESS) return error.Unexpected;
    _ = linux.close(@intCast(fd));
    return fd;
}

/// What the child of a test finds: a copy of what its parent had.
var offered: external.Exported = undefined;

/// In another process: takes the descriptor of its parent and looks.
fn importInChild() !void {
    const pidfd = linux.pidfd_open(linux.getppid(), 0);
    if (linux.errno(pidfd) != .SUCCESS) return error.Unexpected;
    defer _ = linux.close(@intCast(pidfd));
    const fd = linux.syscall3(.pidfd_getfd, pidfd, @intCast(offered.fd), 0);
    if (linux.errno(fd) != .SUCCESS) return error.Unexpected;
    var taken = offered;
    taken.fd = @intCast(fd);
    const kit = try Kit.open(.{});
    const buffer: Buffer = try .create(kit.device, .{ .bytes = bytes, .origin = .{ .imported = taken } });
    _ = linux.close(taken.fd);
    try expectShared(kit.device, &buffer);
    buffer.destroy();
    try kit.close();
}

test "memory goes to another process" {
    const kit = try Kit.open(.{});
    const buffer: Buffer = try .create(kit.device, .{ .bytes = bytes, .origin = .exported });
    offered = try external.exportMemory(kit.device, buffer.allocation);
    try fillShared(kit.device, &buffer);
    try test_kit.inChild(importInChild);
    _ = linux.close(offered.fd);
    buffer.destroy();
    try kit.close();
}
