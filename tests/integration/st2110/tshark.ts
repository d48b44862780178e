/**
 * tshark as a witness of what is on the wire.
 *
 * @module
 */
import { Peer } from "./peer.ts";

/** One captured packet: what tshark read in each field; several values are joined by commas, none is "". */
export type Row<F extends string> = Readonly<Record<F, string>>;

/** What is captured. */
export interface CaptureOptions<F extends string> {
  /** Where: `lo` if not said. */
  readonly interface?: string;
  /** Network namespace of the interface; that of the test if not said. */
  readonly namespace?: string;
  /** Makes a command line one that runs where the interface is, instead of a namespace with a name. */
  readonly enter?: (line: readonly string[]) => readonly string[];
  /** What, as libpcap filters it: `udp port 5004`. */
  readonly filter: string;
  /** Fields that are wanted. */
  readonly fields: readonly F[];
  /** Which dissectors are used where, as in `udp.port==5004,rtp`. */
  readonly decodeAs?: readonly string[];
}

/** A running capture; ended when it is disposed of. */
export class Capture<F extends string> {
  readonly #peer: Peer;
  readonly #fields: readonly F[];

  private constructor(peer: Peer, fields: readonly F[]) {
    this.#peer = peer;
    this.#fields = fields;
  }

  /** Starts one; what is sent from now on is in it. */
  static async start<F extends string>(options: CaptureOptions<F>): Promise<Capture<F>> {
    const { interface: name = "lo", namespace, filter, fields, decodeAs = [] } = options;
    const given = [
      ...["-i", name, "-n", "-l", "-B", "16", "-f", filter],
      ...decodeAs.flatMap((one) => ["-d", one]),
      ...["-T", "fields", "-E", "separator=/t", "-E", "occurrence=a"],
      ...fields.flatMap((field) => ["-e", field]),
    ];
    const inside = namespace === undefined ? [] : ["ip", "netns", "exec", namespace];
    const { enter = (line: readonly string[]) => [...inside, ...line] } = options;
    const [program, ...all] = enter(["tshark", ...given]);
    const peer = new Peer(program, all, { isParent: true });
    try {
      await peer.untilSaid(/Capture started/);
    } catch (thrown) {
      await peer[Symbol.asyncDispose]();
      throw thrown;
    }
    return new Capture(peer, fields);
  }

  /** What has been captured until now. */
  get rows(): Row<F>[] {
    return String(this.#peer.stdout).split("\n").slice(0, -1).map((line) => {
      const values = line.split("\t");
      return Object.fromEntries(this.#fields.map((field, i) => [field, values[i] ?? ""])) as Row<F>;
    });
  }

  /** Waits until enough was captured. */
  async until(isEnough: (rows: readonly Row<F>[]) => boolean, what: string): Promise<Row<F>[]> {
    await this.#peer.until(() => isEnough(this.rows), what);
    return this.rows;
  }

  /** Ends it. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#peer[Symbol.asyncDispose]();
  }
}
