//! Middle values: what a rare bad stamp does not move.

const std = @import("std");

/// Sorts `values`, which are not empty. Of an even number, the mean of the two in the middle.
pub fn median(values: []f64) f64 {
    std.mem.sortUnstable(f64, values, {}, std.sort.asc(f64));
    const middle = values.len / 2;
    return if (values.len % 2 == 1) values[middle] else (values[middle - 1] + values[middle]) / 2;
}

/// The median distance from `center` as a standard deviation of normal noise. Overwrites `values`.
pub fn deviation(values: []f64, center: f64) f64 {
    for (values) |*value| value.* = @abs(value.* - center);
    return 1.4826 * median(values);
}

test "median() and deviation() pass over outliers" {
    var values = [_]f64{ 5, 1, 900, 3, 4 };
    try std.testing.expectEqual(@as(f64, 4), median(&values));
    try std.testing.expectEqual(@as(f64, 1.4826), deviation(&values, 4));
    var even = [_]f64{ 4, 2 };
    try std.testing.expectEqual(@as(f64, 3), median(&even));
}
