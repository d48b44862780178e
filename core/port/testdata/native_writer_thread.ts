/** The thread of `native_writer.ts`: it never comes back to its event loop before it is told to stop. */
import { parentPort, workerData } from "node:worker_threads";
import { loadNative, type NativeLibrary } from "../../native.ts";
import { SLOT } from "../../ring/layout.ts";
import { NativeRing } from "../../ring/native_ring.ts";
import { SlotTable } from "../../ring/slot_table.ts";
import { WORD } from "./native_writer.ts";

type LibraryRing = ReturnType<NativeLibrary["native"]["attachRing"]>;
type Handle = Parameters<NativeLibrary["native"]["attachRing"]>[0];
type Writer = Parameters<LibraryRing["loan"]>[0];

/** One ring as the thread writes it. */
class Target {
  readonly #ring: LibraryRing;
  readonly #view: NativeRing;
  readonly #table: SlotTable;
  readonly #writer: Writer;

  constructor(library: NativeLibrary, handle: number, writer: number) {
    this.#ring = library.native.attachRing(handle as Handle);
    this.#view = NativeRing.attach(library, handle, { ...this.#ring.config, descriptor: "" });
    this.#table = new SlotTable(this.#view);
    this.#writer = writer as Writer;
  }

  /** Whether there was a slot. */
  write(value: number, full: number): boolean {
    const slot = this.#ring.loan(this.#writer);
    if (slot === full) return false;
    if (slot < 0) throw new Error(`loan() answered ${slot}`);
    const payload = this.#table.payload(slot);
    new Uint32Array(payload.buffer, payload.byteOffset, payload.length >> 2).fill(value);
    this.#table.setInstant(slot, SLOT.timestampNs, BigInt(value) * 1_000_000n);
    this.#table.setInstant(slot, SLOT.frameNumber, BigInt(value));
    this.#table.setWord(slot, SLOT.payloadBytes, payload.length);
    const answer = this.#ring.commit(this.#writer, slot);
    if (answer < 0) throw new Error(`commit() answered ${answer}`);
    return true;
  }

  close(): void {
    this.#view.close();
    this.#ring.detach();
  }
}

function run(library: NativeLibrary, words: Int32Array): void {
  let target: Target | undefined;
  let [seen, value] = [0, 0];
  for (;;) {
    const request = Atomics.load(words, WORD.request);
    if (request !== seen) {
      seen = request;
      target?.close();
      const isOver = words[WORD.isOver] === 1;
      if (!isOver) target = new Target(library, words[WORD.handle], words[WORD.writer]);
      Atomics.store(words, WORD.answer, request);
      Atomics.notify(words, WORD.answer);
      if (isOver) return;
    }
    if (target && value < Atomics.load(words, WORD.limit) && target.write(value + 1, library.results.full)) {
      value++;
    } else {
      if (target && value < Atomics.load(words, WORD.limit)) Atomics.add(words, WORD.full, 1);
      Atomics.wait(words, WORD.request, seen, 1);
    }
  }
}

const { library } = await loadNative();
parentPort!.postMessage("ready");
run(library!, new Int32Array(workerData as SharedArrayBuffer));
