/**
 * Numbers with units. An option's name ends in its unit; the same quantity may be given in another one.
 *
 * @module
 */

/** Factors to one base unit, by what is written. */
type Scale = Readonly<Record<string, number>>;

const TIME: Scale = { ns: 1, us: 1e3, "µs": 1e3, ms: 1e6, s: 1e9, min: 60e9 };
const FREQUENCY: Scale = { Hz: 1, kHz: 1e3, MHz: 1e6, GHz: 1e9, k: 1e3, M: 1e6 };
const BYTES: Scale = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };
const BITRATE: Scale = { bps: 1, kbps: 1e3, Mbps: 1e6, Gbps: 1e9, k: 1e3, M: 1e6, G: 1e9 };
const LEVEL: Scale = { dB: 1, dBFS: 1 };
const ANGLE: Scale = { deg: 1, "°": 1 };
const RATE: Scale = { fps: 1, Hz: 1 };
const PLAIN: Scale = { k: 1e3, M: 1e6, G: 1e9 };

/** By the end of the option's name: the units it may be given in, and how many of the base one it counts in. */
const ENDINGS: readonly (readonly [RegExp, Scale, number])[] = [
  [/Ns$/, TIME, 1],
  [/Us$/, TIME, 1e3],
  [/Ms$/, TIME, 1e6],
  [/(?:Seconds|S)$|^seconds$/, TIME, 1e9],
  [/Hz$/, FREQUENCY, 1],
  [/Bytes$|BytesM(?:ax|in)$/, BYTES, 1],
  [/Bitrate$|^bitrate$/, BITRATE, 1],
  [/Dbfs$|Db$/, LEVEL, 1],
  [/Degrees$|^degrees$/, ANGLE, 1],
  [/Fps$|^fps$|Rate$|^rate$/, RATE, 1],
];

const NUMBER = /^([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)([^\d\s.+-].*)?$/;

function scaleOf(name: string): { scale: Scale; base: number } {
  const found = ENDINGS.find(([ending]) => ending.test(name));
  return found ? { scale: found[1], base: found[2] } : { scale: PLAIN, base: 1 };
}

/** Units that a number for the option called `name` may have. */
export function unitsOf(name: string): string[] {
  return Object.keys(scaleOf(name).scale);
}

/** The number that `text` means, in the unit of the option called `name`; `undefined` if it is none. */
export function numberOf(text: string, name: string): number | undefined {
  const parts = NUMBER.exec(text);
  if (!parts) return undefined;
  const number = Number(parts[1]);
  const unit = parts[2];
  if (unit === undefined) return Number.isFinite(number) ? number : undefined;
  const { scale, base } = scaleOf(name);
  const written = Object.hasOwn(scale, unit) ? unit : Object.keys(scale).find((one) => isSame(one, unit));
  if (written === undefined) return undefined;
  const value = number * scale[written] / base;
  // 0.1 s is 100 000 000 ns, not a little more.
  const whole = Math.round(value);
  return Number.isFinite(value) ? Math.abs(value - whole) < 1e-9 * Math.abs(value) ? whole : value : undefined;
}

/** Letters of units mean something by their case only where two differ by it. */
function isSame(unit: string, given: string): boolean {
  return unit.length > 1 && unit.toLowerCase() === given.toLowerCase();
}

/** How long `text` is, in ms: a number of seconds, or a number with a unit; `undefined` if it is no such. */
export function durationMs(text: string): number | undefined {
  const seconds = numberOf(text, "seconds");
  return seconds === undefined || seconds <= 0 ? undefined : seconds * 1000;
}
