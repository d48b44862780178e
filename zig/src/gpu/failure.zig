//! Why something of a GPU failed: an error for the program and words for the user.

const std = @import("std");
const vk = @import("vk.zig");

pub const Error = error{
    /// There is no Vulkan loader on this machine, or this process cannot open libraries.
    NoVulkan,
    /// There is a loader, and no driver or no device that fits.
    NoDevice,
    /// Several devices or none fit to what was asked for.
    NoSuchDevice,
    /// The device failed and is used no more; nothing else on it will work.
    DeviceLost,
    /// The device was given up: it did not answer within its bounded time. The driver is not called again.
    Abandoned,
    /// The host has no memory.
    OutOfMemory,
    /// The device has no memory.
    OutOfDeviceMemory,
    /// The device or the driver has not got that: a format, an extension, a size.
    NotSupported,
    /// An argument is wrong.
    InvalidArgument,
    /// The words are not SPIR-V, or SPIR-V that breaks its own rules.
    BadShader,
    /// The frame's slot holds another picture by now, or its ring was replaced.
    StaleFrame,
    /// The frame is on another device.
    WrongDevice,
    /// The wait ended without the event, and the caller's bound was not the device's.
    TimedOut,
    /// The driver answered with an error that says nothing else.
    DriverFailed,
};

/// Words for the user. It belongs to who calls; the first explanation stands.
pub const Explanation = struct {
    storage: [1024]u8 = undefined,
    length: usize = 0,

    pub fn text(self: *const Explanation) []const u8 {
        return self.storage[0..self.length];
    }

    /// Explains `err`, of whatever set, and returns it. Words that do not fit are cut.
    pub fn fail(self: *Explanation, err: anytype, comptime template: []const u8, arguments: anytype) @TypeOf(err) {
        if (self.length == 0) {
            var writer: std.Io.Writer = .fixed(&self.storage);
            writer.print(template, arguments) catch {};
            self.length = writer.end;
        }
        return err;
    }
};

/// What a result of Vulkan is to us. Only results below 0 are errors.
pub fn fromResult(result: vk.Result) Error!void {
    return switch (result) {
        .error_device_lost => error.DeviceLost,
        .error_out_of_host_memory => error.OutOfMemory,
        .error_out_of_device_memory, .error_too_many_objects => error.OutOfDeviceMemory,
        .error_out_of_pool_memory, .error_fragmented_pool => error.OutOfDeviceMemory,
        .error_layer_not_present, .error_extension_not_present => error.NotSupported,
        .error_feature_not_present, .error_format_not_supported => error.NotSupported,
        .error_incompatible_driver => error.NoDevice,
        .error_invalid_external_handle => error.InvalidArgument,
        else => if (@backingInt(result) < 0) error.DriverFailed else {},
    };
}

test "the first explanation stands and is cut to its room" {
    var why: Explanation = .{};
    try std.testing.expectEqual(error.NoDevice, why.fail(error.NoDevice, "first {d}", .{1}));
    try std.testing.expectEqual(error.NotSupported, why.fail(error.NotSupported, "second", .{}));
    try std.testing.expectEqualStrings("first 1", why.text());
    var long: Explanation = .{};
    try std.testing.expectEqual(error.NoDevice, long.fail(error.NoDevice, "{s}", .{@as([2000]u8, @splat('x'))}));
    try std.testing.expectEqual(long.storage.len, long.text().len);
}

test "fromResult() passes what is no error" {
    try fromResult(.success);
    try fromResult(.incomplete);
    try fromResult(.timeout);
    try std.testing.expectError(error.DeviceLost, fromResult(.error_device_lost));
    try std.testing.expectError(error.DriverFailed, fromResult(.error_memory_map_failed));
}
