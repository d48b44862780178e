/**
 * Which picture shows which actor, and what it shows. `scripts/book/actor_pictures/main.ts` makes those under `/actors/`,
 * `examples/gpu/effect_pictures.ts` those under `/effects/`.
 *
 * @module
 */
import { type ActorPicture, slugOf } from "../actor_page.ts";

/** An actor with a picture; `file` only where it is not that of the actor's own name. */
export interface PictureEntry {
  readonly shows: string;
  readonly file?: string;
}

/** Every actor of this repository's plugins, by name. */
export const ACTOR_PICTURES: Readonly<Record<string, PictureEntry>> = {
  Align: { shows: "Sound comes 80 ms after its pictures; what leaves is of one instant" },
  AncillaryRtpReceive: { shows: "What it read in the packets of one frame" },
  AncillaryRtpSend: { shows: "A datagram as it left, caught by a socket" },
  AudioGenerator: { shows: "20 ms of each signal" },
  AudioRtpReceive: { shows: "Blocks of 10 ms as they came out, two channels" },
  AudioRtpSend: { shows: "Packets of 1 ms as they left, caught by a socket" },
  Bloom: { file: "/effects/bloom.png", shows: "Light flows over what is bright" },
  Blur: { file: "/effects/blur.png", shows: "A scene blurred with sigma 5" },
  Buffer: { shows: "Pictures come in bursts, and leave evenly" },
  ChromaKey: { file: "/effects/chroma-key.png", shows: "A green wall made transparent, over tiles" },
  Compositor: { shows: "A zone plate and a drawing over bars, the zone plate half transparent" },
  CompressedVideoRtpReceive: { shows: "What came, decoded" },
  CompressedVideoRtpSend: { shows: "The packets of coded pictures, one over another, caught by a socket" },
  Distortion: { file: "/effects/distortion.png", shows: "A scene through a lens, and waved" },
  Download: { shows: "Bytes that are copied for one picture: at the edges of the GPU alone" },
  Drawing: { shows: "A picture of the drawing that a few lines of code describe" },
  FileReader: { shows: "Pictures and sound of a file" },
  FileWriter: { shows: "The file grows in fragments, and can be played at every moment" },
  GpuColorConvert: { shows: "Left as it came, right turned from BT.709 into the codes of BT.2020" },
  GpuCompositor: { shows: "A zone plate and a ripple over bars, laid on the GPU" },
  Lut3d: { file: "/effects/lut-3d.png", shows: "Warm lights and blue shadows from a table" },
  Scale: { file: "/effects/scale.png", shows: "A scene scaled down to 60 columns, and up again as boxes" },
  ShaderEffect: { file: "/effects/ripple.png", shows: "A shader of ten lines makes ripples" },
  TestPattern: {
    shows: "Bars of RP 219, gradients across and down, a moving bar, a zone plate, one colour",
  },
  Upload: { shows: "Bytes that are copied for one picture: at the edges of the GPU alone" },
  VideoDecoder: { shows: "A decoded picture, and at the right eight times its difference from what was coded" },
  VideoEncoder: { shows: "Bytes of each picture; a key picture takes the most" },
  VideoRtpReceive: { shows: "The picture that came over the network" },
  VideoRtpSend: {
    shows: "A picture put together from its packets, tinted from red for the first to violet for the last",
  },
  Vignette: { file: "/effects/vignette.png", shows: "A scene that darkens to its corners" },
  WebDisplay: { shows: "Its page in a browser" },
};

/** The picture of an actor. */
export function pictureOf(name: string): ActorPicture | undefined {
  const entry = ACTOR_PICTURES[name];
  return entry && { address: entry.file ?? `/actors/${slugOf(name)}.png`, shows: entry.shows };
}
