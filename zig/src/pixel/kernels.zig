//! The root of one object per CPU level. Which level it is, the build says; the code is the same.

const std = @import("std");
const options = @import("kernel_options");
const job = @import("job.zig");
const blend = @import("kernel_blend.zig");
const convert = @import("kernel_convert.zig");
const groups = @import("kernel_groups.zig");
const scale = @import("kernel_scale.zig");

const kernels: job.Kernels = .{
    .fill = &blend.fill,
    .blend = &blend.blend,
    .scale = &scale.scale,
    .convert = &convert.convert,
    .pack = &groups.pack,
    .unpack = &groups.unpack,
};

comptime {
    @export(&kernels, .{ .name = "sl_kernels_" ++ options.level, .visibility = .hidden });
}

/// Nothing here is checked at run time, so nothing can panic.
pub const panic = std.debug.no_panic;
