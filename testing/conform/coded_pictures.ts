/**
 * H.264 pictures to feed to what decodes or sends them.
 *
 * @module
 */
import type { EncodedFormat, Rate } from "@streamlib/core";
import { Buffer } from "node:buffer";
import type { TestItems } from "../test_items.ts";

/** Eight grey pictures, each lighter than the one before; Annex B, base64. The first is a key frame. */
const SMALL: readonly string[] = [
  "AAAAAWdC0AuMacmoCAgIPCIRqAAAAAFozjyAAAAAAWW4AAQJ5MUAARP8",
  "AAAAAWHgAH5An+MigAYoAGKABigAYoAGKABigAYoAGKABigAYoAGKABigAcA==",
  "AAAAAWHgAL5A/+MigAFIoABSKAAUigAFIoABSKAAUigAFIoABSKAAUigAFIoABSKAAUigAFMA==",
  "AAAAAWHgAP5AV/jIoAAgARQABAAigACABFAAEACKAAIAEUAAQAIoAAgARQABAAigACABFAAEACKAAIAEUAAQAIoAAgARQABAAigACABFAAEADA==",
  "AAAAAWHgAT5Ab/jIoAAgGRQABAMigACAZFAAEAyKAAIBkUAAQDIoAAgGRQABAMigACAZFAAEAyKAAIBkUAAQDIoAAgGRQABAMigACAZFAAEAzA==",
  "AAAAAWHgAX5Ad8TigACCLg==",
  "AAAAAWHgAb5Ad8TigACCJg==",
  "AAAAAWHgAf5Ad/jIoAAgIRQABAQigACAhFAAEBCKAAICEUAAQEIoAAgIRQABAQigACAhFAAEBCKAAICEUAAQEIoAAgIRQABAQigACAhFAAEBDA==",
];
/** The same in another size. */
const LARGE: readonly string[] = [
  "AAAAAWdC0AuMaNyagICAg8IhGoAAAAABaM48gAAAAAFluAAEF5MUAAQ+ZOTq666krrw=",
  "AAAAAWHgAH5Bf4yKAYoBigGKAYoBigGKAYoBigGKAYoBigGKAYoBigGKAcTrE+exefz+eTP5/A==",
  "AAAAAWHgAL5Av+MigAEIoABCKAAQigAEIoABCKAAQigAEIoABCKAAQigAEIoABCKAAQigAEIoABCKAAQigAEMTi8T58Xn8/nkz+fwA==",
  "AAAAAWHgAP5A/8D4MigAFIoABSKAAUigAFIoABSKAAUigAFIoABSKAAUigAFIoABSKAAUigAFIoABSKAAUigAFMTinE+fFOfz+eTP5/A",
  "AAAAAWHgAT5AT/A+DIoABqKAAaigAGooABqKAAaigAGooABqKAAaigAGooABqKAAaigAGooABqKAAaigAGooABrE+J8/n8/nkz+fwA==",
  "AAAAAWHgAX5AX8TigACBPifE+fz+fzyZ/P4=",
  "AAAAAWHgAb5Ab8TigACB1ifE+fz+fzyZ/P4=",
  "AAAAAWHgAf5Ad/jIoAAgIRQABAQigACAhFAAEBCKAAICEUAAQEIoAAgIRQABAQigACAhFAAEBCKAAICEUAAQEIoAAgIRQABAQigACAhFAAEBDE+" +
  "J8/n8/nkz+fw=",
];
const SMALL_EDGE = 16;
const LARGE_EDGE = 48;
const BYTES_MAX = 1 << 12;

/**
 * H.264 pictures.
 *
 * @param count How many, 1–8.
 * @param edge Columns and rows: they have 16 up to 16, else 48.
 */
export function codedPictures(count: number, edge: number, rate: Rate): TestItems {
  const [texts, size] = edge <= SMALL_EDGE ? [SMALL, SMALL_EDGE] : [LARGE, LARGE_EDGE];
  const format: EncodedFormat = { codec: "avc1.42d00b", bytesMax: BYTES_MAX, width: size, height: size, rate };
  return {
    packets: texts.slice(0, count).map((text, index) => ({
      format,
      data: new Uint8Array(Buffer.from(text, "base64")),
      keyframe: index === 0,
    })),
  };
}
