/**
 * A link whose ends are not both in this thread, as home keeps it over all lives of its actors.
 *
 * @module
 */
import type { FormatOf, Message } from "../message/message.ts";
import { followGraph } from "../port/graph.ts";
import type { Input } from "../port/input.ts";
import { Link } from "../port/link.ts";
import type { Output, OutputReader } from "../port/output.ts";
import type { ReaderNeeds } from "../port/source.ts";
import { ENDED } from "../ring/layout.ts";
import type { Domain, DomainParty } from "../time/domain.ts";
import { sourceState } from "./clock_book.ts";
import { Export } from "./export.ts";
import { isGone } from "./far_bells.ts";
import { Import } from "./import.ts";
import type { Place } from "./place.ts";
import type { RingNews, SourceState } from "./protocol.ts";
import type { RemoteCell } from "./remote_cell.ts";
import type { RemoteOutput } from "./remote_ports.ts";
import { thisBell } from "../ring/this_bell.ts";

let nextId = 1;
const links = new Set<CrossLink>();
let isRefreshing = false;

/** Readers in other places learn what is new about their sources. */
function refreshSources(): void {
  if (isRefreshing || links.size === 0) return;
  isRefreshing = true;
  queueMicrotask(() => {
    isRefreshing = false;
    for (const link of links) link.refresh();
  });
}

/** Where an actor of another place lives now. */
export interface Placement {
  readonly place: Place;
  readonly actor: number;
}

/** The writing end, while its actor lives. */
interface Writer {
  readonly id: number;
  /** `undefined`: here. */
  readonly at: Placement | undefined;
  export?: Export<Message>;
  /** Generations that the reader was told of and has not yet opened: the writer keeps them until then. */
  pending: number;
  /** Its actor has ended in good order. */
  isLeaving: boolean;
}

/** The reading end, while its actor lives; it outlasts writers. */
interface Reader {
  readonly id: number;
  readonly at: Placement;
}

/** Both ends in one place, which has laid the link by itself. */
interface Join {
  readonly id: number;
  readonly from: Placement;
  readonly to: Placement;
}

/** One link with an end in another place. Virtual time waits for what is under way on it. */
export class CrossLink implements OutputReader<Message>, DomainParty {
  readonly output: Output<Message>;
  readonly input: Input<Message>;
  /** The reader, if it is in this thread. */
  readonly link: Link<Message> | undefined;
  readonly joins = 0;
  readonly #from: RemoteCell | undefined;
  readonly #to: RemoteCell | undefined;
  readonly #import: Import<Message> | undefined;
  #join: Join | undefined;
  #reader: Reader | undefined;
  #writer: Writer | undefined;
  /** Whose generations the reader has been told of and not yet opened, in order. */
  readonly #awaited: Writer[] = [];
  #domain: Domain | undefined;
  #told = "";
  /** Items that the output had committed when the reader's place was lost; `undefined` if it was not. */
  #lostAt: number | undefined;
  #wasLaid = false;
  #committed: number | undefined;
  #seen: number | undefined;

  /**
   * @param from The writing actor, if it lives in another place.
   * @param to The reading actor, if it lives in another place.
   */
  constructor(
    output: Output<Message>,
    input: Input<Message>,
    from: RemoteCell | undefined,
    to: RemoteCell | undefined,
  ) {
    this.output = output;
    this.input = input;
    this.#from = from;
    this.#to = to;
    if (!to) {
      this.link = new Link(output, input);
      this.#import = new Import(this.link);
    }
    links.add(this);
    followGraph(refreshSources);
    from?.crossLinks.add(this);
    to?.crossLinks.add(this);
    this.refresh();
  }

  get isElsewhere(): boolean {
    return true;
  }

  get needs(): ReaderNeeds {
    const { delivery, depth, pins } = this.input.spec;
    return { isOrdered: delivery === "ordered" || this.input.isLossless, depth, pins };
  }

