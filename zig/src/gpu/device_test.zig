//! Devices as a whole, on the software device where there is one, with the validation layer silent.

const std = @import("std");
const failure = @import("failure.zig");
const physical = @import("physical.zig");
const spirv = @import("spirv.zig");
const test_kit = @import("test_kit.zig");
const Binding = @import("bindings.zig").Binding;
const Buffer = @import("buffer.zig").Buffer;
const Device = @import("device.zig").Device;
const Image = @import("image.zig").Image;
const Instance = @import("instance.zig").Instance;
const Kit = test_kit.Kit;
const Pipeline = @import("pipeline.zig").Pipeline;
const Sampler = @import("sampler.zig").Sampler;
const Stream = @import("stream.zig").Stream;
const Timeline = @import("timeline.zig").Timeline;
const stamps_max = @import("recording.zig").stamps_max;
const vk = @import("vk.zig");

const gpa = std.testing.allocator;

const invert = spirv.embedded(@embedFile("testdata/invert.comp.spv"));
const effect = spirv.embedded(@embedFile("testdata/effect.comp.spv"));
const array = spirv.embedded(@embedFile("testdata/array.comp.spv"));
const mix = spirv.embedded(@embedFile("testdata/mix.frag.spv"));

/// Bytes that no mistake gives by chance.
fn paint(bytes: []u8) void {
    var random: std.Random.DefaultPrng = .init(1080);
    random.random().bytes(bytes);
}

fn mainStream(device: *Device) !*Stream {
    return .create(device, .{ .queue = device.queue(.main, 0), .name = "test" });
}

test "a device opens and closes" {
    const kit = try Kit.open(.{});
    try std.testing.expect(kit.device.physical.name().len > 0);
    try std.testing.expect(kit.device.queue(.compute, 3).stamp_bits > 0);
    try kit.close();
}

test "the validation layer listens: something left open is found" {
    const kit = try Kit.open(.{});
    const buffer: Buffer = try .create(kit.device, .{ .bytes = 64, .name = "forgotten" });
    try std.testing.expectEqual(@as(u32, 1), kit.device.close());
    kit.instance.destroyHandles();
    const messages = &kit.instance.messages;
    try std.testing.expect(messages.error_count > 0);
    try std.testing.expect(std.mem.find(u8, messages.kept[0].text(), "has not been destroyed") != null);
    try std.testing.expect(std.mem.find(u8, messages.kept[0].text(), "forgotten") != null);
    gpa.destroy(kit.instance);
    _ = buffer;
}

test "the validation layer listens: a missing barrier is found" {
    const kit = try Kit.open(.{});
    const stream = try mainStream(kit.device);
    const buffer: Buffer = try .create(kit.device, .{ .bytes = 256 });
    const other: Buffer = try .create(kit.device, .{ .bytes = 256 });
    const recording = try stream.begin();
    try recording.fill(&buffer, 0, 256, 1);
    try recording.copyBuffer(&buffer, 0, &other, 0, 256);
    const messages = &kit.instance.messages;
    try std.testing.expectEqual(@as(u32, 1), messages.error_count);
    try std.testing.expect(std.mem.find(u8, messages.kept[0].text(), "SYNC-HAZARD-READ-AFTER-WRITE") != null);
    stream.abort();
    other.destroy();
    buffer.destroy();
    stream.destroy();
    try std.testing.expectEqual(@as(u32, 0), kit.device.close());
    kit.instance.close();
}

