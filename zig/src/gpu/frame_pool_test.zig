const std = @import("std");
const test_kit = @import("test_kit.zig");
const Buffer = @import("buffer.zig").Buffer;
const FramePool = @import("frame_pool.zig").FramePool;
const Frame = @import("frame_pool.zig").Frame;
const Kit = test_kit.Kit;
const Point = @import("timeline.zig").Point;
const Stream = @import("stream.zig").Stream;
const Timeline = @import("timeline.zig").Timeline;
const waits_max = @import("stream.zig").waits_max;

test "a frame is 72 bytes without gaps" {
    var bytes: usize = 0;
    inline for (@typeInfo(Frame).@"struct".field_names) |name| bytes += @sizeOf(@FieldType(Frame, name));
    try std.testing.expectEqual(@sizeOf(Frame), bytes);
    try std.testing.expectEqual(@as(usize, 72), bytes);
}

test "frames: the writer waits for what readers noted, and only for what is not done" {
    const kit = try Kit.open(.{});
    var pool: FramePool = try .create(kit.device, .{
        .slots = 3,
        .width = 16,
        .height = 16,
        .format = .rgba8,
        .generation = 7,
    });
    const done: Timeline = try .create(kit.device, 5, "done");
    const busy: Timeline = try .create(kit.device, 5, "busy");
    var waits: [waits_max]Point = undefined;
    _, const first = try pool.write(1, &waits);
    try std.testing.expectEqual(@as(usize, 0), first.len);
    pool.note(1, 0, .{ .timeline = &done, .value = 5 });
    pool.note(1, 1, .{ .timeline = &busy, .value = 6 });
    pool.note(1, 1, .{ .timeline = &busy, .value = 8 });
    pool.note(1, 63, .{ .timeline = &busy, .value = 9 });
    pool.note(2, 1, .{ .timeline = &busy, .value = 7 });
    _, const second = try pool.write(1, &waits);
    try std.testing.expectEqual(@as(usize, 2), second.len);
    try std.testing.expectEqual(Point{ .timeline = &busy, .value = 8 }, second[0]);
    try std.testing.expectEqual(Point{ .timeline = &busy, .value = 9 }, second[1]);
    _, const third = try pool.write(1, &waits);
    try std.testing.expectEqual(@as(usize, 0), third.len);
    pool.forget(1);
    _, const other = try pool.write(2, &waits);
    try std.testing.expectEqual(@as(usize, 0), other.len);
    try std.testing.expectError(error.InvalidArgument, pool.write(3, &waits));
    busy.destroy();
    done.destroy();
    pool.destroy();
    try kit.close();
}

test "frames: an old generation, a slot written again and another device are errors" {
    const kit = try Kit.open(.{});
    var pool: FramePool = try .create(kit.device, .{
        .slots = 2,
        .width = 8,
        .height = 4,
        .format = .rgba16_float,
        .generation = 2,
    });
    const timeline: Timeline = try .create(kit.device, 0, "writer");
    var waits: [waits_max]Point = undefined;
    _ = try pool.write(0, &waits);
    const frame = pool.commit(0, .{ .timeline = &timeline, .value = 1 }, 99);
    const image, const point = try pool.read(&frame);
    try std.testing.expectEqual(@as(u32, 8), image.width);
    try std.testing.expectEqual(@as(u64, 1), point.value);
    try std.testing.expectEqual(@as(u32, 99), frame.pool);
    var wrong = frame;
    wrong.generation = 1;
    try std.testing.expectError(error.StaleFrame, pool.read(&wrong));
    wrong = frame;
    wrong.slot = 2;
    try std.testing.expectError(error.StaleFrame, pool.read(&wrong));
    wrong = frame;
    wrong.device_uuid[3] +%= 1;
    try std.testing.expectError(error.WrongDevice, pool.read(&wrong));
    _ = try pool.write(0, &waits);
    try std.testing.expectError(error.StaleFrame, pool.read(&frame)); // It is being written.
    _ = pool.commit(0, .{ .timeline = &timeline, .value = 2 }, 99);
    try std.testing.expectError(error.StaleFrame, pool.read(&frame));
    timeline.destroy();
    pool.destroy();
    try kit.close();
}

test "frames: a slow reader behind a gate sees each picture whole, and the host waits for nobody" {
    const kit = try Kit.open(.{});
    const device = kit.device;
    const writer: *Stream = try .create(device, .{ .queue = device.queue(.main, 0), .in_flight_max = 8 });
    const reader: *Stream = try .create(device, .{ .queue = device.queue(.main, 1), .in_flight_max = 8 });
    var pool: FramePool = try .create(device, .{
        .slots = 2,
        .width = 32,
        .height = 32,
        .format = .rgba8,
        .generation = 1,
    });
    const gate: Timeline = try .create(device, 0, "gate");
    const picture_bytes = 32 * 32 * 4;
    const frames = 6;
    const seen: Buffer = try .create(device, .{ .bytes = frames * picture_bytes, .where = .download });
    for (0..frames) |n| {
        const slot: u32 = @intCast(n % 2);
        var waits: [waits_max]Point = undefined;
        const target, const before = try pool.write(slot, &waits);
        // Nothing is done before the gate opens, so the reader of two frames ago is always waited for.
        try std.testing.expectEqual(@as(usize, if (n < 2) 0 else 1), before.len);
        const writing = try writer.begin();
        writing.clear(target, @splat(@as(f32, @floatFromInt(n + 1)) / 255.0));
        const frame = pool.commit(slot, try writer.submit(before), 0);

        const source, const written = try pool.read(&frame);
        const reading = try reader.begin();
        try reading.copyFromImage(source, &seen, n * picture_bytes);
        reading.barrier(.copy_write, .host_read);
        pool.note(slot, 0, try reader.submit(&.{ written, .{ .timeline = &gate, .value = 1 } }));
    }
    try std.testing.expectEqual(@as(u64, 0), try reader.timeline.value());
    try gate.signal(1);
    try reader.finish();
    try writer.finish();
    for (0..frames) |n| {
        const picture = seen.mapped()[n * picture_bytes ..][0..picture_bytes];
        try std.testing.expect(std.mem.allEqual(u8, picture, @intCast(n + 1)));
    }
    pool.forget(0);
    seen.destroy();
    gate.destroy();
    pool.destroy();
    reader.destroy();
    writer.destroy();
    try kit.close();
}
