//! The part of Node-API that the library uses, and its registration as a Node-API addon.
//!
//! The one file libstreamlib.so is opened twice: by FFI for its functions, and as an addon, because only Node-API has
//! a way to call into an event loop from a foreign thread that survives the end of that loop on every runtime. All
//! symbols are weak: where nobody offers Node-API the library loads, and whoever wants a bell gets `not_supported`.
//!
//! Names and meanings: https://nodejs.org/api/n-api.html

const builtin = @import("builtin");
const system = @import("platform.zig").system;

pub const Env = *opaque {};
pub const Value = *opaque {};
pub const CallbackInfo = *opaque {};
pub const ThreadsafeFunction = *opaque {};
pub const Pointer = ?*anyopaque;

pub const Callback = fn (Env, CallbackInfo) callconv(.c) ?Value;
pub const Finalizer = fn (Env, Pointer, Pointer) callconv(.c) void;
pub const CleanupHook = fn (Pointer) callconv(.c) void;
pub const CallJs = fn (?Env, ?Value, Pointer, Pointer) callconv(.c) void;

pub const ok = 0;
pub const nonblocking = 0;
pub const release_abort = 1;

/// What tests put in the place of the host.
pub var host_of_tests: ?Host = null;

/// The functions of the host, or null where there is none.
pub const Host = struct {
    get_cb_info: *const fn (Env, CallbackInfo, *usize, [*]Value, ?*Value, ?*Pointer) callconv(.c) c_int,
    create_function: *const fn (Env, [*]const u8, usize, *const Callback, Pointer, *Value) callconv(.c) c_int,
    set_named_property: *const fn (Env, Value, [*:0]const u8, Value) callconv(.c) c_int,
    create_int32: *const fn (Env, i32, *Value) callconv(.c) c_int,
    create_string_utf8: *const fn (Env, [*]const u8, usize, *Value) callconv(.c) c_int,
    get_undefined: *const fn (Env, *Value) callconv(.c) c_int,
    call_function: *const fn (Env, Value, Value, usize, ?[*]const Value, ?*Value) callconv(.c) c_int,
    create_threadsafe_function: *const fn (
        Env,
        Value,
        ?Value,
        Value,
        usize,
        usize,
        Pointer,
        ?*const Finalizer,
        Pointer,
        *const CallJs,
        *ThreadsafeFunction,
    ) callconv(.c) c_int,
    call_threadsafe_function: *const fn (ThreadsafeFunction, Pointer, c_int) callconv(.c) c_int,
    release_threadsafe_function: *const fn (ThreadsafeFunction, c_int) callconv(.c) c_int,
    unref_threadsafe_function: *const fn (Env, ThreadsafeFunction) callconv(.c) c_int,
    add_env_cleanup_hook: *const fn (Env, *const CleanupHook, Pointer) callconv(.c) c_int,

    pub fn find() ?Host {
        if (builtin.is_test) return host_of_tests;
        if (builtin.output_mode != .Lib) return null; // A program has no host.
        var host: Host = undefined;
        inline for (@typeInfo(Host).@"struct".field_names) |name| {
            const Function = @typeInfo(@FieldType(Host, name)).pointer.child;
            @field(host, name) = system.hostFunction("napi_" ++ name, Function) orelse return null;
        }
        return host;
    }
};
