/** The owner's side of a drawing thread. */
import { Worker } from "node:worker_threads";
import { DrawError } from "./draw_error.ts";
import {
  type DrawAlpha,
  type DrawCommand,
  type DrawFont,
  type DrawReport,
  type DrawThreadData,
  slotCount,
  slotState,
} from "./draw_protocol.ts";
import { type DrawParameters, type DrawRate, type DrawSource, readDrawSource } from "./draw_source.ts";

/** How pictures are drawn. */
export interface DrawRendererOptions {
  /** The drawing: code text, `module#export`, or a self-contained function. */
  readonly draw: DrawSource;
  /** Width in pixels, whole, 1 to 16384. */
  readonly width: number;
  /** Height in pixels, whole, 1 to 16384. */
  readonly height: number;
  /** Frames per second; gives the drawing its `timeSeconds`. Whole parts from 1. */
  readonly rate: DrawRate;
  /** How alpha is stored. Default `"premultiplied"`. */
  readonly alpha?: DrawAlpha;
  /** Whether each frame begins transparent, with a fresh context state. Default true; false keeps the last picture. */
  readonly clear?: boolean;
  /** Fonts to load besides those of the system and Roboto (regular, bold; Latin), always there. Default none. */
  readonly fonts?: readonly DrawFont[];
  /** First values of `info.parameters`. Default `{}`. */
  readonly parameters?: DrawParameters;
  /** Longest time one frame may take in milliseconds, above 0; after that the thread is ended. Default 1000. */
  readonly timeLimitMs?: number;
  /** Longest time the thread may take to start and load the drawing in milliseconds, above 0. Default 10000. */
  readonly startLimitMs?: number;
}

/** One drawn picture in the renderer's memory. */
export interface DrawnFrame {
  /** RGBA bytes, `width × height × 4`, rows without padding; valid until `release()`, then overwritten. */
  readonly pixels: Uint8Array;
  /** Number it was asked for with. */
  readonly frameNumber: number;
  /** Instant it was asked for with. */
  readonly timestampNs: bigint;
  /** Time the thread spent on it in milliseconds: drawing, reading the pixels, copying them. */
  readonly drawMs: number;
  /** Gives the memory back. Twice is once. */
  release(): void;
}

interface Slot {
  readonly pixels: Uint8Array;
  /** Number of the latest request for this slot. */
  request: number;
  frameNumber: number;
  timestampNs: bigint;
  waiter: PromiseWithResolvers<DrawnFrame> | undefined;
}

/** One request the thread has not reported yet. */
interface Errand {
  readonly slot: number;
  readonly request: number;
}

const sideMax = 16384;

/**
 * Draws pictures in a worker thread, so that the caller's event loop only ever copies finished pixels.
 *
 * Up to two pictures can be under way or unreleased: {@link DrawRenderer.request} answers false beyond that and never
 * waits. A drawing that throws or exceeds its time limit ends the thread: the renderer has then failed for good and
 * says why.
 */
export class DrawRenderer {
  /** Resolves when the drawing is loaded, rejects with a {@link DrawError} when it cannot be. */
  readonly ready: Promise<void>;
  readonly #worker: Worker;
  readonly #states: Int32Array;
  readonly #drawMs: Float64Array;
  readonly #slots: readonly Slot[];
  /**
   * Oldest first. The state word may say `done` before the report is heard, and the slot may even be in use again by
   * then: a report therefore counts only for the request it names.
   */
  readonly #errands: Errand[] = [];
  readonly #readiness: PromiseWithResolvers<void> = Promise.withResolvers<void>();
  readonly #timeLimitMs: number;
  readonly #label: string;
  readonly #onFailure: ((error: DrawError) => void) | undefined;
  #requestCount: number = 0;
  #unsent: DrawCommand[] | undefined = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failure: DrawError | undefined;
  #stopped: boolean = false;

