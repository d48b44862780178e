/**
 * What the generated functions throw for an argument that the ABI cannot take. Bun wraps such numbers in silence and
 * Deno throws without naming the parameter, so they are refused here, before the call.
 *
 * @module
 */

const ranges: Readonly<Record<string, string>> = {
  u32: "an integer from 0 to 4294967295",
  i32: "an integer from -2147483648 to 2147483647",
  f64: "a number and not NaN",
  u64: "a bigint from 0n to 2n ** 64n - 1n",
  i64: "a bigint from -(2n ** 63n) to 2n ** 63n - 1n",
};

function show(value: unknown): string {
  return typeof value === "bigint" ? `${value}n` : typeof value === "string" ? `"${value}"` : String(value);
}

/** Throws for an argument that is not a number of the type's range. */
export function badNumber(functionName: string, parameter: string, value: unknown, type: string): never {
  const message = `Cannot call ${functionName}: ${parameter} is ${show(value)}, it must be ${ranges[type]}`;
  throw typeof value === "number" ? new RangeError(message) : new TypeError(message);
}

/** Throws for an argument that is not a bigint of the type's range. */
export function badBigint(functionName: string, parameter: string, value: unknown, type: string): never {
  const message = `Cannot call ${functionName}: ${parameter} is ${show(value)}, it must be ${ranges[type]}`;
  throw typeof value === "bigint" ? new RangeError(message) : new TypeError(message);
}

/** Throws for an argument that is not a typed array or DataView. */
export function badBuffer(functionName: string, parameter: string, value: unknown): never {
  throw new TypeError(
    `Cannot call ${functionName}: ${parameter} is ${show(value)}, it must be a typed array or a DataView`,
  );
}
