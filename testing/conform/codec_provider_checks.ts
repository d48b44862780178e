/**
 * Checks of a codec provider: what it says of itself, pictures, sound.
 *
 * @module
 */
import { frameBytes, messageOf } from "@streamlib/core";
import { psnrDb } from "../pictures.ts";
import { type Check, Inapplicable, must } from "./check.ts";
import type { CheckedCodecProvider, CheckedCoder, CheckedPacket, CheckedPicture } from "./codec_provider.ts";
import {
  AUDIO_CODECS,
  audioConfig,
  codePictures,
  decodePictures,
  decoderConfig,
  eachVideoCodec,
  FORMAT,
  instantUs,
  movingPicture,
  PICTURES,
  VIDEO_CODECS,
  videoConfig,
} from "./codec_runs.ts";
import type { CodecProviderConformance } from "./conformance.ts";
import { mustLeaveNothing } from "./left_behind.ts";
import { rejectionOf, within } from "./living.ts";
import { soundChecks } from "./codec_sound_checks.ts";

const PSNR_DB_MIN = 30;
const UNKNOWN = "notACodecOfAnybody";
const DAMAGED_PACKETS = 40;

function listOf(numbers: readonly number[]): string {
  return numbers.length > 6 ? `${numbers.slice(0, 6).join(", ")} …` : numbers.join(", ");
}

/** Makes a coder, if it can be made, and gives it nothing: errors may come when it is made or used. */
async function failureOf(make: () => CheckedCoder, use: (coder: CheckedCoder) => Promise<void>): Promise<unknown> {
  return await rejectionOf(
    "an error",
    (async () => {
      const coder = make();
      try {
        await use(coder);
        await coder.flush();
      } finally {
        coder.close();
      }
    })(),
  );
}

/** Bytes that are the same every time and mean nothing. */
function noise(bytes: number): Uint8Array {
  let state = 1;
  return Uint8Array.from({ length: bytes }, () => {
    state = Math.imul(state, 1_103_515_245) + 12_345 & 0x7fff_ffff;
    return state >> 16;
  });
}

/** Decodes while it holds every picture, and copies them afterwards. */
async function heldPictures(provider: CheckedCodecProvider, codec: string, packets: readonly CheckedPacket[]) {
  const held: CheckedPicture[] = [];
  const decoder = provider.createVideoDecoder(decoderConfig(codec, packets), (picture) => void held.push(picture));
  try {
    for (const packet of packets) await within("the decoding", Promise.resolve(decoder.decode(packet)));
    await within("the flush", Promise.resolve(decoder.flush()));
    return held.map((picture) => {
      const data = new Uint8Array(frameBytes(FORMAT));
      picture.copyTo(data);
      picture.close();
      return data;
    });
  } finally {
    decoder.close();
  }
}