test "fill and copy: what is written comes back" {
    const kit = try Kit.open(.{});
    const stream = try mainStream(kit.device);
    const middle: Buffer = try .create(kit.device, .{ .bytes = 4096 });
    const result: Buffer = try .create(kit.device, .{ .bytes = 4096, .where = .download });
    const recording = try stream.begin();
    try recording.fill(&middle, 0, 2048, 0x11223344);
    try recording.fill(&middle, 2048, 2048, 0xaabbccdd);
    recording.barrier(.copy_write, .copy_read);
    try recording.copyBuffer(&middle, 1024, &result, 0, 2048);
    recording.barrier(.copy_write, .host_read);
    try std.testing.expectError(error.InvalidArgument, recording.fill(&middle, 4092, 8, 0));
    try std.testing.expectError(error.InvalidArgument, recording.fill(&middle, 0, 6, 0));
    try std.testing.expectError(error.InvalidArgument, recording.copyBuffer(&middle, 0, &result, 4096, 1));
    try std.testing.expectError(error.InvalidArgument, stream.begin());
    _ = try stream.submit(&.{});
    try stream.finish();
    const seen = std.mem.bytesAsSlice(u32, result.mapped());
    for (seen[0..256]) |word| try std.testing.expectEqual(@as(u32, 0x11223344), word);
    for (seen[256..512]) |word| try std.testing.expectEqual(@as(u32, 0xaabbccdd), word);
    result.destroy();
    middle.destroy();
    stream.destroy();
    try kit.close();
}

test "a compute shader inverts 1080p as the CPU does, byte by byte" {
    const kit = try Kit.open(.{});
    const device = kit.device;
    const bytes = 1920 * 1080 * 4;
    const source: Buffer = try .create(device, .{ .bytes = bytes, .where = .upload });
    const target: Buffer = try .create(device, .{ .bytes = bytes, .where = .download });
    var why: failure.Explanation = .{};
    var pipeline: Pipeline = try .createCompute(device, invert, .{ .name = "invert" }, &why);
    const stream = try mainStream(device);
    paint(source.mapped());
    const count: u32 = bytes / 16;
    const recording = try stream.begin();
    const first = try recording.stamp();
    try recording.dispatch(&pipeline, &.{
        .{ .binding = 0, .resource = .{ .buffer = &source } },
        .{ .binding = 1, .resource = .{ .buffer = &target } },
    }, std.mem.asBytes(&count), .{ count / 256 + 1, 1, 1 }, &why);
    const second = try recording.stamp();
    recording.barrier(.compute_write, .host_read);
    _ = try stream.submit(&.{});
    try stream.finish();
    for (source.mapped(), target.mapped()) |before, after| try std.testing.expectEqual(255 - before, after);
    var storage: [stamps_max]u64 = undefined;
    const stamps = try recording.readStamps(&storage);
    try std.testing.expectEqual(@as(usize, 2), stamps.len);
    try std.testing.expectEqual(@as(u64, 0), stamps[first]);
    try std.testing.expect(stamps[second] > 0);
    stream.destroy();
    pipeline.destroy();
    target.destroy();
    source.destroy();
    try kit.close();
}

test "images: a chain of two effects gives the picture back, one of them the wanted picture" {
    const kit = try Kit.open(.{});
    const device = kit.device;
    const width = 321;
    const height = 123;
    var images: [3]Image = undefined;
    for (&images) |*image| image.* = try .create(device, .{ .width = width, .height = height, .format = .rgba8 });
    const bytes = images[0].packedBytes();
    const source: Buffer = try .create(device, .{ .bytes = bytes, .where = .upload });
    const once: Buffer = try .create(device, .{ .bytes = bytes, .where = .download });
    const twice: Buffer = try .create(device, .{ .bytes = bytes, .where = .download });
    const sampler: Sampler = try .create(device, .nearest, .clamp);
    var why: failure.Explanation = .{};
    var pipeline: Pipeline = try .createCompute(device, effect, .{}, &why);
    const stream = try mainStream(device);
    paint(source.mapped());
    const recording = try stream.begin();
    try recording.copyToImage(&source, 0, &images[0]);
    recording.barrier(.copy_write, .compute_read);
    for (0..2) |i| {
        try recording.dispatch(&pipeline, &.{
            .{ .binding = 0, .resource = .{ .sampled = .{ .image = &images[i], .sampler = &sampler } } },
            .{ .binding = 1, .resource = .{ .image = &images[i + 1] } },
        }, &.{}, .{ (width + 15) / 16, (height + 15) / 16, 1 }, &why);
        recording.barrier(.compute_write, .compute_read);
    }
    recording.barrier(.compute_write, .copy_read);
    try recording.copyFromImage(&images[1], &once, 0);
    try recording.copyFromImage(&images[2], &twice, 0);
    recording.barrier(.copy_write, .host_read);
    _ = try stream.submit(&.{});
    try stream.finish();
    try std.testing.expectEqualSlices(u8, source.mapped(), twice.mapped());
    const row_bytes = width * 4;
    for (0..height) |y| {
        const wanted = source.mapped()[y * row_bytes ..][0..row_bytes];
        const seen = once.mapped()[(height - 1 - y) * row_bytes ..][0..row_bytes];
        for (wanted, seen) |before, after| try std.testing.expectEqual(255 - before, after);
    }
    stream.destroy();
    pipeline.destroy();
    sampler.destroy();
    for ([_]Buffer{ twice, once, source }) |buffer| buffer.destroy();
    for (images) |image| image.destroy();
    try kit.close();
}

