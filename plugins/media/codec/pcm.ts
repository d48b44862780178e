/**
 * Sound without compression, as WAV and the containers hold it, to float32.
 *
 * Integers of n bits are divided by 2^(n−1), so that −2^(n−1) becomes −1; µ-law and A-law follow ITU-T G.711.
 *
 * @module
 */

/** How one kind of PCM is read: bytes per sample, and the sample at a byte offset. */
export interface PcmReader {
  readonly bytesPerSample: number;
  readonly read: (view: DataView, offsetBytes: number) => number;
}

const READERS: Readonly<Record<string, PcmReader>> = {
  "pcm-u8": { bytesPerSample: 1, read: (view, at) => (view.getUint8(at) - 128) / 128 },
  "pcm-s8": { bytesPerSample: 1, read: (view, at) => view.getInt8(at) / 128 },
  "pcm-s16": { bytesPerSample: 2, read: (view, at) => view.getInt16(at, true) / 32768 },
  "pcm-s16be": { bytesPerSample: 2, read: (view, at) => view.getInt16(at, false) / 32768 },
  "pcm-s24": {
    bytesPerSample: 3,
    read: (view, at) => (view.getUint16(at, true) + view.getInt8(at + 2) * 65536) / 8388608,
  },
  "pcm-s24be": {
    bytesPerSample: 3,
    read: (view, at) => (view.getInt8(at) * 65536 + view.getUint16(at + 1, false)) / 8388608,
  },
  "pcm-s32": { bytesPerSample: 4, read: (view, at) => view.getInt32(at, true) / 2147483648 },
  "pcm-s32be": { bytesPerSample: 4, read: (view, at) => view.getInt32(at, false) / 2147483648 },
  "pcm-f32": { bytesPerSample: 4, read: (view, at) => view.getFloat32(at, true) },
  "pcm-f32be": { bytesPerSample: 4, read: (view, at) => view.getFloat32(at, false) },
  "pcm-f64": { bytesPerSample: 8, read: (view, at) => view.getFloat64(at, true) },
  "pcm-f64be": { bytesPerSample: 8, read: (view, at) => view.getFloat64(at, false) },
  ulaw: { bytesPerSample: 1, read: (view, at) => fromMuLaw(view.getUint8(at)) },
  alaw: { bytesPerSample: 1, read: (view, at) => fromALaw(view.getUint8(at)) },
};

/** How to read `codec` (`pcm-s16`, `pcm-f32be`, `ulaw` …), or undefined if it is no PCM. */
export function pcmReader(codec: string): PcmReader | undefined {
  return READERS[codec];
}

/**
 * The samples of `data`, in the order they stand; an incomplete last sample is left out. The result is the caller's.
 */
export function decodePcm(reader: PcmReader, data: Uint8Array): Float32Array {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const samples = new Float32Array(Math.floor(data.byteLength / reader.bytesPerSample));
  for (let i = 0; i < samples.length; i++) samples[i] = reader.read(view, i * reader.bytesPerSample);
  return samples;
}

function fromMuLaw(code: number): number {
  const bits = ~code & 0xff;
  const magnitude = ((((bits & 0x0f) << 3) + 0x84) << ((bits & 0x70) >> 4)) - 0x84;
  return (bits & 0x80 ? -magnitude : magnitude) / 32768;
}

function fromALaw(code: number): number {
  const bits = code ^ 0x55;
  const segment = (bits & 0x70) >> 4;
  const mantissa = ((bits & 0x0f) << 4) + 8;
  const magnitude = segment === 0 ? mantissa : (mantissa + 0x100) << (segment - 1);
  return (bits & 0x80 ? magnitude : -magnitude) / 32768;
}
