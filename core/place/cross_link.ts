/**
 * A link whose ends are not both in this thread, as home keeps it over all lives of its actors.
 *
 * @module
 */
import { messageOf } from "../errors.ts";
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
import { Import } from "./import.ts";
import type { Place } from "./place.ts";
import type { RingNews, SourceState } from "./protocol.ts";
import type { RemoteCell } from "./remote_cell.ts";
import type { RemoteOutput } from "./remote_ports.ts";
import { thisBell } from "./this_bell.ts";

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

/** What is laid between the two ends. */
interface Wiring {
  readonly from: Placement | undefined;
  readonly to: Placement | undefined;
  export?: Export<Message>;
}

/** One link with an end in another place. Virtual time waits for what is under way on it. */
export class CrossLink implements OutputReader<Message>, DomainParty {
  /** Names the present wiring: what a place still says of an earlier one must not be taken for news of this one. */
  id: number = 0;
  readonly output: Output<Message>;
  readonly input: Input<Message>;
  /** The reader, if it is in this thread. */
  readonly link: Link<Message> | undefined;
  readonly joins = 0;
  readonly #from: RemoteCell | undefined;
  readonly #to: RemoteCell | undefined;
  readonly #import: Import<Message> | undefined;
  #wiring: Wiring | undefined;
  #domain: Domain | undefined;
  #told = "";
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

  get needs(): ReaderNeeds {
    const { delivery, depth, pins } = this.input.spec;
    return { isOrdered: delivery === "ordered" || this.input.isLossless, depth, pins };
  }

  /** Whether everything that was committed was seen by the reader, and all it set off there is done. */
  get isQuiet(): boolean {
    const wiring = this.#wiring;
    if (!wiring || (wiring.from && wiring.from.place === wiring.to?.place)) return true;
    const committed = this.#from ? this.#committed : wiring.export?.committed;
    const seen = this.#to ? this.#seen : this.#import?.seen;
    return committed !== undefined && seen === committed;
  }

  release(): void {}

  /** Lays the link as soon as both ends are there. */
  wire(): void {
    if (this.#wiring || (this.#from && !this.#from.placement) || (this.#to && !this.#to.placement)) return;
    const wiring: Wiring = { from: this.#from?.placement, to: this.#to?.placement };
    this.#wiring = wiring;
    this.id = nextId++;
    const { from, to } = wiring;
    from?.place.addLink(this);
    to?.place.addLink(this);
    const { id: link, output: { name: output }, input: { name: input } } = this;
    if (from && from.place === to?.place) {
      return from.place.send({ type: "join", link, from: from.actor, output, to: to.actor, input });
    }
    const source = this.#stateOf(to?.place);
    this.#told = textOf(source);
    const { label, host } = this.output;
    to?.place.send({ type: "import", link, to: to.actor, input, label, hostLabel: host.label, source });
    this.#export(wiring).catch((thrown) => {
      if (this.#wiring === wiring) this.fault(thrown);
    });
  }

  /** Takes up what was laid; the link itself stays. */
  unwire(): void {
    const wiring = this.#wiring;
    if (!wiring) return;
    this.#wiring = undefined;
    this.#committed = undefined;
    this.#seen = undefined;
    if (wiring.export) this.output.removeReader(wiring.export);
    wiring.from?.place.removeLink(this);
    wiring.to?.place.removeLink(this);
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
    const place = this.#wiring?.to?.place;
    if (!place || place === this.#wiring?.from?.place) return;
    const source = this.#stateOf(place);
    const text = textOf(source);
    if (text === this.#told) return;
    this.#told = text;
    place.send({ type: "source", link: this.id, source });
  }

  attach(): void {}

  /** The output has ended. */
  notify(): void {
    if (this.output.ended === ENDED.open) return;
    this.#wiring?.to?.place.send({ type: "over", link: this.id, reason: this.output.ended });
    this.#import?.notify();
  }

  /** The link is cut. */
  close(): void {
    this.unwire();
    this.#import?.close();
    this.link?.close();
    links.delete(this);
    this.#from?.crossLinks.delete(this);
    this.#to?.crossLinks.delete(this);
    this.#domain?.removeParty(this);
  }

  /** The writer's place has another generation. */
  ring(news: RingNews): void {
    const wiring = this.#wiring;
    if (!wiring) return;
    (this.output as RemoteOutput<Message>).learnFormat(news.format);
    if (wiring.to) return wiring.to.place.send({ type: "ring", link: this.id, news });
    try {
      this.#import?.add(news as RingNews & { format: FormatOf<Message> });
    } catch (thrown) {
      this.fault(thrown);
    } finally {
      wiring.from?.place.send({ type: "got", link: this.id });
    }
  }

  /** The reader's place has opened a generation. */
  got(): void {
    if (this.#wiring?.export) this.#wiring.export.got();
    else this.#wiring?.from?.place.send({ type: "got", link: this.id });
  }

  /** The output has ended there. A stop or a failure is told by its actor, which may live again. */
  over(reason: number): void {
    if (reason === ENDED.finished) this.output.end(reason);
  }

  /** The link cannot be laid or kept: the reading actor fails. */
  fault(thrown: unknown): void {
    const host = this.input.host as { fail?: (thrown: unknown) => Promise<void> };
    if (host.fail) void host.fail(thrown);
    else console.error(`streamlib: ${messageOf(thrown)}`);
  }

  /** The writer's place has committed so many items. */
  hasCommitted(sequence: number): void {
    this.#committed = sequence;
  }

  /** The reader's place has seen so many items. */
  hasSeen(sequence: number): void {
    this.#seen = sequence;
  }

  async #export(wiring: Wiring): Promise<void> {
    const { from, to } = wiring;
    const isShared = !(to ? to.place.sharesProcessWith(from?.place) : from!.place.sharesProcessWith(undefined));
    const bell = to ? await to.place.bell(isShared) : thisBell(isShared);
    if (this.#wiring !== wiring) return;
    const { id: link, needs, output, input } = this;
    if (from) {
      from.place.send({
        type: "export",
        link,
        from: from.actor,
        output: output.name,
        label: input.label,
        ...needs,
        bell,
      });
      return;
    }
    const place = to!.place;
    wiring.export = new Export({
      output,
      origin: 0,
      needs,
      input,
      bell,
      tell: (news) => place.send({ type: "ring", link, news }),
      over: (reason) => place.send({ type: "over", link, reason }),
    });
    output.addReader(wiring.export, input.label);
    wiring.export.notify();
  }

  #stateOf(place: Place | undefined): SourceState {
    const { host } = this.output;
    const clock = host.sourceClock();
    if (place && clock?.domain) place.joinDomain(clock.domain);
    return sourceState(host.alive, clock);
  }
}

function textOf({ isAlive, clock }: SourceState): string {
  return JSON.stringify([isAlive, clock ?? null]);
}