test "a graphics pass draws over the whole target" {
    const kit = try Kit.open(.{});
    const device = kit.device;
    const width = 64;
    const height = 48;
    const picture: Image = try .create(device, .{ .width = width, .height = height, .format = .rgba8 });
    const target: Image = try .create(device, .{ .width = width, .height = height, .format = .rgba8 });
    const result: Buffer = try .create(device, .{ .bytes = picture.packedBytes(), .where = .download });
    const sampler: Sampler = try .create(device, .nearest, .clamp);
    var why: failure.Explanation = .{};
    var pipeline: Pipeline = try .createDraw(device, mix, .{ .target = .rgba8, .name = "mix" }, &why);
    const stream = try mainStream(device);
    const recording = try stream.begin();
    recording.clear(&picture, .{ 200.0 / 255.0, 100.0 / 255.0, 1, 1 });
    recording.barrier(.copy_write, .draw_read);
    const blue: f32 = 51.0 / 255.0;
    try recording.draw(&pipeline, &.{
        .{ .binding = 0, .resource = .{ .sampled = .{ .image = &picture, .sampler = &sampler } } },
    }, std.mem.asBytes(&blue), &target, .{ .clear = @splat(0) }, &why);
    recording.barrier(.draw_write, .copy_read);
    try recording.copyFromImage(&target, &result, 0);
    recording.barrier(.copy_write, .host_read);
    _ = try stream.submit(&.{});
    try stream.finish();
    const pixels = std.mem.bytesAsSlice([4]u8, result.mapped());
    for (pixels, 0..) |pixel, i| {
        const is_left = i % width < width / 2;
        const wanted: [4]u8 = if (is_left) .{ 200, 100, 51, 255 } else .{ 100, 50, 51, 255 };
        try std.testing.expectEqual(wanted, pixel);
    }
    stream.destroy();
    pipeline.destroy();
    sampler.destroy();
    result.destroy();
    target.destroy();
    picture.destroy();
    try kit.close();
}

test "two streams: one waits on the device for the other, and both for the host" {
    const kit = try Kit.open(.{});
    const device = kit.device;
    const first: *Stream = try .create(device, .{ .queue = device.queue(.main, 0) });
    const second: *Stream = try .create(device, .{ .queue = device.queue(.compute, 1) });
    const gate: Timeline = try .create(device, 0, "gate");
    const bytes = 1 << 20;
    const middle: Buffer = try .create(device, .{ .bytes = bytes });
    const result: Buffer = try .create(device, .{ .bytes = bytes, .where = .download });
    for (1..6) |round| {
        const word: u32 = @intCast(round);
        const writing = try first.begin();
        try writing.fill(&middle, 0, bytes, word);
        const written = try first.submit(&.{.{ .timeline = &gate, .value = round }});
        const reading = try second.begin();
        try reading.copyBuffer(&middle, 0, &result, 0, bytes);
        reading.barrier(.copy_write, .host_read);
        const read = try second.submit(&.{written});
        try std.testing.expectError(error.TimedOut, read.timeline.wait(read.value, 0));
        try gate.signal(round);
        try second.finish();
        try std.testing.expectEqual(read.value, try second.timeline.value());
        for (std.mem.bytesAsSlice(u32, result.mapped())) |seen| try std.testing.expectEqual(word, seen);
    }
    result.destroy();
    middle.destroy();
    gate.destroy();
    second.destroy();
    first.destroy();
    try kit.close();
}