  /** Whether everything that was committed was seen by the reader, and all it set off there is done. */
  get isQuiet(): boolean {
    if (this.#join) return true;
    // A source that is not linked yet does not beat: virtual time would be over before it has begun.
    if (this.#to && !this.#reader) return this.#wasLaid || this.#to.state !== "starting";
    const committed = this.#from ? this.#committed : this.#writer?.export?.committed;
    if (committed === undefined) return this.#writer === undefined;
    return (this.#to ? this.#seen : this.#import?.seen) === committed;
  }

  release(): void {}

  /** Lays the link as soon as both ends are there. */
  wire(): void {
    if ((this.#from && !this.#from.placement) || (this.#to && !this.#to.placement)) return;
    const [from, to] = [this.#from?.placement, this.#to?.placement];
    if (this.#join?.from === from && this.#join?.to === to && from) return;
    this.#cutJoin();
    if (from && from.place === to?.place) return this.#layJoin(from, to);
    if (to && !this.#reader) this.#layReader(to);
    if (!this.#writer) this.#layWriter(from);
  }

  /** The reading actor lives nowhere: the writer has nobody to write for. */
  readerLost(): void {
    this.#lostAt ??= this.output.stats().committed;
    this.#reader?.at.place.removeLink(this.#reader.id);
    this.#reader = undefined;
    this.#seen = undefined;
    this.#committed = undefined;
    this.#cutWriter();
    this.#cutJoin();
    this.#domain?.check();
  }

  /**
   * The writing actor lives nowhere; the reader keeps what it has.
   *
   * @param isDead Whether it was killed: what it has committed and told nobody of is lost.
   */
  writerLost(isDead: boolean): void {
    const writer = this.#writer;
    this.#writer = undefined;
    // The reader still answers for what a dead writer has told: its entries stay, or the answer would count for the next.
    if (writer && (isDead || writer.pending === 0)) this.#release(writer);
    else if (writer) writer.isLeaving = true;
    if (isDead) this.#committed = undefined;
    this.#domain?.check();
  }

  /** Home has something new to tell of the source. */
  refresh(): void {
    const domain = this.output.host.sourceClock()?.domain;
    if (domain !== this.#domain) {
      this.#domain?.removeParty(this);
      this.#domain = domain;
      domain?.addParty(this);
    }
    if (!this.#reader) return;
    const { id: link, at: { place } } = this.#reader;
    const source = this.#stateFor(place);
    const text = textOf(source);
    if (text === this.#told) return;
    this.#told = text;
    place.send({ type: "source", link, source });
  }

  attach(): void {}

  /** The output has ended. */
  notify(): void {
    if (this.output.ended === ENDED.open) return;
    this.#reader?.at.place.send({ type: "over", link: this.#reader.id, reason: this.output.ended });
    this.#import?.notify();
  }

  /** The link is cut. */
  close(): void {
    this.readerLost();
    this.#import?.close();
    this.link?.close();
    links.delete(this);
    this.#from?.crossLinks.delete(this);
    this.#to?.crossLinks.delete(this);
    this.#domain?.removeParty(this);
  }

  /** The writer's place has another generation. */
  ring(news: RingNews): void {
    const writer = this.#writer;
    if (!writer) return;
    (this.output as RemoteOutput<Message>).learnFormat(news.format);
    this.#tell(writer, news);
  }

  /** The reader has opened a generation, or given it up. */
  got(): void {
    const writer = this.#awaited.shift();
    if (!writer) return;
    writer.pending--;
    if (writer.export) writer.export.got();
    else writer.at?.place.send({ type: "got", link: writer.id });
    if (writer.isLeaving && writer.pending === 0) this.#release(writer);
  }

  /** The output has ended there. A stop or a failure is told by its actor, which may live again. */
  over(reason: number): void {
    if (reason === ENDED.finished) this.output.end(reason);
  }

  /** The link cannot be laid or kept: the reading actor fails. */
  fault(thrown: unknown): void {
    this.input.host.fail(thrown);
  }

  /** The writer's place has committed so many items. */
  hasCommitted(sequence: number): void {
    this.#committed = sequence;
  }

  /** The reader's place has seen so many items. */
  hasSeen(sequence: number): void {
    this.#seen = sequence;
  }

  #layJoin(from: Placement, to: Placement): void {
    this.#wasLaid = true;
    if (this.#reader) this.readerLost();
    this.#countLost();
    const id = nextId++;
    this.#join = { id, from, to };
    from.place.addLink(id, this);
    const [output, input] = [this.output.name, this.input.name];
    from.place.send({ type: "join", link: id, from: from.actor, output, to: to.actor, input });
  }

  #layReader(at: Placement): void {
    this.#wasLaid = true;
    this.#countLost();
    const id = nextId++;
    this.#reader = { id, at };
    at.place.addLink(id, this);
    const source = this.#stateFor(at.place);
    this.#told = textOf(source);
    const { label, host } = this.output;
    const ends = { to: at.actor, input: this.input.name, label, hostLabel: host.label };
    at.place.send({ type: "import", link: id, ...ends, source });
  }

  #layWriter(at: Placement | undefined): void {
    const writer: Writer = { id: nextId++, at, pending: 0, isLeaving: false };
    this.#writer = writer;
    this.#committed = undefined;
    at?.place.addLink(writer.id, this);
    this.#export(writer).catch((thrown) => {
      if (this.#writer === writer && !isGone(thrown)) this.fault(thrown);
    });
  }

  async #export(writer: Writer): Promise<void> {
    const [from, to] = [writer.at?.place, this.#reader?.at.place];
    const isShared = !(to ? to.sharesProcessWith(from) : from!.sharesProcessWith(undefined));
    const bell = to ? await to.bell(isShared) : thisBell(isShared);
    if (this.#writer !== writer) return;
    const { needs, output, input } = this;
    if (writer.at) {
      const ends = { from: writer.at.actor, output: output.name, label: input.label };
      return writer.at.place.send({ type: "export", link: writer.id, ...ends, ...needs, bell });
    }
    writer.export = new Export({
      output,
      origin: 0,
      needs,
      input,
      bell,
      tell: (news) => this.#tell(writer, news),
      over: () => this.notify(),
    });
    output.addReader(writer.export, input.label);
    writer.export.notify();
  }

  #tell(writer: Writer, news: RingNews): void {
    writer.pending++;
    this.#awaited.push(writer);
    if (this.#reader) return this.#reader.at.place.send({ type: "ring", link: this.#reader.id, news });
    try {
      this.#import?.add(news as RingNews & { format: FormatOf<Message> });
    } catch (thrown) {
      this.fault(thrown);
    } finally {
      this.got();
    }
  }

  #cutWriter(): void {
    for (const writer of new Set([...this.#awaited.splice(0), ...(this.#writer ? [this.#writer] : [])])) {
      this.#release(writer);
    }
    this.#writer = undefined;
  }

  #release(writer: Writer): void {
    if (writer.export) this.output.removeReader(writer.export);
    else writer.at?.place.removeLink(writer.id);
  }

  #cutJoin(): void {
    this.#join?.from.place.removeLink(this.#join.id);
    this.#join = undefined;
  }

  /** What was committed while the reader lived nowhere is lost, except the newest item. */
  #countLost(): void {
    if (this.#lostAt === undefined) return;
    this.#to?.addMissed(this.input.name, Math.max(0, this.output.stats().committed - this.#lostAt - 1));
    this.#lostAt = undefined;
  }

  #stateFor(place: Place): SourceState {
    const { host } = this.output;
    const clock = host.sourceClock();
    if (clock?.domain) place.joinDomain(clock.domain);
    return sourceState(host.alive, clock);
  }
}

function textOf({ isAlive, clock }: SourceState): string {
  return JSON.stringify([isAlive, clock ?? null]);
}
