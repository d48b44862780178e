const std = @import("std");
const Explanation = @import("failure.zig").Explanation;
const Library = @import("library.zig").Library;

test "no library is one clear error" {
    var why: Explanation = .{};
    try std.testing.expectError(error.NoVulkan, Library.open("libstreamlib-no-such-vulkan.so.1", &why));
    try std.testing.expect(std.mem.find(u8, why.text(), "there is no libstreamlib-no-such-vulkan.so.1") != null);
    var other: Explanation = .{};
    try std.testing.expectError(error.NoVulkan, Library.open("libc.so.6", &other));
    try std.testing.expectEqualStrings("Cannot open Vulkan: libc.so.6 is not a Vulkan loader", other.text());
}
