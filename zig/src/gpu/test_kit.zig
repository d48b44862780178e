//! What tests of devices share: a machine with a Vulkan device and the validation layer, or a loud word that it is
//! absent.

const std = @import("std");
const linux = std.os.linux;
const failure = @import("failure.zig");
const physical = @import("physical.zig");
const Device = @import("device.zig").Device;
const DeviceOptions = @import("device.zig").Options;
const Instance = @import("instance.zig").Instance;

/// An instance with validation and a device of it.
pub const Kit = struct {
    instance: *Instance,
    device: *Device,

    /// The device that STREAMLIB_TEST_GPU names by a part of its name; else the software device if there is one, so
    /// that tests are the same everywhere; else any. Skips the test where there is none, and says so.
    pub fn open(options: DeviceOptions) !Kit {
        return openWith(std.testing.allocator, options);
    }

    pub fn openWith(gpa: std.mem.Allocator, options: DeviceOptions) !Kit {
        var why: failure.Explanation = .{};
        const instance = Instance.open(gpa, .{ .validate = true }, &why) catch |err| return noDevice(err, &why);
        errdefer instance.close();
        const chosen = choose(gpa, instance, &why) catch |err| return noDevice(err, &why);
        return .{ .instance = instance, .device = try .open(gpa, instance, &chosen, options, &why) };
    }

    /// Another device of the same kind, on the same instance.
    pub fn openAnother(self: Kit, options: DeviceOptions) !*Device {
        var why: failure.Explanation = .{};
        return .open(self.instance.gpa, self.instance, &self.device.physical, options, &why);
    }

    /// Nothing was left open, and the validation layer had nothing to say.
    pub fn close(self: Kit) !void {
        const leaked = self.device.close();
        try self.closeInstance();
        try std.testing.expectEqual(@as(u32, 0), leaked);
    }

    /// The same after the device was closed by the test.
    pub fn closeInstance(self: Kit) !void {
        // Closing tells of what was forgotten; the messages go with the instance.
        const messages = &self.instance.messages;
        self.instance.destroyHandles();
        const count = messages.count();
        for (messages.kept[0..messages.kept_count]) |*one| std.debug.print("validation: {s}\n", .{one.text()});
        self.instance.gpa.destroy(self.instance);
        try std.testing.expectEqual(@as(u32, 0), count);
    }
};

fn choose(
    gpa: std.mem.Allocator,
    instance: *const Instance,
    why: *failure.Explanation,
) failure.Error!physical.Physical {
    const devices = try physical.list(gpa, instance, why);
    defer gpa.free(devices);
    if (environment("STREAMLIB_TEST_GPU")) |name| return (try physical.choose(devices, .{ .name = name }, why)).*;
    var ignored: failure.Explanation = .{};
    const software = physical.choose(devices, .{ .kind = .cpu }, &ignored) catch null;
    return (software orelse try physical.choose(devices, .{}, why)).*;
}

/// A lack of memory is passed on, for tests that cause it.
fn noDevice(err: failure.Error, why: *const failure.Explanation) anyerror {
    if (err == error.OutOfMemory) return err;
    return absent(why.text());
}

/// Says that something is absent, as tests/needs.ts does: on standard error, in the closing list of the tests, and as a
/// failure in CI. Returns the error that skips the test.
pub fn absent(what: []const u8) anyerror {
    try report(what);
    return error.SkipZigTest;
}

/// Many tests lack the same; outside CI it is said once.
var is_said = false;

fn report(what: []const u8) !void {
    const ci = environment("CI") orelse "";
    if (is_said and !std.mem.eql(u8, ci, "true")) return;
    is_said = true;
    std.debug.print("ABSENT, so not tested: for GPUs: {s}\n", .{what});
    if (std.mem.eql(u8, ci, "true")) return error.AbsentInCi;
    const path = environment("STREAMLIB_TEST_ABSENCES") orelse return;
    const fd = linux.open(path, .{ .ACCMODE = .WRONLY, .APPEND = true, .CREAT = true, .CLOEXEC = true }, 0o644);
    if (linux.errno(fd) != .SUCCESS) return error.Unexpected;
    defer _ = linux.close(@intCast(fd));
    var buffer: [1200]u8 = undefined;
    const line = try std.fmt.bufPrint(&buffer, "for GPUs: {s}\n", .{what});
    if (linux.write(@intCast(fd), line.ptr, line.len) != line.len) return error.Unexpected;
}

pub fn environment(name: [*:0]const u8) ?[:0]const u8 {
    return std.mem.span(std.c.getenv(name) orelse return null);
}

/// Runs a part of a test in a process of its own, which ends without tidying up: no exit handler of a driver runs.
pub fn inChild(comptime function: fn () anyerror!void) !void {
    const child = std.c.fork();
    if (child < 0) return error.Unexpected;
    if (child == 0) {
        function() catch |err| {
            std.debug.print("in the child: {t}\n", .{err});
            if (@errorReturnTrace()) |trace| std.debug.dumpErrorReturnTrace(trace);
            linux.exit_group(1);
        };
        linux.exit_group(0);
    }
    var status: c_int = undefined;
    if (std.c.waitpid(child, &status, 0) != child) return error.Unexpected;
    try std.testing.expectEqual(@as(c_int, 0), status);
}

/// The allocator of tests, which never lets an allocation grow where it is: whether that works depends on what lies
/// beside it, and a test that counts allocations needs the same ones each time.
pub const steady: std.mem.Allocator = .{ .ptr = undefined, .vtable = &.{
    .alloc = steadyAlloc,
    .resize = steadyResize,
    .remap = steadyRemap,
    .free = steadyFree,
} };

fn steadyAlloc(_: *anyopaque, bytes: usize, alignment: std.mem.Alignment, address: usize) ?[*]u8 {
    return std.testing.allocator.rawAlloc(bytes, alignment, address);
}

fn steadyResize(_: *anyopaque, _: []u8, _: std.mem.Alignment, _: usize, _: usize) bool {
    return false;
}

fn steadyRemap(_: *anyopaque, _: []u8, _: std.mem.Alignment, _: usize, _: usize) ?[*]u8 {
    return null;
}

fn steadyFree(_: *anyopaque, memory: []u8, alignment: std.mem.Alignment, address: usize) void {
    std.testing.allocator.rawFree(memory, alignment, address);
}
