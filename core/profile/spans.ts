/**
 * The spans that streamlib itself measures.
 *
 * @module
 */

/** The names of the spans that streamlib itself measures, per actor. */
export const PROFILE_SPANS: {
  readonly tick: "tick";
  readonly process: "process";
  readonly loan: "loan";
  readonly commit: "commit";
  readonly convert: "convert";
  readonly network: "network";
  readonly device: "device";
} = {
  /** How late each tick came to the actor: `latenessNs` of the tick. */
  tick: "tick",
  /** Each call of `process`, until its promise settles if it gives one. */
  process: "process",
  /** Each call of `loan`, refused ones and new generations of the ring included. */
  loan: "loan",
  /** Each commit, telling the readers included. */
  commit: "commit",
  /** Each call of `convertFrame`, under the actor that calls it. */
  convert: "convert",
  /** Handing an item to the thread that sends it; recorded by transports, under the actor that sends. */
  network: "network",
  /** Each command on a GPU, by the device's own time; overlapping ones end where both have. */
  device: "device",
};

/** The name of a span that streamlib itself measures. */
export type ProfileSpanName = typeof PROFILE_SPANS[keyof typeof PROFILE_SPANS];
