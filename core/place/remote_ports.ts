/**
 * The ports that the handle of an actor in another place shows: they link and tell, the data is where the actor lives.
 *
 * @module
 */
import { StreamError } from "../errors.ts";
import type { FormatOf, LoanOf, Message, ValueOf } from "../message/message.ts";
import type { Feed, FeedInit } from "../port/feed.ts";
import { Input, type InputStats } from "../port/input.ts";
import type { Link } from "../port/link.ts";
import { Output, type OutputStats } from "../port/output.ts";
import type { PortMaker } from "../port/port_set.ts";
import type { Source } from "../port/source.ts";
import { CrossLink } from "./cross_link.ts";
import type { RemoteCell } from "./remote_cell.ts";

const NOTHING_READ: InputStats = {
  source: undefined,
  read: 0,
  missed: 0,
  repeated: 0,
  unaligned: 0,
  ageNs: undefined,
  bytesCopied: 0,
};
const NOTHING_WRITTEN: OutputStats = { committed: 0, dropped: 0, generation: 0, slots: 0, memoryBytes: 0, links: 0 };

/** An input of an actor in another place. */
class RemoteInput<M extends Message> extends Input<M> {
  #cross: CrossLink | undefined;

  override get source(): Source<M> | undefined {
    return this.#cross?.output as Source<M> | undefined;
  }

  /** As the actor's place told last. */
  override get unread(): number {
    return (this.host as RemoteCell).remoteStats?.pending[this.name]?.unread ?? 0;
  }

  /** As the actor's place told last. */
  override get finished(): boolean {
    return (this.host as RemoteCell).remoteStats?.pending[this.name]?.isFinished ?? false;
  }

  override connect(source: Source<M>): void {
    const output = source as unknown as Output<Message>;
    const cell = this.host as RemoteCell;
    this.#cross = new CrossLink(output, this as unknown as Input<Message>, cellOf(output), cell);
    if (output instanceof RemoteOutput) output.addReader(this.#cross, this.label);
    this.host.relinked();
    output.host.relinked();
    this.#cross.wire();
  }

  override unlink(): void {
    const cross = this.#cross;
    if (!cross) return;
    this.#cross = undefined;
    if (cross.output instanceof RemoteOutput) cross.output.removeReader(cross);
    else cross.close();
    this.host.relinked();
    cross.output.host.relinked();
  }

  override stats(): InputStats {
    const cell = this.host as RemoteCell;
    const told = cell.remoteStats?.stats.inputs[this.name] ?? NOTHING_READ;
    return { ...told, missed: told.missed + cell.missedBetween(this.name), source: this.source?.label };
  }
}

/** An output of an actor in another place. */
export class RemoteOutput<M extends Message> extends Output<M> {
  #format: FormatOf<M> | undefined;

  /** The format of the newest ring, as the actor's place told last. */
  override get format(): FormatOf<M> | undefined {
    return this.#format;
  }

  /** Its place has told of another ring. */
  learnFormat(format: object): void {
    this.#format = format as FormatOf<M>;
  }

  override loan(_format: FormatOf<M>): LoanOf<M> | undefined {
    throw this.#elsewhere("loan a slot of");
  }

  override send(_value: ValueOf<M>): boolean {
    throw this.#elsewhere("send to");
  }

  override feed(_format: FormatOf<M>, _init: FeedInit): Feed<FormatOf<M>> {
    throw this.#elsewhere("feed");
  }

  override finish(): void {
    throw this.#elsewhere("finish");
  }

  override attach(input: Input<M>): Link<M> {
    const cross = new CrossLink(
      this as unknown as Output<Message>,
      input as unknown as Input<Message>,
      this.host as RemoteCell,
      undefined,
    );
    (this as unknown as Output<Message>).addReader(cross, input.label);
    cross.wire();
    return cross.link as unknown as Link<M>;
  }

  override detach(link: Link<M>): void {
    const { crossLinks } = this.host as RemoteCell;
    const cross = [...crossLinks].find((one) => one.link === link as unknown as Link<Message>);
    if (cross) (this as unknown as Output<Message>).removeReader(cross);
  }

  override stats(): OutputStats {
    const told = (this.host as RemoteCell).remoteStats?.stats.outputs[this.name] ?? NOTHING_WRITTEN;
    return { ...told, links: this.targets.length };
  }

  #elsewhere(what: string): StreamError {
    return new StreamError(
      "wrong-place",
      `Cannot ${what} ${this.label} from outside: its actor lives in another place; only its own methods may`,
    );
  }
}

/** Makes the ports of handles whose actors live elsewhere. */
export const REMOTE_PORTS: PortMaker = {
  input: (name, spec, host) => new RemoteInput(name, spec, host),
  output: (name, spec, host) => new RemoteOutput(name, spec, host),
};

/** The actor of an output, if it lives elsewhere. */
function cellOf(output: Output<Message>): RemoteCell | undefined {
  return output instanceof RemoteOutput ? output.host as RemoteCell : undefined;
}
