import { after, describe, it } from "@std/testing/bdd";
import { closeSync, openSync } from "node:fs";
import type { CheckedCodecProvider, CheckedPacket, CheckedPicture, CheckedSound } from "./codec_provider.ts";
import { codecProviderChecks } from "./codec_provider_checks.ts";
import type { CodecProviderConformance } from "./conformance.ts";
import { mustCatch, mustPass, type Mutant } from "./testdata/mutants.ts";
import { makeRawProvider, type RawVideoConfig } from "./testdata/raw_provider.ts";

const timeout = 60_000;
const opened: number[] = [];

type Changes = (good: CheckedCodecProvider) => Partial<CheckedCodecProvider>;

function mutant(change: Changes, says: RegExp): Mutant<CodecProviderConformance> {
  const make = (): CheckedCodecProvider => {
    const good = makeRawProvider();
    return { ...good, ...change(good) };
  };
  return { subject: { make }, says };
}

/** One that gives other pictures; `undefined`: none. */
function showing(
  change: (picture: CheckedPicture, count: number) => CheckedPicture | undefined,
  says: RegExp,
): Mutant<CodecProviderConformance> {
  return mutant((good) => ({
    createVideoDecoder(config, output) {
      let count = 0;
      return good.createVideoDecoder(config, (picture) => {
        const changed = change(picture, count++);
        if (changed) output(changed);
      });
    },
  }), says);
}

/** One that gives other packets of pictures. */
function coding(
  change: (packet: CheckedPacket, count: number) => CheckedPacket,
  says: RegExp,
): Mutant<CodecProviderConformance> {
  return mutant((good) => ({
    createVideoEncoder(config, output) {
      let count = 0;
      return good.createVideoEncoder(config, (packet) => output(change(packet, count++)));
    },
  }), says);
}

/** One that gives other blocks of sound. */
function sounding(change: (sound: CheckedSound) => CheckedSound, says: RegExp): Mutant<CodecProviderConformance> {
  return mutant((good) => ({
    createAudioDecoder: (config, output) => good.createAudioDecoder(config, (sound) => output(change(sound))),
  }), says);
}

/** Writes a picture with other bytes. */
function painted(picture: CheckedPicture, paint: (into: Uint8Array) => void): CheckedPicture {
  const { timestampUs, width, height, close } = picture;
  const copyTo = (into: Uint8Array): void => {
    picture.copyTo(into);
    paint(into);
  };
  return { timestampUs, width, height, close, copyTo };
}

