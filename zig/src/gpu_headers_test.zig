//! That gpu/vk.zig is what the real headers say. The assertions are compiled into this test by `zig build test`, which
//! fails if one of them is wrong; what is left to be told here is that there were no headers.

const test_kit = @import("gpu/test_kit.zig");

/// The version of the headers, 0 without any. Written by gpu/vk_check.zig.
extern const streamlib_vulkan_headers: c_uint;

test "types and values are those of the real headers" {
    if (streamlib_vulkan_headers == 0) return test_kit.absent("headers of Vulkan (Debian: apt install libvulkan-dev)");
}
