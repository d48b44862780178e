//! What a recording waits for, which a device that does one thing after the other would not show.

const std = @import("std");
const external = @import("gpu/external.zig");
const failure = @import("gpu/failure.zig");
const gpu = @import("gpu_object.zig");
const physical = @import("gpu/physical.zig");
const test_kit = @import("gpu/test_kit.zig");
const Buffer = @import("gpu/buffer.zig").Buffer;
const Instance = @import("gpu/instance.zig").Instance;
const Timeline = @import("gpu/timeline.zig").Timeline;

const layout = gpu.layout;

/// The device that tests of the device layer take.
fn wish() !layout.GpuDeviceConfig {
    const kit = try test_kit.Kit.open(.{});
    const uuid = kit.device.physical.uuid;
    const index = kit.device.physical.index;
    try kit.close();
    return .{
        .index = index,
        .kind = layout.any,
        .has_uuid = 1,
        .validate = 1,
        .wait_ms = 5000,
        .is_shared = 0,
        .name_bytes = 0,
        .uuid = uuid,
        .name = @splat(0),
    };
}

fn open(why: *failure.Explanation) !u32 {
    return gpu.device.open(&try wish(), why);
}

/// Nothing was left open, and the validation layer had nothing to say.
fn close(device: u32) !void {
    gpu.device.closeAtEnd(device);
    const totals = gpu.device.totalsOf();
    if (totals.messages > 0) std.debug.print("validation: {s}\n", .{std.mem.sliceTo(&totals.message, 0)});
    try std.testing.expectEqual(@as(u32, 0), totals.open_devices);
    try std.testing.expectEqual(@as(u32, 0), totals.leaked);
    try std.testing.expectEqual(@as(u32, 0), totals.messages);
}

const Opener = struct {
    config: layout.GpuDeviceConfig,
    handle: u32 = 0,

    fn run(self: *Opener) void {
        var why: failure.Explanation = .{};
        self.handle = gpu.device.open(&self.config, &why) catch return;
    }
};

test "threads that share get one device, also if all ask at once; others get their own" {
    var why: failure.Explanation = .{};
    var config = try wish();
    const alone = try gpu.device.open(&config, &why);
    config.is_shared = 1;
    for (0..3) |_| {
        var openers: [4]Opener = @splat(.{ .config = config });
        var threads: [4]std.Thread = undefined;
        for (&threads, &openers) |*thread, *opener| thread.* = try std.Thread.spawn(.{}, Opener.run, .{opener});
        for (threads) |thread| thread.join();
        const shared = openers[0].handle;
        try std.testing.expect(shared != 0 and shared != alone);
        for (openers) |opener| try std.testing.expectEqual(shared, opener.handle);
        try std.testing.expectEqual(@as(u32, 2), gpu.device.totalsOf().open_devices);
        for (0..3) |_| gpu.device.closeAtEnd(shared);
        try std.testing.expectEqual(@as(u32, 0), (try gpu.device.statisticsOf(shared)).health);
        gpu.device.closeAtEnd(shared);
        try std.testing.expectError(error.BadHandle, gpu.device.statisticsOf(shared));
    }
    try close(alone);
}

test "a shared device is not given where another is wanted, or when it works no more" {
    var why: failure.Explanation = .{};
    var config = try wish();
    config.is_shared = 1;
    const first = try gpu.device.open(&config, &why);
    config.wait_ms += 1;
    const patient = try gpu.device.open(&config, &why);
    try std.testing.expect(first != patient);
    config.wait_ms -= 1;
    config.index = 77;
    try std.testing.expectError(error.NoSuchDevice, gpu.device.open(&config, &why));
    config.index = layout.any;
    gpu.device.table.held(first).native.health.store(.lost, .release);
    const second = try gpu.device.open(&config, &why);
    try std.testing.expect(second != first and second != patient);
    // By uuid alone it is the same.
    try std.testing.expectEqual(second, try gpu.device.open(&config, &why));
    gpu.device.closeAtEnd(second);
    gpu.device.closeAtEnd(second);
    gpu.device.closeAtEnd(patient);
    try close(first);
}

fn expectWaits(stream: u32, wanted: []const struct { u32, u64 }) !void {
    const waits = gpu.stream.table.held(stream).turnOf().waits.items;
    try std.testing.expectEqual(wanted.len, waits.len);
    for (wanted, waits) |one, wait| {
        try std.testing.expectEqual(one[0], wait.stream);
        try std.testing.expectEqual(one[1], wait.point.value);
    }
}

