/**
 * A codec provider for tests: every packet decodes to a grey picture, nothing can be coded.
 *
 * @module
 */
import { type CodecProvider, i420Bytes } from "../codec/provider.ts";

/** Makes the provider. */
export function createCodecProvider(): CodecProvider {
  return {
    name: "gray",
    licence: "MIT",
    supports: (direction, codec) => direction === "decode" && codec === "h264",
    createVideoDecoder: ({ width, height }, output) => ({
      decode: ({ timestampUs }) => {
        const copyTo = (into: Uint8Array) => void into.fill(128, 0, i420Bytes(width, height));
        output({ timestampUs, width, height, copyTo, close: () => {} });
      },
      flush: () => {},
      close: () => {},
    }),
    createVideoEncoder: refuse,
    createAudioDecoder: refuse,
    createAudioEncoder: refuse,
  };
}

function refuse(): never {
  throw new Error("The grey provider only decodes pictures");
}