  /**
   * Starts the thread.
   *
   * @param onFailure called once, from the event loop, when the drawing fails; not after `stop()`.
   * @throws {RangeError | TypeError} naming the option that is wrong.
   */
  constructor(options: DrawRendererOptions, onFailure?: (error: DrawError) => void) {
    const source = readDrawSource(options.draw);
    checkOptions(options);
    const { width, height } = options;
    const frameBytes = width * height * 4;
    const pixels = new SharedArrayBuffer(frameBytes * slotCount);
    const states = new SharedArrayBuffer(4 * slotCount);
    const drawMs = new SharedArrayBuffer(8 * slotCount);
    this.#states = new Int32Array(states);
    this.#drawMs = new Float64Array(drawMs);
    this.#slots = Array.from({ length: slotCount }, (_, slot) => ({
      pixels: new Uint8Array(pixels, slot * frameBytes, frameBytes),
      request: 0,
      frameNumber: 0,
      timestampNs: 0n,
      waiter: undefined,
    }));
    this.#label = source.label;
    this.#timeLimitMs = options.timeLimitMs ?? 1000;
    this.#onFailure = onFailure;
    const data: DrawThreadData = {
      source,
      width,
      height,
      rate: { num: options.rate.num, den: options.rate.den },
      alpha: options.alpha ?? "premultiplied",
      clear: options.clear ?? true,
      fonts: (options.fonts ?? []).map((font) => ({ ...font })),
      parameters: cloneParameters(options.parameters ?? {}),
      pixels,
      states,
      drawMs,
    };
    this.ready = this.#readiness.promise;
    // Who only looks at the error of a frame must not be punished with an unhandled rejection of `ready`.
    this.ready.catch(() => {});
    this.#worker = startThread(data);
    this.#worker.on("message", (message: DrawReport) => this.#hear(message));
    this.#worker.on("error", (error: unknown) => this.#fail(new DrawError(`Drawing thread broke: ${String(error)}`)));
    this.#worker.on("exit", () => this.#fail(new DrawError("Drawing thread ended by itself")));
    const startLimitMs = options.startLimitMs ?? 10000;
    this.#timer = setTimeout(() => this.#startLate(startLimitMs), startLimitMs);
  }

  /** Why the renderer failed, if it did. */
  get failure(): DrawError | undefined {
    return this.#failure;
  }

  /** Number of pictures asked for and not yet released, 0 to 2. */
  get inFlight(): number {
    return this.#states.reduce((count, state) => state === slotState.free ? count : count + 1, 0);
  }

  /**
   * Asks for a picture without waiting for it. Requests before `ready` are kept and sent then.
   *
   * @param frameNumber whole number from 0.
   * @param timestampNs instant of the frame, TAI nanoseconds.
   * @returns false, with nothing done, if two pictures are under way or unreleased.
   * @throws {DrawError} if the drawing has failed or was stopped.
   * @throws {RangeError} if the frame number is not a whole number from 0.
   */
  request(frameNumber: number, timestampNs: bigint): boolean {
    return this.#ask(frameNumber, timestampNs) !== undefined;
  }

  /**
   * Takes the newest finished picture without waiting; older finished ones are given back unseen.
   *
   * @returns undefined if none is finished. Call `release()` on what you get.
   * @throws {DrawError} if the drawing has failed or was stopped.
   */
  take(): DrawnFrame | undefined {
    this.#throwIfOver();
    let newest: number | undefined;
    for (let slot = 0; slot < slotCount; slot++) {
      if (Atomics.load(this.#states, slot) !== slotState.done || this.#slots[slot].waiter !== undefined) continue;
      if (newest !== undefined && this.#slots[newest].frameNumber > this.#slots[slot].frameNumber) {
        this.#free(slot);
        continue;
      }
      if (newest !== undefined) this.#free(newest);
      newest = slot;
    }
    return newest === undefined ? undefined : this.#hold(newest);
  }

  /**
   * Asks for a picture and waits for it.
   *
   * @returns the picture; call `release()` on it.
   * @throws {DrawError} if the drawing fails, has failed or was stopped, or two pictures are already under way or
   * unreleased.
   * @throws {RangeError} if the frame number is not a whole number from 0.
   */
  async draw(frameNumber: number, timestampNs: bigint): Promise<DrawnFrame> {
    const slot = this.#ask(frameNumber, timestampNs);
    if (slot === undefined) {
      throw new DrawError(`Drawing of frame ${frameNumber} refused: ${slotCount} pictures are under way or unreleased`);
    }
    const waiter = Promise.withResolvers<DrawnFrame>();
    this.#slots[slot].waiter = waiter;
    return await waiter.promise;
  }

  /**
   * Replaces `info.parameters`, from the next picture asked for on. The values are copied.
   *
   * @throws {DrawError} if the drawing has failed or was stopped.
   * @throws {TypeError} if a value cannot be copied to another thread.
   */
  setParameters(parameters: DrawParameters): void {
    this.#throwIfOver();
    this.#send({ type: "parameters", parameters: cloneParameters(parameters) });
  }

  /** Ends the thread, whatever it is doing. Pictures asked for are given up: `draw()` rejects. Twice is once. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#giveUp(new DrawError("Drawing was stopped"));
    await this.#worker.terminate();
  }

  #ask(frameNumber: number, timestampNs: bigint): number | undefined {
    this.#throwIfOver();
    if (!Number.isSafeInteger(frameNumber) || frameNumber < 0) {
      throw new RangeError(`Drawing frame number is ${frameNumber}: it must be a whole number from 0`);
    }
    const slot = this.#states.indexOf(slotState.free);
    if (slot === -1) return undefined;
    const request = ++this.#requestCount;
    Object.assign(this.#slots[slot], { request, frameNumber, timestampNs });
    Atomics.store(this.#states, slot, slotState.drawing);
    this.#errands.push({ slot, request });
    if (this.#unsent === undefined && this.#errands.length === 1) this.#watch();
    this.#send({ type: "draw", slot, request, frameNumber, timestampNs });
    return slot;
  }

  #send(command: DrawCommand): void {
    if (this.#unsent === undefined) this.#worker.postMessage(command);
    else this.#unsent.push(command);
  }

  #hear(message: DrawReport): void {
    if (this.#stopped || this.#failure !== undefined) return;
    if (message.type === "ready") this.#begin();
    else if (message.type === "done") this.#finish(message.slot, message.request);
    else this.#fail(new DrawError(message.message, { line: message.line, frameNumber: message.frameNumber }));
  }

  #begin(): void {
    const unsent = this.#unsent ?? [];
    this.#unsent = undefined;
    this.#watch();
    for (const command of unsent) this.#send(command);
    this.#readiness.resolve();
  }

  #finish(slot: number, request: number): void {
    this.#errands.shift();
    this.#watch();
    const entry = this.#slots[slot];
    const waiter = entry.waiter;
    if (entry.request !== request || waiter === undefined) return;
    entry.waiter = undefined;
    waiter.resolve(this.#hold(slot));
  }

  /** Times the oldest errand, from now. */
  #watch(): void {
    clearTimeout(this.#timer);
    const errand = this.#errands[0];
    this.#timer = errand && setTimeout(() => this.#drawLate(errand), this.#timeLimitMs);
  }

  #drawLate(errand: Errand): void {
    const { request, frameNumber } = this.#slots[errand.slot];
    // A blocked event loop may run this timer before it hears that the picture was done in time.
    const drawing = Atomics.load(this.#states, errand.slot) === slotState.drawing;
    if (!drawing || request !== errand.request) return;
    this.#fail(
      new DrawError(
        `Drawing took longer than ${this.#timeLimitMs} ms in frame ${frameNumber}, ${this.#label}: ` +
          `its thread was ended (an endless loop? otherwise raise timeLimitMs)`,
        { frameNumber },
      ),
    );
  }

  #startLate(limitMs: number): void {
    this.#fail(new DrawError(`Drawing cannot be loaded, ${this.#label}: not done within ${limitMs} ms`));
  }

  #fail(error: DrawError): void {
    if (this.#stopped || this.#failure !== undefined) return;
    this.#failure = error;
    this.#giveUp(error);
    void this.#worker.terminate();
    this.#onFailure?.(error);
  }

  #giveUp(error: DrawError): void {
    clearTimeout(this.#timer);
    this.#readiness.reject(error);
    for (const slot of this.#slots) {
      slot.waiter?.reject(error);
      slot.waiter = undefined;
    }
  }

  #hold(slot: number): DrawnFrame {
    Atomics.store(this.#states, slot, slotState.held);
    const { pixels, frameNumber, timestampNs } = this.#slots[slot];
    const drawMs = this.#drawMs[slot];
    let held = true;
    const release = (): void => {
      if (held) this.#free(slot);
      held = false;
    };
    return { pixels, frameNumber, timestampNs, drawMs, release };
  }

  #free(slot: number): void {
    Atomics.store(this.#states, slot, slotState.free);
  }

  #throwIfOver(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#stopped) throw new DrawError("Drawing was stopped");
  }
}

