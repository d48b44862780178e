//! The library itself: which ABI it speaks.

const abi = @import("../abi.zig");

/// Changes when the meaning of a function changes though its signature does not.
pub fn sl_abi_version() callconv(.c) u32 {
    return abi.version;
}

/// A hash of all signatures, struct layouts and result codes.
pub fn sl_abi_hash() callconv(.c) u64 {
    return abi.hash;
}
