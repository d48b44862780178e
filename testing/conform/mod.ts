/**
 * Checks that a package keeps to what streamlib expects: its manifests and actors, and its clocks, registries,
 * dispatchers, codec providers and transports.
 *
 * ```ts
 * import { conform, conformText } from "@streamlib/testing/conform";
 *
 * console.log(conformText(await conform("plugins/video")));
 * ```
 *
 * @module
 */
export type { ConformKind } from "./check.ts";
export type {
  CheckedAudioEncoder,
  CheckedCodecProvider,
  CheckedCoder,
  CheckedDecoder,
  CheckedPacket,
  CheckedPicture,
  CheckedSound,
  CheckedVideoEncoder,
} from "./codec_provider.ts";
export { conform, type ConformCheck, conformChecks, type ConformOptions } from "./conform.ts";
export type {
  ActorConformance,
  ClockConformance,
  CodecProviderConformance,
  Conformance,
  DispatcherConformance,
  PartConformance,
  RegistryConformance,
  TransportConformance,
} from "./conformance.ts";
export { ProbeActor, type ProbeOptions, type ProbePlace, type ProbeSeen, type ProbeTypes } from "./probe_actor.ts";
export { type ConformGap, type ConformReport, type ConformResult, conformText } from "./report.ts";