test "in flight: a stream holds no more than it may, and tells so" {
    const kit = try Kit.open(.{});
    const device = kit.device;
    const stream: *Stream = try .create(device, .{ .queue = device.queue(.main, 0), .in_flight_max = 2 });
    const gate: Timeline = try .create(device, 0, "gate");
    for (0..2) |_| {
        try std.testing.expect(!try stream.isFull());
        _ = try stream.begin();
        _ = try stream.submit(&.{.{ .timeline = &gate, .value = 1 }});
    }
    try std.testing.expect(try stream.isFull());
    try gate.signal(1);
    _ = try stream.begin();
    stream.abort();
    try std.testing.expectError(error.InvalidArgument, stream.submit(&.{}));
    stream.destroy();
    gate.destroy();
    try std.testing.expectError(error.InvalidArgument, Stream.create(device, .{
        .queue = device.queue(.main, 0),
        .in_flight_max = 0,
    }));
    try kit.close();
}

test "10 000 submits: no memory grows, of the device or of the process" {
    const kit = try Kit.open(.{});
    const device = kit.device;
    const bytes = 4096;
    const source: Buffer = try .create(device, .{ .bytes = bytes, .where = .upload });
    const target: Buffer = try .create(device, .{ .bytes = bytes, .where = .download });
    var why: failure.Explanation = .{};
    var pipeline: Pipeline = try .createCompute(device, invert, .{}, &why);
    const stream = try mainStream(device);
    paint(source.mapped());
    const count: u32 = bytes / 16;
    var before: u64 = 0;
    const memory = device.memory.statistics();
    for (0..10_000) |i| {
        if (i == 2000) before = try residentBytes();
        const recording = try stream.begin();
        try recording.dispatch(&pipeline, &.{
            .{ .binding = 0, .resource = .{ .buffer = &source } },
            .{ .binding = 1, .resource = .{ .buffer = &target } },
        }, std.mem.asBytes(&count), .{ 1, 1, 1 }, &why);
        recording.barrier(.compute_write, .host_read);
        _ = try stream.submit(&.{});
    }
    try stream.finish();
    const grown = try residentBytes() -| before;
    try std.testing.expect(grown < 8 << 20);
    try std.testing.expectEqual(memory, device.memory.statistics());
    for (stream.recordings) |*one| try std.testing.expectEqual(@as(usize, 1), one.descriptors.pools.items.len);
    try std.testing.expectEqual(255 - source.mapped()[7], target.mapped()[7]);
    stream.destroy();
    pipeline.destroy();
    target.destroy();
    source.destroy();
    try kit.close();
}

fn residentBytes() !u64 {
    const linux = std.os.linux;
    const fd = linux.open("/proc/self/statm", .{ .CLOEXEC = true }, 0);
    if (linux.errno(fd) != .SUCCESS) return error.Unexpected;
    defer _ = linux.close(@intCast(fd));
    var buffer: [128]u8 = undefined;
    const length = linux.read(@intCast(fd), &buffer, buffer.len);
    if (linux.errno(length) != .SUCCESS) return error.Unexpected;
    var fields = std.mem.splitScalar(u8, buffer[0..length], ' ');
    _ = fields.next();
    return try std.fmt.parseInt(u64, fields.next().?, 10) * std.heap.pageSize();
}

test "one recording may run a shader more often than a pool has sets" {
    const kit = try Kit.open(.{});
    const device = kit.device;
    const buffer: Buffer = try .create(device, .{ .bytes = 4096, .where = .download });
    @memset(buffer.mapped(), 1);
    var why: failure.Explanation = .{};
    var pipeline: Pipeline = try .createCompute(device, invert, .{}, &why);
    const stream = try mainStream(device);
    const count: u32 = 4096 / 16;
    for (0..4) |_| {
        const recording = try stream.begin();
        for (0..201) |_| {
            try recording.dispatch(&pipeline, &.{
                .{ .binding = 0, .resource = .{ .buffer = &buffer } },
                .{ .binding = 1, .resource = .{ .buffer = &buffer } },
            }, std.mem.asBytes(&count), .{ 1, 1, 1 }, &why);
            recording.barrier(.compute_write, .compute_write);
        }
        try std.testing.expectEqual(@as(usize, 4), recording.descriptors.pools.items.len);
        recording.barrier(.compute_write, .host_read);
        _ = try stream.submit(&.{});
    }
    try stream.finish();
    try std.testing.expect(std.mem.allEqual(u8, buffer.mapped(), 1)); // 804 times.
    stream.destroy();
    pipeline.destroy();
    buffer.destroy();
    try kit.close();
}

