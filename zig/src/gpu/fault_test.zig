//! What fails, and what then stays open: nothing, or what must not be touched.

const std = @import("std");
const failure = @import("failure.zig");
const functions = @import("functions.zig");
const spirv = @import("spirv.zig");
const test_kit = @import("test_kit.zig");
const vk = @import("vk.zig");
const Binding = @import("bindings.zig").Binding;
const Buffer = @import("buffer.zig").Buffer;
const Device = @import("device.zig").Device;
const Image = @import("image.zig").Image;
const Instance = @import("instance.zig").Instance;
const Kit = test_kit.Kit;
const Physical = @import("physical.zig").Physical;
const Pipeline = @import("pipeline.zig").Pipeline;
const Sampler = @import("sampler.zig").Sampler;
const Stream = @import("stream.zig").Stream;
const Timeline = @import("timeline.zig").Timeline;
const listDevices = @import("physical.zig").list;

const invert = spirv.embedded(@embedFile("testdata/invert.comp.spv"));
const mix = spirv.embedded(@embedFile("testdata/mix.frag.spv"));
const endless = spirv.embedded(@embedFile("testdata/endless.comp.spv"));

/// Opens a device and uses everything once.
fn useAll(gpa: std.mem.Allocator, instance: *Instance, physical: *const Physical) !void {
    var why: failure.Explanation = .{};
    const device = try Device.open(gpa, instance, physical, .{}, &why);
    errdefer _ = device.close();
    try useDevice(device);
    try std.testing.expectEqual(@as(u32, 0), device.close());
}

fn useDevice(device: *Device) !void {
    var why: failure.Explanation = .{};
    const stream: *Stream = try .create(device, .{ .queue = device.queue(.main, 0), .in_flight_max = 1 });
    defer stream.destroy();
    const source: Buffer = try .create(device, .{ .bytes = 64, .where = .upload });
    defer source.destroy();
    const target: Buffer = try .create(device, .{ .bytes = 64, .where = .download });
    defer target.destroy();
    const picture: Image = try .create(device, .{ .width = 4, .height = 4, .format = .rgba8 });
    defer picture.destroy();
    const drawn: Image = try .create(device, .{ .width = 4, .height = 4, .format = .rgba8 });
    defer drawn.destroy();
    const sampler: Sampler = try .create(device, .linear, .transparent);
    defer sampler.destroy();
    var inverting: Pipeline = try .createCompute(device, invert, .{}, &why);
    defer inverting.destroy();
    var mixing: Pipeline = try .createDraw(device, mix, .{ .target = .rgba8, .blend = .over_straight }, &why);
    defer mixing.destroy();
    const recording = try stream.begin();
    // Once recorded, objects are kept until the work is done.
    defer stream.finish() catch {};
    errdefer stream.abort();
    const word: [4]u8 = @splat(0);
    try recording.dispatch(&inverting, &.{
        .{ .binding = 0, .resource = .{ .buffer = &source } },
        .{ .binding = 1, .resource = .{ .buffer = &target } },
    }, &word, .{ 1, 1, 1 }, &why);
    recording.clear(&picture, @splat(0.5));
    recording.clear(&drawn, @splat(0));
    recording.barrier(.copy_write, .draw_read);
    recording.barrier(.copy_write, .draw_write);
    try recording.draw(&mixing, &.{
        .{ .binding = 0, .resource = .{ .sampled = .{ .image = &picture, .sampler = &sampler } } },
    }, &word, &drawn, .keep, &why);
    _ = try stream.submit(&.{});
    _ = try stream.begin();
    stream.abort();
    const cache = try device.pipelineCache(device.gpa);
    device.gpa.free(cache);
}