/**
 * The thread starts from a line of text that imports its module: a worker cannot be started from an `https:` URL (a
 * package on JSR), but it can import one.
 */
function startThread(data: DrawThreadData): Worker {
  // The neighbour of this module, with the extension this module has: the sources are .ts, what npm gets is .js.
  const url = import.meta.url.replace("/draw_renderer.", "/draw_thread.");
  return new Worker(`import(${JSON.stringify(url)}).then((thread) => thread.serveDrawThread());`, {
    eval: true,
    workerData: data,
  });
}

function cloneParameters(parameters: DrawParameters): DrawParameters {
  try {
    return structuredClone(parameters);
  } catch (error) {
    throw new TypeError(`Drawing parameters cannot be sent to another thread: ${(error as Error).message}`);
  }
}

function checkOptions(options: DrawRendererOptions): void {
  for (const side of ["width", "height"] as const) {
    const pixels = options[side];
    if (!Number.isInteger(pixels) || pixels < 1 || pixels > sideMax) {
      throw new RangeError(`Drawing option "${side}" is ${pixels}: it must be a whole number from 1 to ${sideMax}`);
    }
  }
  for (const part of ["num", "den"] as const) {
    const value = options.rate?.[part];
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new RangeError(`Drawing option "rate.${part}" is ${value}: it must be a whole number from 1`);
    }
  }
  for (const limit of ["timeLimitMs", "startLimitMs"] as const) {
    const value = options[limit];
    if (value !== undefined && !(value > 0 && value <= 0x7fffffff)) {
      throw new RangeError(`Drawing option "${limit}" is ${value}: it must be above 0 and at most 2147483647 ms`);
    }
  }
  const alpha = options.alpha;
  if (alpha !== undefined && alpha !== "premultiplied" && alpha !== "straight") {
    throw new RangeError(`Drawing option "alpha" is "${alpha}": it must be premultiplied or straight`);
  }
}