const Worker = struct {
    device: *Device,
    number: usize,
    outcome: anyerror!void = {},

    fn run(self: *Worker) void {
        self.outcome = self.work();
    }

    /// Its own stream on a queue that all share, and memory that comes and goes.
    fn work(self: *Worker) anyerror!void {
        const stream: *Stream = try .create(self.device, .{ .queue = self.device.queue(.main, 0) });
        defer stream.destroy();
        for (0..100) |round| {
            const target: Buffer = try .create(self.device, .{ .bytes = 1000 + 100 * round, .where = .download });
            defer target.destroy();
            const image: Image = try .create(self.device, .{ .width = 4, .height = 4, .format = .rgba8 });
            defer image.destroy();
            const recording = try stream.begin();
            defer stream.finish() catch {};
            try recording.fill(&target, 0, 1000, @intCast(self.number * 1000 + round));
            recording.barrier(.copy_write, .host_read);
            _ = try stream.submit(&.{});
            try stream.finish();
            for (std.mem.bytesAsSlice(u32, target.mapped()[0..1000])) |word| {
                try std.testing.expectEqual(self.number * 1000 + round, word);
            }
        }
    }
};

test "threads: streams of one queue, and memory, do not get into each other's way" {
    const kit = try Kit.open(.{});
    var workers: [3]Worker = undefined;
    var threads: [workers.len]std.Thread = undefined;
    for (&workers, &threads, 0..) |*worker, *thread, i| {
        worker.* = .{ .device = kit.device, .number = i };
        thread.* = try std.Thread.spawn(.{}, Worker.run, .{worker});
    }
    for (threads) |thread| thread.join();
    for (workers) |worker| try worker.outcome;
    try kit.close();
}

test "memory: small things share blocks, large ones have their own, and all comes back" {
    const kit = try Kit.open(.{ .block_bytes = 1 << 20 });
    const device = kit.device;
    const empty = device.memory.statistics();
    var small: [20]Buffer = undefined;
    for (&small) |*buffer| buffer.* = try .create(device, .{ .bytes = 100_000 });
    var held = device.memory.statistics();
    try std.testing.expectEqual(@as(u32, 20), held.used_count - empty.used_count);
    try std.testing.expectEqual(@as(u32, 2), held.block_count);
    const large: Buffer = try .create(device, .{ .bytes = 600_000 });
    const image: Image = try .create(device, .{ .width = 100, .height = 100, .format = .rgba16_float });
    held = device.memory.statistics();
    try std.testing.expectEqual(@as(u32, 1), held.alone_count);
    try std.testing.expectEqual(@as(u32, 3), held.block_count); // One more, for images.
    image.destroy();
    large.destroy();
    for (small) |buffer| buffer.destroy();
    held = device.memory.statistics();
    try std.testing.expectEqual(@as(u32, 0), held.used_count);
    try std.testing.expectEqual(@as(u64, 0), held.used_bytes);
    try std.testing.expectEqual(@as(u32, 2), held.block_count); // One empty block of each kind stays.
    try std.testing.expectEqual(@as(u32, 0), held.alone_count);
    try std.testing.expectError(error.InvalidArgument, Buffer.create(device, .{ .bytes = 0 }));
    try std.testing.expectError(
        error.InvalidArgument,
        Image.create(device, .{ .width = 0, .height = 1, .format = .r8 }),
    );
    try std.testing.expectError(
        error.NotSupported,
        Image.create(device, .{ .width = 1 << 20, .height = 1, .format = .r8 }),
    );
    try kit.close();
}