test "a submit waits for what it reads and for those who read what it writes, on the device" {
    var why: failure.Explanation = .{};
    const device = try open(&why);
    const config: layout.GpuStreamConfig = .{
        .role = 0,
        .queue = 0,
        .in_flight_max = 4,
        .is_stamped = 0,
        .staging_bytes = 0,
    };
    const writer = try gpu.stream.open(device, &config);
    const reader = try gpu.stream.open(device, &config);
    const third = try gpu.stream.open(device, &config);
    const pool = try gpu.resource.createPool(device, &.{
        .slot_count = 1,
        .width = 4,
        .height = 4,
        .format = 2,
        .generation = 1,
    });
    const buffer = try gpu.resource.createBuffer(device, 64, 2);
    const other = try gpu.resource.createBuffer(device, 64, 0);
    const gate: Timeline = try .create(gpu.device.table.held(device).native, 0, "gate");

    // Nothing is done before the gate opens.
    try gpu.stream.begin(writer);
    try gpu.stream.table.held(writer).turnOf().wait(writer, .{ .timeline = &gate, .value = 1 });
    try gpu.command.write(writer, pool, 0, &why);
    const frame = try gpu.command.commit(writer, pool, 0, &why);
    try std.testing.expectEqual(@as(u64, 1), try gpu.stream.submit(writer));

    const slot: layout.GpuPlace = .{ .handle = pool, .slot = 0, .offset = 0 };
    const row: layout.GpuPlace = .{ .handle = buffer, .slot = 0, .offset = 0 };
    try gpu.stream.begin(reader);
    try std.testing.expectEqual(@as(u32, 0), try gpu.command.read(reader, &frame, &why));
    try expectWaits(reader, &.{.{ writer, 1 }});
    try gpu.command.copy(reader, &.{ .from = slot, .to = row, .bytes = 0 }, &why);
    try std.testing.expectEqual(@as(u64, 1), try gpu.stream.submit(reader));
    var byte: [1]u8 = undefined;
    try std.testing.expectError(error.Empty, gpu.resource.readBuffer(buffer, 0, &byte));
    try std.testing.expectError(error.Full, gpu.resource.writeBuffer(buffer, 0, &byte));

    // The slot again: its reader first. Given up and begun anew, it is the same.
    for (0..2) |_| {
        try gpu.stream.begin(writer);
        try gpu.command.write(writer, pool, 0, &why);
        try expectWaits(writer, &.{.{ reader, 1 }});
        try gpu.stream.abort(writer);
    }
    // Whoever else writes it waits for both, also after the writer gave up.
    try gpu.stream.begin(third);
    try gpu.command.write(third, pool, 0, &why);
    try expectWaits(third, &.{ .{ writer, 1 }, .{ reader, 1 } });
    try gpu.stream.abort(third);
    // A buffer that another stream writes.
    try gpu.stream.begin(writer);
    const itself = gpu.command.copy(writer, &.{ .from = row, .to = row, .bytes = 16 }, &why);
    try std.testing.expectError(error.InvalidArgument, itself);
    const beside: layout.GpuPlace = .{ .handle = other, .slot = 0, .offset = 0 };
    try gpu.command.copy(writer, &.{ .from = row, .to = beside, .bytes = 16 }, &why);
    try expectWaits(writer, &.{.{ reader, 1 }});
    try gpu.stream.abort(writer);

    try std.testing.expectError(error.TimedOut, gpu.stream.wait(reader, 1, std.time.ns_per_ms));
    try std.testing.expectError(error.TimedOut, gpu.device.close(device, 0));
    try std.testing.expectEqual(@as(u64, 0), try gpu.stream.value(reader));
    try gate.signal(1);
    try gpu.stream.wait(reader, 1, 100 * std.time.ns_per_ms);
    try gpu.resource.readBuffer(buffer, 0, &byte);
    gate.destroy();

    // What is done is not waited for.
    try gpu.stream.begin(writer);
    try gpu.command.write(writer, pool, 0, &why);
    try expectWaits(writer, &.{});
    try close(device);
}

