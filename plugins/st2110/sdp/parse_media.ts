/**
 * Reading one medium: an `m=` line and what follows it.
 *
 * @module
 */
import { MEDIA_ATTRIBUTES, readAttribute, readIntoField } from "./attributes.ts";
import type { Attribute, MediaDescription } from "./description.ts";
import { readEssence, type TextAt } from "./essence_text.ts";
import { quoted, type SdpLog } from "./finding.ts";
import type { FieldValues } from "./fmtp.ts";
import { checkOrder, type Line, type Section } from "./line.ts";
import { append, readCommonLine, readConnection } from "./parse_common.ts";

const BOUND = { rtpmap: "RFC 8866 §6.6", fmtp: "RFC 8866 §6.15" } as const;

/** Reads one medium. With a lenient log fields that could not be read are missing. */
export function parseMedia(section: Section, log: SdpLog): MediaDescription {
  const [first, ...rest] = section.lines;
  checkOrder(section, "micbka", log);
  const values: FieldValues = readMediaLine(first, log);
  const bound: { rtpmap?: TextAt; fmtp?: TextAt } = {};
  for (const line of rest) {
    if (line.type === "c") append(values, "connections", readConnection(line, log));
    else if (line.type !== "a") readCommonLine(values, line, log);
    else readMediaAttribute(values, bound, line, log);
  }
  values.essence = readEssence(bound.rtpmap, bound.fmtp, first.number, log);
  return values as unknown as MediaDescription;
}

function readMediaLine({ value, number }: Line, log: SdpLog): FieldValues {
  const [type, ports, protocol, ...formats] = value.split(/\s+/);
  const [, port, count] = /^(\d{1,5})(?:\/(\d{1,5}))?$/.exec(ports ?? "") ?? [];
  const payloadTypes = formats.map((format) => /^\d{1,3}$/.test(format) ? Number(format) : 128);
  if (
    Number(port) <= 65535 && Number(count ?? 1) > 0 && formats.length > 0 && payloadTypes.every((each) => each <= 127)
  ) {
    const [payloadType, ...others] = payloadTypes;
    return {
      type,
      port: Number(port),
      ...count !== undefined && { portCount: Number(count) },
      protocol,
      payloadType,
      ...others.length > 0 && { otherPayloadTypes: others },
    };
  }
  log.problem(
    number,
    "RFC 8866 §5.14",
    `m= is ${quoted(value)}`,
    "write <media> <port> RTP/AVP <payload type 0-127>, for example m=video 5004 RTP/AVP 96",
  );
  return { type };
}

function readMediaAttribute(
  values: FieldValues,
  bound: { rtpmap?: TextAt; fmtp?: TextAt },
  line: Line,
  log: SdpLog,
): void {
  const attribute = readAttribute(line, log);
  if (!attribute) return;
  const name = attribute.name.toLowerCase();
  if (name !== "rtpmap" && name !== "fmtp") {
    const isField = readIntoField(MEDIA_ATTRIBUTES, values, attribute, line.number, log);
    if (!isField) append<Attribute>(values, "attributes", attribute);
    return;
  }
  const [, digits, text] = /^(\d{1,3})(?:\s+([^]*))?$/.exec(attribute.value ?? "") ?? [];
  if (digits === undefined || name === "rtpmap" && text === undefined) {
    const remedy = `write a=${name}:<payload type> ${name === "rtpmap" ? "<encoding>/<rate>" : "<parameters>"}`;
    log.problem(line.number, BOUND[name], `a=${name} is ${quoted(attribute.value ?? "")}`, remedy);
  } else if (Number(digits) !== values.payloadType) {
    checkForeign(values, Number(digits), name, line, log);
    append<Attribute>(values, "attributes", attribute);
  } else if (bound[name]) {
    log.problem(line.number, BOUND[name], `a=${name} of ${digits} is given twice`, "give it once");
  } else bound[name] = { text: text ?? "", line: line.number };
}

/** A line for another payload type is kept, but one that `m=` does not list is a mistake. */
function checkForeign(
  values: FieldValues,
  payloadType: number,
  name: "rtpmap" | "fmtp",
  line: Line,
  log: SdpLog,
): void {
  const others = (values.otherPayloadTypes ?? []) as readonly number[];
  if (others.includes(payloadType) || values.payloadType === undefined) return;
  log.remark(
    "error",
    line.number,
    BOUND[name],
    `a=${name} is for payload type ${payloadType}, which m= does not list`,
    `write ${values.payloadType}, or list ${payloadType} in m=`,
  );
}