test "pipelines and bindings: each mistake is told" {
    const kit = try Kit.open(.{});
    const device = kit.device;
    var why: failure.Explanation = .{};
    try std.testing.expectError(
        error.BadShader,
        Pipeline.createCompute(device, invert, .{ .entry_point = "start" }, &why),
    );
    try std.testing.expectEqualStrings("Cannot use SPIR-V: it has no compute shader named \"start\", its first " ++
        "entry point is the compute shader \"main\"", why.text());
    why = .{};
    try std.testing.expectError(error.BadShader, Pipeline.createCompute(device, mix, .{}, &why));
    try std.testing.expectError(error.BadShader, Pipeline.createDraw(device, invert, .{ .target = .rgba8 }, &why));

    const buffer: Buffer = try .create(device, .{ .bytes = 64 });
    const image: Image = try .create(device, .{ .width = 4, .height = 4, .format = .rgba8 });
    var pipeline: Pipeline = try .createCompute(device, invert, .{}, &why);
    const stream = try mainStream(device);
    const recording = try stream.begin();
    const push: [4]u8 = @splat(0);
    const good = [_]Binding{
        .{ .binding = 0, .resource = .{ .buffer = &buffer } },
        .{ .binding = 1, .resource = .{ .buffer = &buffer } },
    };
    const Case = struct { []const Binding, []const u8, [3]u32, []const u8 };
    for ([_]Case{
        .{ &good, "abc", .{ 1, 1, 1 }, "its push constants are 4 bytes, 3 were given" },
        .{ &good, &push, .{ 1, 0, 1 }, "0 workgroups are not 1 to 65535" },
        .{ good[0..1], &push, .{ 1, 1, 1 }, "binding 1 in set 0, \"Target\", wants 1 of kind " ++
            "storage_buffer, 0 were given" },
        .{ &.{ good[0], good[0] }, &push, .{ 1, 1, 1 }, "binding 0 in set 0 was given twice" },
        .{ &.{ good[0], good[1], .{ .binding = 7, .resource = good[0].resource } }, &push, .{ 1, 1, 1 }, "it has no " ++
            "binding 7 in set 0" },
        .{ &.{ good[0], .{ .binding = 1, .resource = .{ .image = &image } } }, &push, .{ 1, 1, 1 }, "binding 1 in " ++
            "set 0, \"Target\", is a storage_buffer, but image was given" },
    }) |case| {
        why = .{};
        const outcome = recording.dispatch(&pipeline, case[0], case[1], case[2], &why);
        try std.testing.expectError(error.InvalidArgument, outcome);
        try std.testing.expect(std.mem.startsWith(u8, why.text(), "Cannot run the shader: "));
        try std.testing.expectEqualStrings(case[3], why.text()["Cannot run the shader: ".len..]);
    }
    const wide: Image = try .create(device, .{ .width = 4, .height = 4, .format = .rgba16_float });
    const sampler: Sampler = try .create(device, .nearest, .clamp);
    var turning: Pipeline = try .createCompute(device, effect, .{}, &why);
    why = .{};
    const outcome = recording.dispatch(&turning, &.{
        .{ .binding = 0, .resource = .{ .sampled = .{ .image = &image, .sampler = &sampler } } },
        .{ .binding = 1, .resource = .{ .image = &wide } },
    }, &.{}, .{ 1, 1, 1 }, &why);
    try std.testing.expectError(error.InvalidArgument, outcome);
    try std.testing.expectEqualStrings("Cannot run the shader: the image given as \"result\" is rgba16_float, " ++
        "which is not the format in the shader", why.text());
    stream.abort();
    stream.destroy();
    turning.destroy();
    sampler.destroy();
    wide.destroy();
    pipeline.destroy();
    image.destroy();
    buffer.destroy();

    // OpCapability Float64 in the place of Shader.
    var other: [effect.len]u32 = effect[0..effect.len].*;
    other[6] = 10;
    why = .{};
    try std.testing.expectError(error.NotSupported, Pipeline.createCompute(device, &other, .{}, &why));
    try std.testing.expectEqualStrings("Cannot use the shader: it needs capability 10 of SPIR-V, which is not " ++
        "switched on", why.text());
    try kit.close();
}

