import { POINTS } from "../draft.ts";
import { type Finding, type Settled, settledAs } from "../finding.ts";
import { compareSeverity, type Severity } from "../types.ts";

/** The kinds of attack. */
export const INCIDENT_KINDS = [
  "scan",
  "injection",
  "login",
  "flood",
  "crawler",
  "other",
] as const;

export type IncidentKind = typeof INCIDENT_KINDS[number];

/** One attack, however many addresses take part, as it is stored. */
export interface Incident {
  id: string;
  kind: IncidentKind;
  severity: Severity;
  /** Times are milliseconds since the epoch. */
  first_seen: number;
  last_seen: number;
  opened_at: number;
  updated_at: number;
  /** The addresses, the first 700, and for each the highest request count of its findings. */
  addresses: string[];
  counts: number[];
  /** Their networks (/24, /48), the first 200. */
  networks: string[];
  /** The operators of these networks, the first 50. */
  operators: string[];
  /** The paths and names that were attacked, the first 50. */
  targets: string[];
  /** The user agents, the first 20. */
  agents: string[];
  rules: string[];
  /** The ids of its findings, the first 700. */
  findings: string[];
  is_active: boolean;
  reason: string | null;
  decided_by: string | null;
  /** The decision, if closed; missing in incidents stored by older versions. */
  decision?: Settled | null;
  /** Whether it is watched: it stays open, and its next finding causes an alert. */
  is_watched?: boolean;
  /** The finding that represents it in alerts. */
  told_finding: string | null;
  told_severity: Severity | null;
  expires_at: number;
}

/** The most values of each list of an incident; a value of the store holds 64 KiB. */
export const MOST = {
  addresses: 700,
  networks: 200,
  operators: 50,
  targets: 50,
  agents: 20,
  findings: 700,
} as const;

const KIND_OF: Record<string, IncidentKind> = {
  path_scanning: "scan",
  weak_spot: "scan",
  bad_bot: "scan",
  open_proxy: "scan",
  malformed_request: "scan",
  sensitive_path: "scan",
  injection_probe: "injection",
  login_bruteforce: "login",
  auth_bruteforce: "login",
  password_spraying: "login",
  credential_stuffing: "login",
  slow_request: "flood",
  flood: "flood",
  site_flood: "flood",
  distributed_volume: "flood",
  high_volume: "flood",
  error_burst: "flood",
  traffic_spike: "flood",
  fake_crawler: "crawler",
};

/** The kind of attack that a rule's findings belong to. */
export function kindOf(rule: string): IncidentKind {
  return KIND_OF[rule] ?? "other";
}

const NAMES: Record<IncidentKind, string> = {
  scan: "Vulnerability scan",
  injection: "Injection attempts",
  login: "Password guessing",
  flood: "Flood of requests",
  crawler: "Fake crawlers",
  other: "Suspicious activity",
};

/** The title of an incident: kind, source, target. */
export function titleOf(incident: Incident): string {
  const { kind, addresses, networks, operators, targets } = incident;
  if (isSiteWide(incident)) {
    return `${NAMES[kind]} at the whole site`;
  }
  const from = addresses.length === 0
    ? networks.slice(0, 3).join(", ")
    : addresses.length === 1
    ? addresses[0]!
    : networks.length === 1
    ? `${addresses.length} addresses of ${networks[0]}`
    : operators.length === 1
    ? `${addresses.length} addresses of ${operators[0]}`
    : `${addresses.length} addresses`;
  const at = targets.length === 1 ? ` at ${targets[0]}` : "";
  return `${NAMES[kind]} from ${from}${at}`;
}

/** The decision about an incident; null if it is open. */
export function decisionOf(
  { is_active, decision, reason }: Incident,
): Settled | null {
  return is_active ? null : settledAs({ decision, resolution: reason });
}

/** Whether it concerns the whole site and no particular address. */
export function isSiteWide(
  { addresses, networks }: Pick<Incident, "addresses" | "networks">,
): boolean {
  return addresses.length === 0 && networks.length === 0;
}

/** The number of requests, each counted once. */
export function requestsOf({ counts }: Incident): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Compares findings, the worst first. */
export function worse(a: Finding, b: Finding): number {
  return compareSeverity(b.severity, a.severity) ||
    POINTS[b.severity] * b.count - POINTS[a.severity] * a.count;
}
