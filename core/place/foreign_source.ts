/**
 * An output that lives in another place, as an input of this place reads it.
 *
 * @module
 */
import type { FormatOf, Message, MessageType } from "../message/message.ts";
import type { PortHost, SourceClock, Stamp } from "../port/host.ts";
import type { Input } from "../port/input.ts";
import { Link } from "../port/link.ts";
import type { Source } from "../port/source.ts";
import { ENDED } from "../ring/layout.ts";
import { Import } from "./import.ts";
import type { RingNews } from "./protocol.ts";

/** The actor that the output belongs to, as far as it is known here. */
class ForeignHost implements PortHost {
  readonly label: string;
  alive = true;
  clock: SourceClock | undefined;
  readonly isWorking = false;
  readonly joined = undefined;
  readonly buffers = false;

  constructor(label: string) {
    this.label = label;
  }

  sourceClock(): SourceClock | undefined {
    return this.clock;
  }

  stamp(): Stamp {
    return { timestampNs: 0n, frameNumber: 0, taiFrame: 0n, clockId: this.clock?.id ?? 0, flags: 0 };
  }

  wake(): void {}

  /** Its own place hears of it. */
  fail(): void {}

  relinked(): void {}

  /** Home has looked for circles. */
  upstream(): Iterable<PortHost> {
    return [];
  }
}

/** The near end of an output that lives elsewhere, for one input. */
export class ForeignSource<M extends Message> implements Source<M> {
  readonly label: string;
  readonly type: MessageType<M>;
  readonly host: ForeignHost;
  ended: number = ENDED.open;
  #format: FormatOf<M> | undefined;
  #import: Import<M> | undefined;

  /**
   * @param label `Bars "bars-1" output video`, for messages.
   * @param hostLabel `Bars "bars-1"`.
   */
  constructor(label: string, hostLabel: string, type: MessageType<M>) {
    this.label = label;
    this.type = type;
    this.host = new ForeignHost(hostLabel);
  }

  get format(): FormatOf<M> | undefined {
    return this.#format;
  }

  /** Items that were seen, by the writer's count. */
  get seen(): number {
    return this.#import?.seen ?? 0;
  }

  attach(input: Input<M>): Link<M> {
    const link = new Link<M>(this, input);
    this.#import = new Import(link);
    return link;
  }

  detach(link: Link<M>): void {
    this.#import?.close();
    link.close();
  }

  /** Another generation of its ring is there. */
  add(news: RingNews): void {
    this.#format = news.format as FormatOf<M>;
    this.#import?.add(news);
  }

  /** Home knows something new of the actor. */
  update(isAlive: boolean, clock: SourceClock | undefined): void {
    this.host.alive = isAlive;
    this.host.clock = clock;
    this.#import?.notify();
  }

  /** There will be no more. */
  end(reason: number): void {
    this.ended = reason;
    this.#import?.notify();
  }
}