const mutants: Readonly<Record<string, Mutant<CodecProviderConformance>>> = {
  "codec-name": mutant(() => ({ name: "" }), /it has no name/),
  "codec-supports": mutant(() => ({ supports: () => true }), /it says it can do anything/),
  "codec-truthful": mutant(
    () => ({ supports: (_direction, codec) => codec === "h264" || codec === "vp8" }),
    /Cannot make a coder of vp8/,
  ),
  "codec-refuses": mutant((good) => ({
    createVideoDecoder: (config, output) => good.createVideoDecoder({ ...config, codec: "h264" }, output),
  }), /there was no error/),
  "codec-round-trip": showing(
    (picture) => painted(picture, (into) => into.forEach((value, at) => into[at] = value ^ 0x40)),
    /h264: picture 0 has 1\d\.\d dB; 30 is right/,
  ),
  "codec-flush": showing((picture, count) => count < 23 ? picture : undefined, /23 pictures came of 24 packets/),
  "codec-stamps": showing(
    (picture) => ({ ...picture, timestampUs: picture.timestampUs + 1 }),
    /pictures have the times 1000001, .* 1000000, .* are right/,
  ),
  "codec-early-stamps": showing(
    (picture) => ({ ...picture, timestampUs: Math.max(0, picture.timestampUs) }),
    /times 0, 0, 0, 40000 µs; -80000, -40000, 0, 40000 are right/,
  ),
  "codec-sizes": showing(
    (picture) => painted(picture, (into) => into.fill(0, 96 * 64 * 3 / 2, 96 * 64 * 3 / 2 + 1)),
    /writes behind the picture/,
  ),
  "codec-key-first": coding((packet) => ({ ...packet, key: true }), /every packet says that it is a key frame/),
  "codec-key": mutant((good) => ({
    // Says of every fourth picture that decoding can begin there, and it cannot.
    createVideoEncoder(config, output) {
      let count = 0;
      return good.createVideoEncoder(config, (packet) => {
        const data = packet.data.slice();
        data[3] = packet.key ? 0 : 1;
        output({ ...packet, data, key: count++ % 4 === 0 });
      });
    },
    createVideoDecoder(config, output) {
      let hasBegun = false;
      const decoder = good.createVideoDecoder(config, output);
      return {
        ...decoder,
        decode(packet) {
          hasBegun ||= packet.data[3] === 0;
          const data = packet.data.slice();
          data[3] = 0;
          if (hasBegun) return decoder.decode({ ...packet, data });
        },
      };
    },
  }), /nothing comes out from packet 4 on/),
  "codec-held": mutant((good) => {
    const one = new Uint8Array(96 * 64 * 3 / 2);
    return {
      createVideoDecoder: (config, output) =>
        good.createVideoDecoder(config, (picture) => {
          picture.copyTo(one);
          output({ ...picture, copyTo: (into) => void into.set(one) });
        }),
    };
  }, /picture 0 has changed while it was held/),
  "codec-apart": mutant((good) => {
    let newest: (packet: CheckedPacket) => void = () => {};
    return {
      createVideoEncoder(config, output) {
        newest = output;
        return good.createVideoEncoder(config, (packet) => newest(packet));
      },
    };
  }, /two at once give 1 pictures of 24/),
  "codec-damage": mutant((good) => ({
    createVideoDecoder(config, output) {
      const decoder = good.createVideoDecoder(config, output);
      const decode = (packet: CheckedPacket): void => {
        try {
          void decoder.decode(packet);
        } catch {
          // As a provider that hides damage.
        }
      };
      return { ...decoder, decode };
    },
  }), /there was no error/),
  "codec-close": mutant((good) => ({
    createVideoDecoder: (config, output) =>
      good.createVideoDecoder(config, (picture) => void setTimeout(() => output(picture), 1)),
  }), /1 items came after close\(\)/),
  "codec-nothing-left": mutant((good) => ({
    createVideoDecoder(config, output) {
      opened.push(openSync("/dev/null", "r"));
      return good.createVideoDecoder(config as RawVideoConfig, output);
    },
  }), /after 6 rounds \d+ descriptors are left open; none is right/),
  "codec-sound-round-trip": sounding(
    (sound) => ({ ...sound, samples: sound.samples.map((sample) => sample / 2) }),
    /flac: it comes back with 6\.0 dB; 15 is right/,
  ),
  "codec-sound-flush": mutant((good) => ({
    createAudioEncoder(config, output) {
      let count = 0;
      return good.createAudioEncoder(config, (packet) => void (count++ < 20 && output(packet)));
    },
  }), /20 packets came of 24 blocks/),
  "codec-sound-blocks": sounding(
    (sound) => ({ ...sound, frames: sound.frames + 1 }),
    /a block of 961 frames has 1920 samples/,
  ),
  "codec-sound-stamps": mutant((good) => ({
    createAudioEncoder: (config, output) =>
      good.createAudioEncoder(config, (packet) => output({ ...packet, timestampUs: 0 })),
  }), /packet 1 is 0 µs after the one before; 20000 is right/),
};

describe("checks of codec providers", () => {
  after(() => {
    for (const descriptor of opened) closeSync(descriptor);
  });

  it("find nothing wrong with a good one", { timeout }, async () => {
    await mustPass(codecProviderChecks, { make: makeRawProvider });
  });

  it("each catch a broken one, and say what is wrong", { timeout }, () => mustCatch(codecProviderChecks, mutants));
});
