/**
 * What is measured: names, kinds and units, after the conventions of Prometheus. Base units; counters end in `_total`.
 *
 * @module
 */

/** The unit that ends a name. */
export type MetricUnit = "seconds" | "bytes" | "hertz";

/** One metric, of which there are as many points as there are actors, ports or whatever it is about. */
export interface MetricFamily {
  /** Its name in OpenMetrics: without the `_total` of counters and the `_info` of infos. */
  readonly name: string;
  /** An `info` is a gauge that is always 1: what matters are its labels. */
  readonly type: "counter" | "gauge" | "histogram" | "summary" | "info";
  /** Its unit, which is the end of its name; absent if it has none. */
  readonly unit?: MetricUnit;
  /** What it is, in one sentence. */
  readonly help: string;
}

/** Names of the families in {@linkcode FAMILIES}. */
export type FamilyKey =
  | "state"
  | "ticks"
  | "missedTicks"
  | "freewheelTicks"
  | "restarts"
  | "rate"
  | "counts"
  | "lastProcess"
  | "process"
  | "committed"
  | "dropped"
  | "memory"
  | "slots"
  | "links"
  | "link"
  | "read"
  | "missed"
  | "repeated"
  | "unaligned"
  | "copied"
  | "age"
  | "latency"
  | "early"
  | "clockLocked"
  | "clockTicks"
  | "clockMissed"
  | "taiState"
  | "taiError"
  | "taiSteps"
  | "ptpOffset"
  | "ptpPathDelay"
  | "ptpError"
  | "ptpMasterChanges"
  | "residentMemory"
  | "cpu"
  | "startTime"
  | "collect"
  | "omittedActors"
  | "omittedCounts";

/** Every metric that there is, in the order in which they are told. */
export const FAMILIES: Readonly<Record<FamilyKey, MetricFamily>> = {
  state: { name: "streamlib_actor_state", type: "gauge", help: "1 for the state that the actor is in, else 0." },
  ticks: { name: "streamlib_actor_ticks", type: "counter", help: "Calls of process that returned." },
  missedTicks: {
    name: "streamlib_actor_missed_ticks",
    type: "counter",
    help: "Beats that fell due while the actor was busy, and items of a driving input that newer ones replaced.",
  },
  freewheelTicks: {
    name: "streamlib_actor_freewheel_ticks",
    type: "counter",
    help: "Calls of process in place of a silent driving input.",
  },
  restarts: {
    name: "streamlib_actor_restarts",
    type: "counter",
    help: "Lives that a supervisor has begun after the first, failed attempts included.",
  },
  rate: {
    name: "streamlib_actor_rate_hertz",
    type: "gauge",
    unit: "hertz",
    help: "Beats of its clock; absent for actors that follow an input.",
  },
  counts: { name: "streamlib_actor_counts", type: "counter", help: "What the actor counts itself, by name." },
  lastProcess: {
    name: "streamlib_actor_last_process_seconds",
    type: "gauge",
    unit: "seconds",
    help: "Time that the last call of process took, waiting included.",
  },
  process: {
    name: "streamlib_actor_process_seconds",
    type: "summary",
    unit: "seconds",
    help: "Time that calls of process take, since the start; only with STREAMLIB_PROFILE=1.",
  },
  committed: { name: "streamlib_output_committed", type: "counter", help: "Items committed." },
  dropped: {
    name: "streamlib_output_dropped",
    type: "counter",
    help: "Items dropped because readers held every slot.",
  },
  memory: {
    name: "streamlib_output_memory_bytes",
    type: "gauge",
    unit: "bytes",
    help: "Memory of the current ring of the output.",
  },
  slots: { name: "streamlib_output_slots", type: "gauge", help: "Slots of the current ring of the output." },
  links: { name: "streamlib_output_links", type: "gauge", help: "Inputs that read the output, taps included." },
  link: {
    name: "streamlib_link",
    type: "info",
    help: "What the input reads: the output at the other end, the type of items, and how they cross.",
  },
  read: { name: "streamlib_input_read", type: "counter", help: "Items read for the first time." },
  missed: { name: "streamlib_input_missed", type: "counter", help: "Items lost because this reader was slow." },
  repeated: {
    name: "streamlib_input_repeated",
    type: "counter",
    help: "Times that an item was read again because there was no newer one.",
  },
  unaligned: {
    name: "streamlib_input_unaligned",
    type: "counter",
    help: "Times that an older item was used because that of the same tick did not come in time.",
  },
  copied: {
    name: "streamlib_input_copied_bytes",
    type: "counter",
    unit: "bytes",
    help: "Host bytes copied out of items read here.",
  },
  age: {
    name: "streamlib_input_age_seconds",
    type: "gauge",
    unit: "seconds",
    help: "Time since the item that was read last was committed.",
  },
  latency: {
    name: "streamlib_latency_seconds",
    type: "histogram",
    unit: "seconds",
    help: "From the source instant of an item to its first read here.",
  },
  early: {
    name: "streamlib_latency_early",
    type: "counter",
    help: "Items whose source instant was in the future when they were read; their latency counts as 0.",
  },
  clockLocked: {
    name: "streamlib_clock_locked",
    type: "gauge",
    help: "Whether the clock follows its reference: 1, else 0.",
  },
  clockTicks: { name: "streamlib_clock_ticks", type: "counter", help: "Beats delivered, to all actors together." },
  clockMissed: { name: "streamlib_clock_missed", type: "counter", help: "Beats missed, all actors together." },
  taiState: {
    name: "streamlib_tai_state",
    type: "gauge",
    help: "1 for how far TAI of this machine can be trusted now, else 0.",
  },
  taiError: {
    name: "streamlib_tai_error_seconds",
    type: "gauge",
    unit: "seconds",
    help: "How far TAI may be off its source.",
  },
  taiSteps: { name: "streamlib_tai_steps", type: "counter", help: "Jumps of TAI as this process has had them." },
  ptpOffset: {
    name: "streamlib_ptp_offset_seconds",
    type: "gauge",
    unit: "seconds",
    help: "The newest offset from the PTP master.",
  },
  ptpPathDelay: {
    name: "streamlib_ptp_path_delay_seconds",
    type: "gauge",
    unit: "seconds",
    help: "Mean delay of the path to the PTP master.",
  },
  ptpError: {
    name: "streamlib_ptp_error_seconds",
    type: "gauge",
    unit: "seconds",
    help: "How far TAI may be off that of the PTP master.",
  },
  ptpMasterChanges: {
    name: "streamlib_ptp_master_changes",
    type: "counter",
    help: "How often another PTP master was chosen.",
  },
  residentMemory: {
    name: "process_resident_memory_bytes",
    type: "gauge",
    unit: "bytes",
    help: "Resident memory of this process, its threads included.",
  },
  cpu: {
    name: "process_cpu_seconds",
    type: "counter",
    unit: "seconds",
    help: "Processor time of this process, its threads included.",
  },
  startTime: {
    name: "process_start_time_seconds",
    type: "gauge",
    unit: "seconds",
    help: "When this process began, since 1970 UTC.",
  },
  collect: {
    name: "streamlib_metrics_collect_seconds",
    type: "gauge",
    unit: "seconds",
    help: "Time that these metrics took to collect.",
  },
  omittedActors: {
    name: "streamlib_metrics_omitted_actors",
    type: "gauge",
    help: "Actors left out because there would be too many series.",
  },
  omittedCounts: {
    name: "streamlib_metrics_omitted_counts",
    type: "gauge",
    help: "Counters of actors left out because there would be too many, or because they are not above 0.",
  },
};
