//! Bells by handle. See ../bell.zig. Their event loops come from the library's other side, the Node-API addon.

const bell_module = @import("../bell.zig");
const result = @import("../result.zig");
const shm = @import("../shm.zig");
const Buffer = @import("buffer.zig");
const ThreadHolds = @import("../thread_holds.zig").ThreadHolds;

const Error = result.Error;

/// Which thread holds which bell beside its owner, and how often.
var thread_holds: ThreadHolds(16384) = .{};

/// Gives back what the calling thread, which has ended, still holds.
pub fn threadEnded() void {
    while (thread_holds.next()) |bell| bell_module.bells.drop(bell) catch {};
}

/// The calling thread has become a holder of the bell; if that cannot be noted, it is none.
fn holdBy(bell: u32) Error!u32 {
    errdefer bell_module.bells.drop(bell) catch unreachable;
    try thread_holds.add(bell);
    return bell;
}

pub const layouts = .{ .SharedAddress = shm.Address };

/// Makes a bell of an event loop (`openBellLoop` of the addon) and returns its handle; the caller is its owner and holds
/// one reference. `bad_handle` if that loop has ended.
pub fn sl_bell_open(loop: u32) callconv(.c) i32 {
    return result.code(bell_module.open(loop));
}

/// Ends an own bell and lets go of the owner's reference. `gone` if its loop has ended already.
pub fn sl_bell_close(bell: u32) callconv(.c) i32 {
    return result.code(bell_module.close(bell));
}

/// Takes bells that were rung from the queue of an event loop, on its thread: writes their handles (u32 each) and returns
/// how many. Rings from now on are new ones.
pub fn sl_bell_take(loop: u32, out: ?[*]u8, out_bytes: u32) callconv(.c) i32 {
    return result.code(take(loop, out, out_bytes));
}

fn take(loop: u32, out: ?[*]u8, out_bytes: u32) Error!u32 {
    const room = try Buffer.writable(out, out_bytes);
    const handles: [*]align(1) u32 = @ptrCast(room.ptr);
    return bell_module.take(loop, handles[0 .. room.len / @sizeOf(u32)]);
}

/// Ends the turn of an event loop that was called, later in that turn: 1, and it is called again when a bell rings; or 0
/// if bells have rung meanwhile: then take them and settle once more.
pub fn sl_bell_settle(loop: u32) callconv(.c) i32 {
    return result.code(settle(loop));
}

fn settle(loop: u32) Error!u32 {
    return @intFromBool(try bell_module.settle(loop));
}

/// Has the owner's event loop called, once for all rings until it begins that call: `ok`, or `gone` if the loop has ended.
pub fn sl_bell_ring(bell: u32) callconv(.c) i32 {
    return result.code(bell_module.ring(bell));
}

/// Takes one more reference to a bell, for one more user in this process.
pub fn sl_bell_hold(bell: u32) callconv(.c) i32 {
    return result.code(hold(bell));
}

fn hold(bell: u32) Error!void {
    try bell_module.bells.hold(bell);
    _ = try holdBy(bell);
}

/// Lets go of one reference to a bell.
pub fn sl_bell_drop(bell: u32) callconv(.c) i32 {
    const dropped = bell_module.bells.drop(bell);
    if (dropped) |_| thread_holds.remove(bell) else |_| {}
    return result.code(dropped);
}

/// Writes where other processes find an own bell (layout SharedAddress), until its owner closes it.
pub fn sl_bell_address(bell: u32, out: ?[*]u8, out_bytes: u32) callconv(.c) i32 {
    const address = bell_module.addressOf(bell) catch |err| return result.code(@as(Error!void, err));
    return result.code(Buffer.write(shm.Address, address, out, out_bytes));
}

/// Opens the bell of another process by its address (layout SharedAddress) and returns its handle; the caller holds one
/// reference. Errors: `gone`, `permission`, `not_shared`, `wrong_version`.
pub fn sl_bell_import(address: ?[*]const u8, address_bytes: u32) callconv(.c) i32 {
    const parsed = Buffer.get(shm.Address, address, address_bytes) catch |err| {
        return result.code(@as(Error!void, err));
    };
    return result.code(import(parsed));
}

fn import(address: shm.Address) Error!u32 {
    return holdBy(try bell_module.import(address));
}
