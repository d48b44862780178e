/**
 * Items of an output for somebody outside of this program. What is read is written down before the call returns, so
 * that no slot is held.
 *
 * @module
 */
import type { AudioBuffer } from "../message/audio_buffer.ts";
import type { Message } from "../message/message.ts";
import type { Output } from "../port/output.ts";
import { followGraph } from "../port/graph.ts";
import { tap } from "../port/tap.ts";
import { ENDED } from "../ring/layout.ts";
import { taiNowNs } from "../time/now.ts";
import { type TappedItem, VALUE_BYTES_MAX } from "./protocol.ts";
import { SoundLevel } from "./sound_level.ts";

/** Who is told of the end. */
export interface TapEnd {
  /** No more will come. */
  over(): void;
  /** An item could not be read; no more will come. */
  failed(thrown: unknown): void;
}

/** Who gets the items. */
export interface ItemReader extends TapEnd {
  /** Whether an item cannot be sent now. */
  isFull(): boolean;
  item(item: TappedItem): void;
}

/** Who gets a frame. */
export interface FrameReader extends TapEnd {
  frame(frame: TappedItem, bytes: Uint8Array): void;
}

/**
 * Gives every item, or at most `hz` a second; leaves out what comes while the reader is full.
 *
 * @returns A function that ends it.
 * @throws What `tap` throws.
 */
export function tapItems(
  output: Output<Message>,
  hz: number | undefined,
  reader: ItemReader,
): () => void {
  const periodMs = hz === undefined ? 0 : 1000 / hz;
  let nextMs = 0;
  let skipped = 0;
  let isFirst = true;
  const level = output.type.typeName === "AudioBuffer" ? new SoundLevel() : undefined;
  return tapUntilOver(output, (item) => {
    // What came before the first item was not asked for.
    if (!isFirst) skipped += item.missed;
    isFirst = false;
    const sound = item as Message as AudioBuffer;
    level?.add(sound.samples, sound.format.channels);
    const nowMs = performance.now();
    // Half a millisecond early is on time: else a tap at the rate of its output would leave out every second item.
    if (nowMs + 0.5 < nextMs || reader.isFull()) return void skipped++;
    // On a grid, so that the rate holds; begun anew where items come more seldom.
    nextMs = nextMs + periodMs > nowMs ? nextMs + periodMs : nowMs + periodMs;
    reader.item({ ...itemOf(item, output, skipped), ...(level ? { levels: level.take() } : {}) });
  }, reader);
}

/**
 * Gives one frame: the newest, else the first that comes. The bytes are a copy.
 *
 * @returns A function that ends it.
 * @throws What `tap` throws.
 */
export function frameOf(
  output: Output<Message>,
  reader: FrameReader,
): () => void {
  let isTaken = false;
  const end = tapUntilOver(output, (item) => {
    if (isTaken) return;
    isTaken = true;
    reader.frame(itemOf(item, output, 0), item.data.slice());
    // The tap cannot end within its own call.
    queueMicrotask(() => end());
  }, reader);
  return end;
}

function tapUntilOver(output: Output<Message>, listener: (item: Message) => void, reader: TapEnd): () => void {
  let isOver = false;
  const finish = (tell: () => void): void => {
    isOver = true;
    // Neither the writer nor the actor that ends has anything to do with what follows.
    queueMicrotask(() => {
      end();
      tell();
    });
  };
  const untap = tap(output, (item) => {
    if (isOver) return;
    try {
      listener(item);
    } catch (thrown) {
      finish(() => reader.failed(thrown));
    }
  });
  // Not an event of the actor: its failure would count as seen.
  const forget = followGraph(() => {
    if (output.ended !== ENDED.open && !isOver) finish(() => reader.over());
  });
  const end = (): void => {
    isOver = true;
    forget();
    untap();
  };
  return end;
}

function itemOf(item: Message, { type }: Output<Message>, skipped: number): TappedItem {
  const { sequence, timestampNs, sourceTimestampNs, frameNumber, taiFrame, clockId, flags } = item.header;
  const payloadBytes = item.data.length;
  const { metadata } = item;
  const hasValue = type.kind !== "media" && "value" in item && payloadBytes <= VALUE_BYTES_MAX;
  return {
    skipped,
    sequence,
    timestampNs: String(timestampNs),
    sourceTimestampNs: String(sourceTimestampNs),
    frameNumber,
    taiFrame: String(taiFrame),
    clockId,
    flags,
    ageNs: item.ageNs,
    sourceAgeNs: Number(taiNowNs() - sourceTimestampNs),
    payloadBytes,
    format: item.format,
    ...(metadata === undefined ? {} : { metadata }),
    ...(hasValue ? { value: item.value } : {}),
  };
}
