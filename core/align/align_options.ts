/**
 * Options of the aligner.
 *
 * @module
 */
import type { OptionIssue, OptionsSchema } from "../options.ts";

/** Options of an `AlignActor`. */
export interface AlignOptions {
  /**
   * How long the latest stream is waited for, ns, from when the first one has come to an instant: an integer from 0 to
   * 1000000000. Default 40000000 (40 ms).
   */
  readonly delayNs?: number;
}

const DELAY_NS_MAX = 1_000_000_000;
const DEFAULTS: Required<AlignOptions> = { delayNs: 40_000_000 };

/** Checks, completes and explains {@linkcode AlignOptions}. */
export const ALIGN_OPTIONS: OptionsSchema<Required<AlignOptions>> = {
  validate(given) {
    if (typeof given !== "object" || given === null) return { issues: [{ path: "", message: "must be an object" }] };
    const value: Required<AlignOptions> = { ...DEFAULTS, ...given as AlignOptions };
    const issues: OptionIssue[] = Object.keys(given as object).filter((path) => !(path in DEFAULTS))
      .map((path) => ({ path, message: "this actor has no such option" }));
    const { delayNs } = value;
    if (!Number.isInteger(delayNs) || delayNs < 0 || delayNs > DELAY_NS_MAX) {
      issues.push({ path: "delayNs", message: `must be an integer from 0 to ${DELAY_NS_MAX}` });
    }
    return issues.length > 0 ? { issues } : { value };
  },
  toJSONSchema: () => ({
    type: "object",
    properties: {
      delayNs: {
        type: "integer",
        minimum: 0,
        maximum: DELAY_NS_MAX,
        default: DEFAULTS.delayNs,
        description: "how long the latest stream is waited for, ns",
      },
    },
    additionalProperties: false,
  }),
};