test "a shader with more of a kind than the device gives, or indices it has not got, is refused in words" {
    const kit = try Kit.open(.{});
    const physical_device = &kit.device.physical;
    var why: failure.Explanation = .{};
    const limits = physical_device.limits;
    physical_device.limits.maxPerStageDescriptorSamplers = 16;
    try std.testing.expectError(error.NotSupported, Pipeline.createCompute(kit.device, array, .{}, &why));
    try std.testing.expect(std.mem.startsWith(u8, why.text(), "Cannot use the shader: it wants 17 samplers, \""));
    try std.testing.expect(std.mem.endsWith(u8, why.text(), "\" gives a shader 16"));
    physical_device.limits = limits;
    physical_device.limits.maxPerStageDescriptorStorageImages = 0;
    try std.testing.expectError(error.NotSupported, Pipeline.createCompute(kit.device, array, .{}, &why));
    physical_device.limits = limits;
    physical_device.indexing.sampled_images = false;
    // OpCapability SampledImageArrayDynamicIndexing in the place of ImageQuery.
    var indexed: [array.len]u32 = array[0..array.len].*;
    try std.testing.expectEqual(@as(u32, 50), indexed[8]);
    indexed[8] = 29;
    why = .{};
    try std.testing.expectError(error.NotSupported, Pipeline.createCompute(kit.device, &indexed, .{}, &why));
    try std.testing.expect(std.mem.endsWith(u8, why.text(), "\" takes elements of arrays of sampled images by " ++
        "constant indices only, as with a switch over them"));
    try kit.close();
}

test "what the driver compiled goes from one device to the next, and nonsense does no harm" {
    const kit = try Kit.open(.{});
    var why: failure.Explanation = .{};
    var pipeline: Pipeline = try .createCompute(kit.device, invert, .{}, &why);
    const kept = try kit.device.pipelineCache(gpa);
    defer gpa.free(kept);
    pipeline.destroy();
    for ([_][]const u8{ kept, "nonsense", kept[0 .. kept.len / 2] }) |cache| {
        const device = try kit.openAnother(.{ .pipeline_cache = cache });
        var again: Pipeline = try .createCompute(device, invert, .{}, &why);
        again.destroy();
        try std.testing.expectEqual(@as(u32, 0), device.close());
    }
    try kit.close();
}

extern fn setenv([*:0]const u8, [*:0]const u8, c_int) c_int;
extern fn unsetenv([*:0]const u8) c_int;

test "no library and no driver are one clear error each" {
    var why: failure.Explanation = .{};
    try std.testing.expectError(error.NoVulkan, Instance.open(gpa, .{ .library = "libvulkan-absent.so.1" }, &why));
    try std.testing.expect(std.mem.find(u8, why.text(), "there is no libvulkan-absent.so.1") != null);
    // From here on there has to be a loader.
    const kit = try Kit.open(.{});
    try kit.close();
    const names = [_][*:0]const u8{ "VK_ICD_FILENAMES", "VK_DRIVER_FILES" };
    var before: [names.len]?[:0]const u8 = undefined;
    for (names, &before) |name, *value| {
        value.* = test_kit.environment(name);
        try std.testing.expectEqual(@as(c_int, 0), setenv(name, "/nonexistent", 1));
    }
    defer for (names, before) |name, value| {
        _ = if (value) |text| setenv(name, text, 1) else unsetenv(name);
    };
    why = .{};
    const instance = Instance.open(gpa, .{}, &why);
    const outcome: failure.Error![]physical.Physical = if (instance) |opened| listed: {
        defer opened.close();
        break :listed physical.list(gpa, opened, &why);
    } else |err| err;
    try std.testing.expectError(error.NoDevice, outcome);
    try std.testing.expect(std.mem.startsWith(u8, why.text(), "Cannot find a GPU: the Vulkan loader has no driver"));
}

test {
    _ = @import("external_test.zig");
    _ = @import("fault_test.zig");
    _ = @import("frame_pool_test.zig");
    _ = @import("library_test.zig");
}
