//! The library as a Node-API addon: the one function that needs an environment of JavaScript.

const bell = @import("bell.zig");
const node_api = @import("node_api.zig");
const platform = @import("platform.zig");
const result = @import("result.zig");
const bells = @import("abi/bell.zig");
const followers = @import("abi/follower.zig");
const gpu_devices = @import("abi/gpu_device.zig");
const gpu_resources = @import("abi/gpu_resource.zig");
const gpu_streams = @import("abi/gpu_stream.zig");
const ptp = @import("abi/ptp.zig");
const receivers = @import("abi/receiver.zig");
const rings = @import("abi/ring.zig");
const senders = @import("abi/sender.zig");

/// What the host calls once for each thread that opens the library as an addon.
pub fn register(env: node_api.Env, exports: node_api.Value) callconv(.c) ?node_api.Value {
    const host = node_api.Host.find() orelse return null;
    const name = "openBellLoop";
    var function: node_api.Value = undefined;
    if (host.create_function(env, name, name.len, openBellLoop, null, &function) != node_api.ok) return null;
    return if (host.set_named_property(env, exports, name, function) == node_api.ok) exports else null;
}

/// `openBellLoop(onRing: () => void): number`: the event loop of this thread, for `sl_bell_open`, or a code. When bells ring
/// it calls `onRing` once, and again only after `sl_bell_settle`.
fn openBellLoop(env: node_api.Env, info: node_api.CallbackInfo) callconv(.c) ?node_api.Value {
    const host = node_api.Host.find() orelse return null;
    var values: [1]node_api.Value = undefined;
    var count: usize = values.len;
    if (host.get_cb_info(env, info, &count, &values, null, null) != node_api.ok) return null;
    if (host.add_env_cleanup_hook(env, threadEnded, null) != node_api.ok) return null;
    var code: node_api.Value = undefined;
    return if (host.create_int32(env, result.code(bell.openLoop(env, values[0])), &code) == node_api.ok) code else null;
}

/// A thread was terminated, or has no more to do. The main thread ends with the process, which frees everything else
/// when nobody looks at it any more.
fn threadEnded(_: node_api.Pointer) callconv(.c) void {
    if (platform.is_whole) {
        // Their threads read memory of this one, and read and write rings, also while the process ends.
        senders.threadEnded();
        receivers.threadEnded();
        followers.threadEnded();
        ptp.threadEnded();
        // Work in flight reads memory that the driver frees when the process ends.
        gpu_streams.threadEnded();
        gpu_resources.threadEnded();
        gpu_devices.threadEnded();
    }
    if (platform.system.isMainThread()) return;
    rings.threadEnded();
    bells.threadEnded();
}
