import { timeParam, wordParam } from "../../http/list_query.ts";
import { type Cidr, overlaps, readCidr } from "../../net/cidr.ts";
import { Refusal } from "../../base/refusal.ts";
import { SEVERITIES, type Severity } from "../types.ts";
import {
  decisionOf,
  type Incident,
  INCIDENT_KINDS,
  type IncidentKind,
} from "./incident.ts";

/** The state of an incident: open, watched, or decided. */
export const INCIDENT_STATES = [
  "open",
  "watched",
  "blocked",
  "refused",
  "safelisted",
  "dismissed",
  "decided",
] as const;

export type IncidentState = typeof INCIDENT_STATES[number];

/** Conditions on incidents; all are optional. */
export interface IncidentFilter {
  state?: IncidentState;
  kind?: IncidentKind;
  severity?: Severity;
  /** A part of an operator's name. */
  operator?: string;
  /** An address or range that took part. */
  network?: Cidr;
  /** Last seen at or after this time, in milliseconds since the epoch. */
  since?: number;
  /** First seen before this time. */
  until?: number;
}

/** The parameters of a URL that filter incidents. */
export const INCIDENT_FILTERS = [
  "kind",
  "severity",
  "operator",
  "network",
  "since",
  "until",
] as const;

/**
 * Reads the filter from a URL's parameters, without the state.
 *
 * @throws {Refusal} 400 for invalid values.
 */
export function incidentFilter(
  params: URLSearchParams,
  now: number,
): IncidentFilter {
  const network = params.get("network")?.trim();
  return {
    kind: wordParam(params, "kind", ["", ...INCIDENT_KINDS]) || undefined,
    severity: wordParam(params, "severity", ["", ...SEVERITIES]) || undefined,
    operator: params.get("operator")?.trim() || undefined,
    network: network ? rangeOf(network) : undefined,
    since: timeParam(params, "since", now),
    until: timeParam(params, "until", now),
  };
}

function rangeOf(text: string): Cidr {
  const range = readCidr(text);
  if (range !== null) return range;
  throw new Refusal(
    "malformed",
    `Cannot filter by network "${text}": expected an address or a range`,
  );
}

/** Whether an incident matches the filter. */
export function incidentMatches(
  incident: Incident,
  { state, kind, severity, operator, network, since, until }: IncidentFilter,
): boolean {
  return (state === undefined || isIn(incident, state)) &&
    (kind === undefined || incident.kind === kind) &&
    (severity === undefined || incident.severity === severity) &&
    (since === undefined || incident.last_seen >= since) &&
    (until === undefined || incident.first_seen < until) &&
    (operator === undefined ||
      incident.operators.some((name) =>
        name.toLowerCase().includes(operator.toLowerCase())
      )) &&
    (network === undefined || takesPart(incident, network));
}

/**
 * Whether an address of the range took part; networks, which include neighbours, count only without
 * addresses.
 */
function takesPart({ addresses, networks }: Incident, range: Cidr): boolean {
  const subjects = addresses.length > 0 ? addresses : networks;
  return subjects.some((subject) => {
    const part = readCidr(subject);
    return part !== null && overlaps(range, part);
  });
}

function isIn(incident: Incident, state: IncidentState): boolean {
  const decision = decisionOf(incident);
  if (state === "open") return decision === null;
  if (state === "watched") return decision === null && !!incident.is_watched;
  return decision !== null && (state === "decided" || state === decision);
}
