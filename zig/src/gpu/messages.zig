//! What the validation layer and the driver have to say: counted, and the first ones kept.
//!
//! Drivers call from any thread, also from inside our own calls; nothing is allocated.

const std = @import("std");
const vk = @import("vk.zig");
const Lock = @import("../lock.zig").Lock;

pub const Messages = struct {
    lock: Lock = .{},
    error_count: u32 = 0,
    warning_count: u32 = 0,
    kept: [kept_max]Text = @splat(.{}),
    kept_count: usize = 0,

    const kept_max = 8;

    pub const Text = struct {
        storage: [1024]u8 = undefined,
        length: usize = 0,

        pub fn text(self: *const Text) []const u8 {
            return self.storage[0..self.length];
        }
    };

    pub const Severity = enum { warning, @"error" };

    pub fn add(self: *Messages, severity: Severity, text: []const u8) void {
        self.lock.acquire();
        defer self.lock.release();
        switch (severity) {
            .warning => self.warning_count +|= 1,
            .@"error" => self.error_count +|= 1,
        }
        if (self.kept_count == kept_max) return;
        const place = &self.kept[self.kept_count];
        place.length = @min(text.len, place.storage.len);
        @memcpy(place.storage[0..place.length], text[0..place.length]);
        self.kept_count += 1;
    }

    /// Warnings and errors together.
    pub fn count(self: *Messages) u32 {
        self.lock.acquire();
        defer self.lock.release();
        return self.error_count +| self.warning_count;
    }

    /// What the driver is given: errors and warnings of wrong use. Its advice on speed is left out: it does not know
    /// that images stay in one layout on purpose.
    pub fn createInfo(self: *Messages) vk.DebugUtilsMessengerCreateInfoEXT {
        const severity = vk.DebugUtilsMessageSeverityFlagsEXT;
        const kind = vk.DebugUtilsMessageTypeFlagsEXT;
        return .{
            .messageSeverity = severity.warning | severity.@"error",
            .messageType = kind.general | kind.validation,
            .pfnUserCallback = &called,
            .pUserData = self,
        };
    }

    fn called(
        severity: u32,
        kind: u32,
        data: *const vk.DebugUtilsMessengerCallbackDataEXT,
        context: ?*anyopaque,
    ) callconv(.c) vk.Bool {
        const self: *Messages = @ptrCast(@alignCast(context.?));
        const is_error = severity & vk.DebugUtilsMessageSeverityFlagsEXT.@"error" != 0;
        // The loader speaks of drivers it passed over; that is for doctor to ask and no fault of ours.
        if (!is_error and kind == vk.DebugUtilsMessageTypeFlagsEXT.general) return vk.no;
        self.add(if (is_error) .@"error" else .warning, std.mem.span(data.pMessage orelse "(no text)"));
        return vk.no;
    }
};

test "messages are counted and the first are kept" {
    var messages: Messages = .{};
    for (0..10) |_| messages.add(.warning, "slow");
    messages.add(.@"error", &@as([2000]u8, @splat('x')));
    try std.testing.expectEqual(@as(u32, 11), messages.count());
    try std.testing.expectEqual(@as(u32, 1), messages.error_count);
    try std.testing.expectEqual(@as(usize, 8), messages.kept_count);
    try std.testing.expectEqualStrings("slow", messages.kept[0].text());
}