const videoChecks: readonly Check<CodecProviderConformance>[] = [
  {
    id: "codec-name",
    title: "has a name and says the licence of its library",
    run: async ({ make }) => {
      const { name, licence } = await make();
      must(typeof name === "string" && name !== "", "it has no name");
      must(/^[A-Za-z0-9.+()-]+( (AND|OR|WITH) [A-Za-z0-9.+()-]+)*$/.test(licence), `its licence is "${licence}"`);
    },
  },
  {
    id: "codec-supports",
    title: "says of every codec whether it can code and decode it, and can do one",
    run: async ({ make }) => {
      const provider = await make();
      const answers = [...VIDEO_CODECS, ...AUDIO_CODECS].flatMap((codec) =>
        (["decode", "encode"] as const).map((direction) => provider.supports(direction, codec))
      );
      must(
        answers.every((answer) => typeof answer === "boolean"),
        "supports() answers other things than true and false",
      );
      must(answers.includes(true), "it can code and decode nothing");
      must(
        !provider.supports("decode", UNKNOWN) && !provider.supports("encode", UNKNOWN),
        "it says it can do anything",
      );
    },
  },
  {
    id: "codec-truthful",
    title: "makes a coder for all that it says it can do",
    run: async ({ make }) => {
      const provider = await make();
      const none = (): void => {};
      for (const codec of VIDEO_CODECS) {
        if (provider.supports("decode", codec)) provider.createVideoDecoder(decoderConfig(codec, []), none).close();
        if (provider.supports("encode", codec)) provider.createVideoEncoder(videoConfig(codec), none).close();
      }
      for (const codec of AUDIO_CODECS) {
        if (provider.supports("encode", codec)) provider.createAudioEncoder(audioConfig(codec), none).close();
      }
    },
  },
  {
    id: "codec-refuses",
    title: "refuses a codec that it cannot do with an error",
    run: async ({ make }) => {
      const provider = await make();
      const decoder = (): CheckedCoder => provider.createVideoDecoder(decoderConfig(UNKNOWN, []), () => {});
      const encoder = (): CheckedCoder => provider.createVideoEncoder(videoConfig(UNKNOWN), () => {});
      for (const make of [decoder, encoder]) {
        const thrown = await failureOf(make, () => Promise.resolve());
        must(thrown instanceof Error && thrown.message !== "", `it throws ${String(thrown)}; an Error is right`);
      }
    },
  },
  {
    id: "codec-round-trip",
    title: `gives moving pictures back with at least ${PSNR_DB_MIN} dB`,
    run: (subject) =>
      eachVideoCodec(subject, async (provider, codec) => {
        const pictures = await decodePictures(provider, codec, await codePictures(provider, codec));
        must(pictures.length > 0, "no picture came out");
        pictures.forEach(({ data }, index) => {
          const ratioDb = psnrDb({ format: FORMAT, data }, { format: FORMAT, data: movingPicture(index) });
          must(ratioDb >= PSNR_DB_MIN, `picture ${index} has ${ratioDb.toFixed(1)} dB; ${PSNR_DB_MIN} is right`);
        });
      }),
  },
  {
    id: "codec-flush",
    title: "gives out all that went in when it is flushed",
    run: (subject) =>
      eachVideoCodec(subject, async (provider, codec) => {
        const packets = await codePictures(provider, codec);
        must(packets.length === PICTURES, `${packets.length} packets came of ${PICTURES} pictures`);
        const pictures = await decodePictures(provider, codec, packets);
        must(pictures.length === PICTURES, `${pictures.length} pictures came of ${PICTURES} packets`);
      }),
  },
  {
    id: "codec-stamps",
    title: "keeps time stamps, in order",
    run: (subject) =>
      eachVideoCodec(subject, async (provider, codec) => {
        const right = Array.from({ length: PICTURES }, (_, index) => instantUs(index));
        const packets = await codePictures(provider, codec);
        const pictures = await decodePictures(provider, codec, packets);
        for (const [what, items] of [["packets", packets], ["pictures", pictures]] as const) {
          const got = items.map(({ timestampUs }) => timestampUs);
          must(got.join() === right.join(), `${what} have the times ${listOf(got)} µs; ${listOf(right)} are right`);
        }
      }),
  },
  {
    id: "codec-early-stamps",
    title: "takes time stamps before zero",
    run: (subject) =>
      eachVideoCodec(subject, async (provider, codec) => {
        const coded = await codePictures(provider, codec, 4);
        const packets = coded.map((packet, index) => ({ ...packet, timestampUs: (index - 2) * 40_000 }));
        const got = (await decodePictures(provider, codec, packets)).map(({ timestampUs }) => timestampUs);
        const right = packets.map(({ timestampUs }) => timestampUs);
        must(got.join() === right.join(), `pictures have the times ${listOf(got)} µs; ${listOf(right)} are right`);
      }),
  },
  {
    id: "codec-sizes",
    title: "gives pictures of the size that was coded, and writes no byte more",
    run: (subject) =>
      eachVideoCodec(subject, async (provider, codec) => {
        const pictures = await decodePictures(provider, codec, await codePictures(provider, codec));
        for (const { width, height, behind } of pictures) {
          const got = `${width}x${height}`;
          must(got === `${FORMAT.width}x${FORMAT.height}`, `a picture has ${got}; 96x64 is right`);
          must(behind.every((byte) => byte === 0xa5), "copyTo() writes behind the picture");
        }
      }),
  },
  {
    id: "codec-key-first",
    title: "begins with a key frame, whenever a new coder is made, and does not make all of them that",
    run: (subject) =>
      eachVideoCodec(subject, async (provider, codec) => {
        for (let round = 0; round < 2; round++) {
          const keys = (await codePictures(provider, codec)).map(({ key }) => key);
          must(keys[0] === true, "the first packet is no key frame");
          must(keys.includes(false), "every packet says that it is a key frame");
        }
      }),
  },
  {
    id: "codec-key",
    title: "can be decoded from every packet that says so",
    run: (subject) =>
      eachVideoCodec(subject, async (provider, codec) => {
        // Two streams one after the other: the second one's key frame stands in the middle.
        const packets = [...await codePictures(provider, codec, 8), ...await codePictures(provider, codec, 8)];
        const begins = packets.flatMap(({ key }, index) => key ? [index] : []);
        must(begins.includes(8), "the first packet of a stream is no key frame");
        for (const begin of begins) {
          const rest = packets.slice(begin, begin < 8 ? 8 : 16);
          const [first] = await decodePictures(provider, codec, rest);
          must(first !== undefined, `nothing comes out from packet ${begin % 8} on`);
          const data = movingPicture(begin % 8);
          const ratioDb = psnrDb({ format: FORMAT, data: first.data }, { format: FORMAT, data });
          must(ratioDb >= PSNR_DB_MIN, `from packet ${begin % 8} on the first picture has ${ratioDb.toFixed(1)} dB`);
        }
      }),
  },
  {
    id: "codec-held",
    title: "keeps a picture as it is until it is closed",
    run: (subject) =>
      eachVideoCodec(subject, async (provider, codec) => {
        const packets = await codePictures(provider, codec, 8);
        const copied = await decodePictures(provider, codec, packets);
        const held = await heldPictures(provider, codec, packets);
        must(held.length === copied.length, `${held.length} pictures came while they were held, ${copied.length} else`);
        held.forEach((data, index) =>
          must(data.join() === copied[index].data.join(), `picture ${index} has changed while it was held`)
        );
      }),
  },
  {
    id: "codec-apart",
    title: "keeps coders at work at the same time apart",
    run: (subject) =>
      eachVideoCodec(subject, async (provider, codec) => {
        const [one, other] = await Promise.all([codePictures(provider, codec), codePictures(provider, codec)]);
        const pair = await Promise.all([decodePictures(provider, codec, one), decodePictures(provider, codec, other)]);
        for (const pictures of pair) {
          must(pictures.length === PICTURES, `two at once give ${pictures.length} pictures of ${PICTURES}`);
          const data = movingPicture(PICTURES - 1);
          const ratioDb = psnrDb({ format: FORMAT, data: pictures.at(-1)!.data }, { format: FORMAT, data });
          must(ratioDb >= PSNR_DB_MIN, `two at once give pictures with ${ratioDb.toFixed(1)} dB`);
        }
      }),
  },
  {
    id: "codec-damage",
    title: "throws an error for damaged packets, which can be closed",
    run: async ({ make }) => {
      const provider = await make();
      const codecs = VIDEO_CODECS.filter((codec) => provider.supports("decode", codec));
      if (codecs.length === 0) throw new Inapplicable("it decodes no pictures");
      for (const codec of codecs) {
        const data = noise(400);
        const thrown = await failureOf(
          () => provider.createVideoDecoder(decoderConfig(codec, []), (picture) => picture.close()),
          async (decoder) => {
            for (let index = 0; index < DAMAGED_PACKETS; index++) {
              const packet = { data, key: true, timestampUs: instantUs(index) };
              await (decoder as ReturnType<CheckedCodecProvider["createVideoDecoder"]>).decode(packet);
            }
          },
        );
        must(thrown instanceof Error && messageOf(thrown) !== "", `${codec}: it throws ${String(thrown)}`);
      }
    },
  },
  {
    id: "codec-close",
    title: "can be closed before its time, and gives out nothing afterwards",
    run: (subject) =>
      eachVideoCodec(subject, async (provider, codec) => {
        const packets = await codePictures(provider, codec, 4);
        let isClosed = false;
        let late = 0;
        const hear = (): void => void (late += isClosed ? 1 : 0);
        const encoder = provider.createVideoEncoder(videoConfig(codec), hear);
        const decoder = provider.createVideoDecoder(decoderConfig(codec, packets), (picture) => {
          hear();
          picture.close();
        });
        await within("the coding", Promise.resolve(encoder.encode(movingPicture(0), instantUs(0))));
        await within("the decoding", Promise.resolve(decoder.decode(packets[0])));
        isClosed = true;
        encoder.close();
        decoder.close();
        await new Promise((resolve) => setTimeout(resolve, 50));
        must(late === 0, `${late} items came after close()`);
      }),
  },
  {
    id: "codec-nothing-left",
    title: "leaves no thread or descriptor behind when it is closed",
    run: (subject) =>
      eachVideoCodec(subject, async (provider, codec) => {
        await mustLeaveNothing(async () => {
          await decodePictures(provider, codec, await codePictures(provider, codec, 3));
        });
      }),
  },
];

/** The checks, in the order of the report. */
export const codecProviderChecks: readonly Check<CodecProviderConformance>[] = [...videoChecks, ...soundChecks];
