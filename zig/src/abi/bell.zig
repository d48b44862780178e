//! Bells by handle. See ../bell.zig. Their event loops come from the library's other side, the Node-API addon.

const bell_module = @import("../bell.zig");
const result = @import("../result.zig");
const shm = @import("../shm.zig");
const Buffer = @import("buffer.zig");

const Error = result.Error;

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

/// Calls the owner's event loop, once for all rings until it begins that call: `ok`, or `gone` if the loop has ended.
pub fn sl_bell_ring(bell: u32) callconv(.c) i32 {
    return result.code(bell_module.ring(bell));
}

/// Takes one more reference to a bell, for one more user in this process.
pub fn sl_bell_hold(bell: u32) callconv(.c) i32 {
    return result.code(bell_module.bells.hold(bell));
}

/// Lets go of one reference to a bell.
pub fn sl_bell_drop(bell: u32) callconv(.c) i32 {
    return result.code(bell_module.bells.drop(bell));
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
    return result.code(bell_module.import(parsed));
}
