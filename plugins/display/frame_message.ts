/**
 * The one binary message, server to page: a frame.
 *
 * ```
 * +----------------+---------------------+------------------+
 * | u32 LE: length | that many bytes of  | JPEG             |
 * | of the JSON    | JSON (FrameHeader)  |                  |
 * +----------------+---------------------+------------------+
 * ```
 *
 * @module
 */

/** What a page is told of a frame. */
export interface FrameHeader {
  readonly frameNumber: number;
  /** TAI instant as ISO text. */
  readonly timestamp: string;
  /** Size of the source picture, pixels; mouse positions are in these. */
  readonly width: number;
  readonly height: number;
  readonly pixelFormat: string;
  /** Frames per second of the source. */
  readonly fps: number;
  /** Label of the output that is shown. */
  readonly source: string;
  /** Age of the frame when it was sent, ms. */
  readonly ageMs: number;
  /** Time between the page's request and this answer, ms; what remains of the round trip is the way. */
  readonly heldMs: number;
  /** Frames that fell due and were not sent to this page, since it connected. */
  readonly dropped: number;
}

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();
const LENGTH_BYTES = 4;

/** The message for a frame. */
export function packFrame(header: FrameHeader, jpeg: Uint8Array): Uint8Array {
  const text = ENCODER.encode(JSON.stringify(header));
  const message = new Uint8Array(LENGTH_BYTES + text.length + jpeg.length);
  new DataView(message.buffer).setUint32(0, text.length, true);
  message.set(text, LENGTH_BYTES);
  message.set(jpeg, LENGTH_BYTES + text.length);
  return message;
}

/** Takes a message apart; `jpeg` is a view on it. @throws {RangeError} If the message is cut short. */
export function unpackFrame(message: Uint8Array): { header: FrameHeader; jpeg: Uint8Array } {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  const textBytes = view.getUint32(0, true);
  if (LENGTH_BYTES + textBytes > message.length) {
    throw new RangeError(
      `Cannot take a frame apart: it has ${message.length} bytes, its header alone says ${textBytes}`,
    );
  }
  const text = DECODER.decode(message.subarray(LENGTH_BYTES, LENGTH_BYTES + textBytes));
  return { header: JSON.parse(text) as FrameHeader, jpeg: message.subarray(LENGTH_BYTES + textBytes) };
}
