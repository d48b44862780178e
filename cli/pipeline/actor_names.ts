/**
 * Names of actors as people type them, and the packages that bring our own.
 *
 * @module
 */

/**
 * Which package registers an actor, so that a pipeline imports only what it needs. It speeds up and decides nothing: a
 * name that is not here, or not where this says, is looked for in all packages. `actor_names_test.ts` holds it against
 * the packages.
 */
export const ACTOR_PACKAGES: Readonly<Record<string, string>> = {
  Align: "@streamlib/core",
  AncillaryRtpReceive: "@streamlib/st2110",
  AncillaryRtpSend: "@streamlib/st2110",
  AudioGenerator: "@streamlib/audio",
  AudioRtpReceive: "@streamlib/st2110",
  AudioRtpSend: "@streamlib/st2110",
  Bloom: "@streamlib/gpu",
  Blur: "@streamlib/gpu",
  Buffer: "@streamlib/core",
  ChromaKey: "@streamlib/gpu",
  Compositor: "@streamlib/video",
  CompressedVideoRtpReceive: "@streamlib/st2110",
  CompressedVideoRtpSend: "@streamlib/st2110",
  Distortion: "@streamlib/gpu",
  Download: "@streamlib/gpu",
  Drawing: "@streamlib/drawing",
  FileReader: "@streamlib/media",
  FileWriter: "@streamlib/media",
  GpuColorConvert: "@streamlib/gpu",
  GpuCompositor: "@streamlib/gpu",
  Lut3d: "@streamlib/gpu",
  Scale: "@streamlib/gpu",
  ShaderEffect: "@streamlib/gpu",
  TestPattern: "@streamlib/video",
  Upload: "@streamlib/gpu",
  VideoDecoder: "@streamlib/media",
  VideoEncoder: "@streamlib/media",
  VideoRtpReceive: "@streamlib/st2110",
  VideoRtpSend: "@streamlib/st2110",
  Vignette: "@streamlib/gpu",
  WebDisplay: "@streamlib/display",
};

/** Short names, by what stands before the stage. An actor that is really called so goes first. */
const SHORT_NAMES: Readonly<Record<string, { readonly first: string; readonly later: string }>> = {
  display: { first: "WebDisplay", later: "WebDisplay" },
  file: { first: "FileReader", later: "FileWriter" },
};

/** What two spellings of one name have in common: `test-pattern`, `TestPattern` and `TestPatternActor` are the same. */
export function plainName(name: string): string {
  const plain = name.replaceAll(/[-_]/g, "").toLowerCase();
  return plain.length > "actor".length && plain.endsWith("actor") ? plain.slice(0, -"actor".length) : plain;
}

/** The actor that a short name stands for; other names as they are. `isFirst`: nothing flows into it. */
export function longName(name: string, isFirst: boolean): string {
  const short = plainName(name);
  return Object.hasOwn(SHORT_NAMES, short) ? SHORT_NAMES[short][isFirst ? "first" : "later"] : name;
}

/** Short names, for suggestions. */
export const SHORT: readonly string[] = Object.keys(SHORT_NAMES);

/** `TestPattern` as it is typed: `test-pattern`. */
export function kebab(name: string): string {
  return name.replaceAll(/([a-z0-9])([A-Z])|([A-Z])([A-Z][a-z])/g, "$1$3-$2$4").toLowerCase();
}
