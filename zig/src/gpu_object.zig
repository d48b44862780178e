//! GPUs as other languages hold them: by handle, without waits, and with everything freed when the device is done with
//! it. docs/internals/gpu.md tells what holds.

pub const command = @import("gpu_object/command.zig");
pub const device = @import("gpu_object/device.zig");
pub const layout = @import("gpu_object/layout.zig");
pub const reflection = @import("gpu_object/reflection.zig");
pub const resource = @import("gpu_object/resource.zig");
pub const share = @import("gpu_object/share.zig");
pub const stream = @import("gpu_object/stream.zig");

test {
    _ = command;
    _ = device;
    _ = layout;
    _ = reflection;
    _ = resource;
    _ = share;
    _ = stream;
}