test "commands that meet are told apart by one barrier, others have none" {
    var why: failure.Explanation = .{};
    const device = try open(&why);
    const stream = try gpu.stream.open(device, &.{
        .role = 0,
        .queue = 0,
        .in_flight_max = 1,
        .is_stamped = 0,
        .staging_bytes = 0,
    });
    var places: [4]layout.GpuPlace = undefined;
    for (&places) |*place| {
        place.* = .{ .handle = try gpu.resource.createBuffer(device, 64, 0), .slot = 0, .offset = 0 };
    }
    try gpu.stream.begin(stream);
    const turn = gpu.stream.table.held(stream).turnOf();
    const copies = [_]struct { usize, usize, bool }{
        .{ 0, 1, false },
        .{ 0, 2, false }, // Both only read the first.
        .{ 2, 3, true }, // Reads what was written.
        .{ 0, 1, false }, // Nothing since the barrier.
        .{ 3, 0, true }, // Reads what was written, writes what was read.
        .{ 1, 2, false },
        .{ 1, 2, true }, // Writes what was written.
    };
    for (copies, 0..) |one, i| {
        const before = pendingOf(turn.uses.items);
        try gpu.command.copy(stream, &.{ .from = places[one[0]], .to = places[one[1]], .bytes = 64 }, &why);
        // After a barrier nothing is pending but what the command itself names.
        const is_barrier = i > 0 and pendingOf(turn.uses.items) == 2 and before >= 2;
        try std.testing.expectEqual(one[2], is_barrier);
    }
    _ = try gpu.stream.submit(stream);
    try close(device);
}

test "memory goes between devices by its share, also where descriptors cannot be had" {
    var why: failure.Explanation = .{};
    const device = try open(&why);
    const other = try open(&why);
    const native = gpu.device.table.held(device).native;
    if (!native.physical.has_memory_fd) {
        try std.testing.expectError(error.NotSupported, gpu.resource.createExported(device, 4096, &why));
        gpu.device.closeAtEnd(other);
        return close(device);
    }
    const buffer = try gpu.resource.createExported(device, 4096, &why);
    const share = try gpu.resource.shareBuffer(buffer, &why);
    try std.testing.expectEqual(share, try gpu.resource.shareBuffer(buffer, &why));
    const imported = try gpu.resource.importBuffer(other, &share, &why);
    // A software device's memory is anonymous memory of the kernel, which is opened by its path.
    if (native.physical.kind == .cpu) {
        const fd = try gpu.share.reopen(&share, &why);
        defer _ = std.os.linux.close(fd);
        const given: external.Exported = .{ .fd = fd, .bytes = share.memory_bytes, .type_index = share.memory_type };
        const reopened: Buffer = try .create(gpu.device.table.held(other).native, .{
            .bytes = share.bytes,
            .origin = .{ .imported = given },
        });
        reopened.destroy();
    }
    try gpu.resource.close(buffer, .buffer);
    try std.testing.expectError(error.Gone, gpu.resource.importBuffer(other, &share, &why));
    // A driver that does not pass memory on.
    native.functions.getMemoryFdKHR = null;
    why = .{};
    try std.testing.expectError(error.NotSupported, gpu.resource.createExported(device, 4096, &why));
    try std.testing.expect(std.mem.startsWith(u8, why.text(), "Cannot share memory between processes: \""));
    try std.testing.expectError(error.BadHandle, gpu.resource.shareBuffer(buffer, &why));
    try gpu.resource.close(imported, .buffer);
    gpu.device.closeAtEnd(other);
    try close(device);
}

test "a stream of a queue that only copies runs no shader" {
    var why: failure.Explanation = .{};
    const device = try open(&why);
    const config: layout.GpuStreamConfig = .{
        .role = 0,
        .queue = 0,
        .in_flight_max = 1,
        .is_stamped = 0,
        .staging_bytes = 0,
    };
    const stream = try gpu.stream.open(device, &config);
    // As it would be on a device that has such queues.
    gpu.stream.table.held(stream).native.queue.role = .transfer;
    try gpu.stream.begin(stream);
    const outcome = gpu.command.run(stream, &std.mem.zeroes(layout.GpuRun), &.{}, &.{}, &why);
    try std.testing.expectError(error.InvalidArgument, outcome);
    try std.testing.expectEqualStrings(
        "Cannot run a shader: the stream is of a queue that only copies",
        why.text(),
    );
    try close(device);
}

/// How many resources were used since the last barrier.
fn pendingOf(uses: anytype) usize {
    var count: usize = 0;
    for (uses) |use| count += @intFromBool(use.pending != .nothing);
    return count;
}
