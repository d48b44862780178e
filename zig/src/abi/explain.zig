//! Words for the user beside a result code: where a function takes a buffer `why`, an error may leave a text there.

const layout = @import("../gpu_object/layout.zig");
const result = @import("../result.zig");
const Explanation = @import("../gpu/failure.zig").Explanation;

/// The code of an outcome. What there is to say of an error is written, ended by a zero byte and cut to its room; of
/// other outcomes nothing is.
pub fn code(outcome: anytype, why: *const Explanation, out: ?[*]u8, out_bytes: u32) i32 {
    if (outcome) |_| {} else |_| put(why, out, out_bytes);
    return result.code(outcome);
}

fn put(why: *const Explanation, out: ?[*]u8, out_bytes: u32) void {
    const target = out orelse return;
    if (out_bytes > 0) layout.putText(target[0..out_bytes], why.text());
}

test "an error says why, a value says nothing" {
    const std = @import("std");
    var why: Explanation = .{};
    var out: [8]u8 = @splat('x');
    try std.testing.expectEqual(@as(i32, 3), code(@as(result.Error!u32, 3), &why, &out, out.len));
    try std.testing.expectEqual(@as(u8, 'x'), out[0]);
    const outcome: result.Error!u32 = why.fail(error.NoVulkan, "no loader", .{});
    try std.testing.expectEqual(@as(i32, -160), code(outcome, &why, &out, out.len));
    try std.testing.expectEqualStrings("no load\x00", &out);
    try std.testing.expectEqual(@as(i32, -160), code(outcome, &why, null, 0));
}