/// Stands before the driver, and answers one chosen call with a lack of memory.
const Faults = struct {
    var real: functions.DeviceFunctions = undefined;
    var getReal: functions.GetDeviceProcAddr = undefined;
    var createReal: @FieldType(functions.InstanceFunctions, "createDevice") = undefined;
    /// Calls that still succeed.
    var left: u32 = 0;
    var is_hit = false;
    var answer: vk.Result = .error_out_of_device_memory;

    var failed: Failed = .{};

    /// Which functions have failed by now.
    const Failed = failed: {
        const names = @typeInfo(functions.DeviceFunctions).@"struct".field_names;
        break :failed @Struct(.auto, null, names, &@splat(bool), &@splat(.{ .default_value_ptr = &false }));
    };

    fn hits(comptime name: []const u8) bool {
        if (left > 0) {
            left -= 1;
            return false;
        }
        if (is_hit) return false;
        is_hit = true;
        if (@hasField(Failed, name)) @field(failed, name) = true;
        return true;
    }

    /// Whether a function can run out of memory.
    fn canFail(comptime name: []const u8) bool {
        @setEvalBranchQuota(100_000);
        const prefixes = .{
            "create", "allocate", "map", "bind", "begin", "end", "reset", "queueSubmit", "getPipeline",
        };
        for (prefixes) |prefix| if (std.mem.startsWith(u8, name, prefix)) return true;
        return false;
    }

    fn createDevice(
        handle: vk.PhysicalDevice,
        info: *const vk.DeviceCreateInfo,
        allocator: ?*const anyopaque,
        device: *vk.Device,
    ) callconv(.c) vk.Result {
        return if (hits("createDevice")) answer else createReal(handle, info, allocator, device);
    }

    fn getDeviceProcAddr(device: vk.Device, name: [*:0]const u8) callconv(.c) functions.VoidFunction {
        @setEvalBranchQuota(100_000);
        const found = getReal(device, name);
        inline for (@typeInfo(functions.DeviceFunctions).@"struct".field_names) |field| {
            if (comptime canFail(field)) {
                const symbol = comptime "vk" ++ .{std.ascii.toUpper(field[0])} ++ field[1..];
                if (std.mem.eql(u8, std.mem.span(name), symbol)) {
                    @field(real, field) = @ptrCast(found);
                    return @ptrCast(&Wrapped(field).call);
                }
            }
        }
        return found;
    }

    fn Wrapped(comptime field: []const u8) type {
        const P = @typeInfo(@typeInfo(@FieldType(functions.DeviceFunctions, field)).pointer.child).@"fn".param_types;
        return switch (P.len) {
            1 => struct {
                fn call(a: P[0].?) callconv(.c) vk.Result {
                    return if (hits(field)) answer else @field(real, field)(a);
                }
            },
            2 => struct {
                fn call(a: P[0].?, b: P[1].?) callconv(.c) vk.Result {
                    return if (hits(field)) answer else @field(real, field)(a, b);
                }
            },
            3 => struct {
                fn call(a: P[0].?, b: P[1].?, c: P[2].?) callconv(.c) vk.Result {
                    return if (hits(field)) answer else @field(real, field)(a, b, c);
                }
            },
            4 => struct {
                fn call(a: P[0].?, b: P[1].?, c: P[2].?, d: P[3].?) callconv(.c) vk.Result {
                    return if (hits(field)) answer else @field(real, field)(a, b, c, d);
                }
            },
            6 => struct {
                fn call(a: P[0].?, b: P[1].?, c: P[2].?, d: P[3].?, e: P[4].?, f: P[5].?) callconv(.c) vk.Result {
                    return if (hits(field)) answer else @field(real, field)(a, b, c, d, e, f);
                }
            },
            else => @compileError(field ++ " has another number of parameters"),
        };
    }
};

test "a lack of device or host memory at any call leaves nothing open" {
    const kit = try Kit.open(.{});
    const instance = kit.instance;
    const f = &instance.functions;
    Faults.getReal = f.getDeviceProcAddr;
    Faults.createReal = f.createDevice;
    f.getDeviceProcAddr = Faults.getDeviceProcAddr;
    f.createDevice = Faults.createDevice;
    for ([_]vk.Result{ .error_out_of_device_memory, .error_out_of_host_memory }) |answer| {
        Faults.answer = answer;
        Faults.failed = .{};
        const wanted = if (answer == .error_out_of_host_memory) error.OutOfMemory else error.OutOfDeviceMemory;
        var calls: u32 = 0;
        while (true) : (calls += 1) {
            Faults.left = calls;
            Faults.is_hit = false;
            const outcome = useAll(std.testing.allocator, instance, &kit.device.physical);
            if (!Faults.is_hit) {
                try outcome;
                break;
            }
            try std.testing.expectError(wanted, outcome);
            try std.testing.expectEqual(@as(u32, 0), instance.messages.count());
        }
        // Each function that can fail has failed.
        @setEvalBranchQuota(100_000);
        inline for (@typeInfo(functions.DeviceFunctions).@"struct".field_names) |name| {
            if (comptime Faults.canFail(name)) try std.testing.expect(@field(Faults.failed, name));
        }
    }
    f.getDeviceProcAddr = Faults.getReal;
    f.createDevice = Faults.createReal;
    try kit.close();
}

