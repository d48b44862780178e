/**
 * One instant as JSON, for programs.
 *
 * @module
 */
import { clockIdentityText } from "@streamlib/core";
import { offsetClasses } from "./offset_histogram.ts";
import type { PtpLook } from "./ptp_look.ts";
import { warningsOf } from "./ptp_warnings.ts";

/**
 * An object of one line: `mode`, `tai`, `statistics` and `masters` as the API has them, `histogram` as classes that have
 * any, `warnings`. Identities are texts as `00-1B-21-FF-FE-5A-0C-77`, instants texts of nanoseconds; what is not known
 * is null.
 */
export function jsonOf(look: PtpLook): string {
  const { mode, pid, tai, statistics, masters, histogram } = look;
  const whole = {
    mode,
    pid,
    tai,
    statistics: statistics ? withNulls(statistics) : null,
    masters,
    histogram: histogram ? offsetClasses(histogram) : null,
    warnings: warningsOf(look),
  };
  return JSON.stringify(whole, (name, value) => {
    if (typeof value !== "bigint") return value;
    return /identity$/i.test(name) ? clockIdentityText(value) : String(value);
  });
}

/** JSON leaves undefined out; here the shape stays. */
function withNulls(value: object): object {
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => {
      if (one === undefined) return [key, null];
      return [key, typeof one === "object" && one !== null && !Array.isArray(one) ? withNulls(one) : one];
    }),
  );
}