fn openAll(gpa: std.mem.Allocator) !void {
    var why: failure.Explanation = .{};
    const instance: *Instance = try .open(gpa, .{ .validate = true }, &why);
    defer instance.close();
    gpa.free(try listDevices(gpa, instance, &why));
}

test "a lack of the host's own memory leaves nothing open" {
    const kit = try Kit.open(.{});
    try std.testing.checkAllAllocationFailures(test_kit.steady, useAll, .{ kit.instance, &kit.device.physical });
    try std.testing.checkAllAllocationFailures(test_kit.steady, openAll, .{});
    try kit.close();
}

fn lose(_: vk.Queue, _: u32, _: ?[*]const vk.SubmitInfo2, _: vk.Fence) callconv(.c) vk.Result {
    return .error_device_lost;
}

test "a lost device answers nothing but that, and can be closed" {
    const kit = try Kit.open(.{});
    const device = kit.device;
    const stream: *Stream = try .create(device, .{ .queue = device.queue(.main, 0) });
    const buffer: Buffer = try .create(device, .{ .bytes = 64 });
    const real = device.functions.queueSubmit2;
    device.functions.queueSubmit2 = lose;
    _ = try stream.begin();
    try std.testing.expectError(error.DeviceLost, stream.submit(&.{}));
    device.functions.queueSubmit2 = real;
    try std.testing.expectError(error.DeviceLost, stream.begin());
    try std.testing.expectError(error.DeviceLost, Buffer.create(device, .{ .bytes = 64 }));
    try std.testing.expectError(error.DeviceLost, stream.timeline.value());
    buffer.destroy();
    stream.destroy();
    try kit.close();
}

/// In a process of its own: it is left with a thread of the driver that never ends.
fn abandonInChild() !void {
    const kit = try Kit.open(.{ .wait_ns_max = 300 * std.time.ns_per_ms });
    const device = kit.device;
    var why: failure.Explanation = .{};
    const word: Buffer = try .create(device, .{ .bytes = 4, .where = .upload });
    @memset(word.mapped(), 0);
    var pipeline: Pipeline = try .createCompute(device, endless, .{}, &why);
    const stream: *Stream = try .create(device, .{ .queue = device.queue(.main, 0) });
    const recording = try stream.begin();
    const given = [_]Binding{.{ .binding = 0, .resource = .{ .buffer = &word } }};
    try recording.dispatch(&pipeline, &given, &.{}, .{ 65_535, 65_535, 1 }, &why);
    _ = try stream.submit(&.{});
    try std.testing.expectError(error.Abandoned, stream.finish());
    // From now on any call of the driver would be one too many.
    inline for (@typeInfo(functions.DeviceFunctions).@"struct".field_names) |name| {
        const Field = @FieldType(functions.DeviceFunctions, name);
        @field(device.functions, name) = if (@typeInfo(Field) == .optional) null else @ptrFromInt(64);
    }
    try std.testing.expectError(error.Abandoned, stream.begin());
    try std.testing.expectError(error.Abandoned, stream.finish());
    try std.testing.expectError(error.Abandoned, stream.timeline.value());
    try std.testing.expectError(error.Abandoned, Timeline.create(device, 0, ""));
    try std.testing.expectError(error.Abandoned, Buffer.create(device, .{ .bytes = 64 }));
    try std.testing.expectError(error.Abandoned, Image.create(device, .{ .width = 4, .height = 4, .format = .r8 }));
    try std.testing.expectError(error.Abandoned, Sampler.create(device, .linear, .clamp));
    try std.testing.expectError(error.Abandoned, Pipeline.createCompute(device, invert, .{}, &why));
    try std.testing.expectError(error.Abandoned, Stream.create(device, .{ .queue = device.queue(.main, 0) }));
    try std.testing.expectError(error.Abandoned, device.pipelineCache(device.gpa));
    word.destroy();
    pipeline.destroy();
    stream.destroy();
    // The process lives on, and on an instance of its own a device works. (On the same instance a software device may
    // not: its threads are shared.)
    const other = try Kit.open(.{});
    try useDevice(other.device);
    try other.close();
    try std.testing.expectEqual(@as(u32, 0), device.close());
    try std.testing.expectEqual(@as(u32, 0), kit.instance.messages.count());
    kit.instance.functions.destroyInstance = @ptrFromInt(64);
    kit.instance.close();
}

test "a shader that never ends: its device is abandoned and not called again, another one works" {
    // That there is a device is found out here, where a test can be skipped.
    const kit = try Kit.open(.{});
    try kit.close();
    try test_kit.inChild(abandonInChild);
}
