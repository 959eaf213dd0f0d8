import { HOUR } from "../../base/duration.ts";
import { networkOf } from "../../net/network.ts";
import { parseIp } from "../../net/ip.ts";
import type { Finding } from "../finding.ts";
import { FINDING_LIFETIME_MS } from "../finding.ts";
import { templateOf } from "../path_template.ts";
import { compareSeverity } from "../types.ts";
import { type Incident, kindOf, MOST, requestsOf, worse } from "./incident.ts";

/** Options of {@linkcode gather}. */
export interface GatherOptions {
  now: number;
  /** The operator of an address's network. */
  operatorOf?: (ip: string) => { name: string; hosting: boolean } | null;
  /** @default a random one */
  newId?: () => string;
}

/** After a longer silence, an address starts another incident. */
const QUIET_MS = 6 * HOUR;
/** Findings that are only similar, for example in their targets, must be this close in time. */
const TOGETHER_MS = HOUR;
/** The requests of a flood arrive at about the same time. */
const FLOOD_MS = HOUR / 6;

/**
 * Gathers active findings above info into open and new incidents. Findings are connected by the
 * same address or network within six hours; within an hour also by the same kind of attack with the
 * same targets, the same unusual user agent or the same hosting operator. Findings that belong to
 * an incident stay in it.
 *
 * @returns the incidents that have changed, new ones included.
 */
export function gather(
  open: readonly Incident[],
  findings: readonly Finding[],
  options: GatherOptions,
): Incident[] {
  const index = new Map<string, Incident>();
  for (const incident of open) {
    for (const trait of traitsOfIncident(incident)) {
      if (!index.has(trait)) index.set(trait, incident);
    }
  }
  const changed = new Map<string, Incident>();
  const current = (incident: Incident) => changed.get(incident.id) ?? incident;
  const serious = findings.filter(({ severity, is_active }) =>
    severity !== "info" && is_active
  ).sort((a, b) =>
    Number(a.rule === SPIKE) - Number(b.rule === SPIKE) || worse(a, b)
  );
  for (const finding of serious) {
    const traits = traitsOf(finding, options);
    const belongs = traits.map(({ trait, withinMs }) => {
      const found = index.get(trait);
      return found && isNear(current(found), finding, withinMs)
        ? current(found)
        : null;
    }).find((incident) => incident !== null);
    const known = belongs ?? (
      finding.rule === SPIKE
        ? causeOf(finding, [...open.map(current), ...changed.values()])
        : undefined
    );
    const incident = known
      ? grown(known, finding, options)
      : begun(finding, options);
    if (incident === known) continue;
    changed.set(incident.id, incident);
    for (const { trait } of traits) index.set(trait, incident);
  }
  return [...changed.values()];
}

interface Trait {
  trait: string;
  withinMs: number;
}

/** The properties that connect a finding to an incident, the most certain first. */
function traitsOf(finding: Finding, { operatorOf }: GatherOptions): Trait[] {
  const kind = kindOf(finding.rule);
  const { id, ip_address: ip } = finding;
  const traits: Trait[] = [
    { trait: `finding ${id}`, withinMs: Infinity },
    { trait: `address ${ip}`, withinMs: QUIET_MS },
  ];
  if (isSiteWide(finding)) {
    traits.push({ trait: SITE_WIDE, withinMs: FLOOD_MS });
  }
  const network = networkOfSubject(ip);
  if (network) traits.push({ trait: `network ${network}`, withinMs: QUIET_MS });
  for (const target of targetsOf(finding)) {
    traits.push({ trait: `${kind} at ${target}`, withinMs: TOGETHER_MS });
  }
  for (const agent of agentsOf(finding)) {
    if (agent.startsWith("Mozilla/")) continue;
    traits.push({ trait: `${kind} by ${agent}`, withinMs: TOGETHER_MS });
  }
  const operator = operatorOf?.(ip);
  if (operator?.hosting) {
    traits.push({
      trait: `${kind} of ${operator.name}`,
      withinMs: TOGETHER_MS,
    });
  }
  return traits;
}

const SITE_WIDE = "flood of the whole site";

/** An address in a flood of the whole site belongs to that incident. */
function isSiteWide({ rule, severity }: Finding): boolean {
  return rule === "site_flood" || rule === "flood" && severity === "critical";
}

const SPIKE = "traffic_spike";

/** The incident with the most requests of a spike; undefined if none made at least half of them. */
function causeOf(
  spike: Finding,
  incidents: readonly Incident[],
): Incident | undefined {
  return incidents
    .filter((incident) =>
      isNear(incident, spike, 0) && requestsOf(incident) >= spike.count / 2
    )
    .sort((a, b) => requestsOf(b) - requestsOf(a))[0];
}

function* traitsOfIncident(incident: Incident): Generator<string> {
  const { kind } = incident;
  if (incident.rules.includes("site_flood")) yield SITE_WIDE;
  for (const id of incident.findings) yield `finding ${id}`;
  for (const ip of incident.addresses) yield `address ${ip}`;
  for (const network of incident.networks) yield `network ${network}`;
  for (const target of incident.targets) yield `${kind} at ${target}`;
  for (const agent of incident.agents) {
    if (!agent.startsWith("Mozilla/")) yield `${kind} by ${agent}`;
  }
  for (const operator of incident.operators) yield `${kind} of ${operator}`;
}

function isNear(
  { first_seen, last_seen }: Incident,
  finding: Finding,
  withinMs: number,
): boolean {
  return finding.first_seen <= last_seen + withinMs &&
    finding.last_seen >= first_seen - withinMs;
}

function begun(finding: Finding, options: GatherOptions): Incident {
  const { now, newId = randomId } = options;
  return grown(
    {
      id: newId(),
      kind: kindOf(finding.rule),
      severity: finding.severity,
      first_seen: finding.first_seen,
      last_seen: finding.last_seen,
      opened_at: now,
      updated_at: now,
      addresses: [],
      counts: [],
      networks: [],
      operators: [],
      targets: [],
      agents: [],
      rules: [],
      findings: [],
      is_active: true,
      reason: null,
      decided_by: null,
      told_finding: null,
      told_severity: null,
      expires_at: now + FINDING_LIFETIME_MS,
    },
    finding,
    options,
  );
}

/** Adds a finding to an incident; returns the same object if nothing changes. */
function grown(
  incident: Incident,
  finding: Finding,
  { now, operatorOf }: GatherOptions,
): Incident {
  const { id, ip_address: ip, rule, severity, count } = finding;
  const network = networkOfSubject(ip);
  const operator = operatorOf?.(ip)?.name;
  const isWorse = compareSeverity(severity, incident.severity) > 0;
  const kind = kindOf(rule);
  // Findings that summarise others add no requests and no kind of attack.
  const requests = kind === "other" ? 0 : count;
  const takesKind = kind !== "other" && (isWorse || incident.kind === "other");
  const addresses = parseIp(ip) === null
    ? incident.addresses
    : plus(incident.addresses, [ip], MOST.addresses);
  const counts = addresses.map((address, at) => {
    const before = incident.counts[at] ?? 0;
    return address === ip ? Math.max(before, requests) : before;
  });
  const next: Incident = {
    ...incident,
    kind: takesKind ? kind : incident.kind,
    severity: isWorse ? severity : incident.severity,
    // A spike is counted by whole hours, so its times are not those of the attack.
    first_seen: rule === SPIKE
      ? incident.first_seen
      : Math.min(incident.first_seen, finding.first_seen),
    last_seen: rule === SPIKE
      ? incident.last_seen
      : Math.max(incident.last_seen, finding.last_seen),
    addresses,
    counts,
    networks: plus(incident.networks, network ? [network] : [], MOST.networks),
    operators: plus(
      incident.operators,
      operator ? [operator] : [],
      MOST.operators,
    ),
    targets: plus(incident.targets, targetsOf(finding), MOST.targets),
    agents: plus(incident.agents, agentsOf(finding), MOST.agents),
    rules: plus(incident.rules, [rule], MOST.agents),
    findings: plus(incident.findings, [id], MOST.findings),
  };
  if (JSON.stringify(next) === JSON.stringify(incident)) return incident;
  return {
    ...next,
    updated_at: now,
    expires_at: now + FINDING_LIFETIME_MS,
  };
}

function plus(
  known: readonly string[],
  more: readonly string[],
  most: number,
): string[] {
  return [...new Set([...known, ...more])].slice(0, most);
}

/** The network of a finding's address; a range is its own network. */
function networkOfSubject(subject: string): string | null {
  return subject.includes("/") ? subject : networkOf(subject);
}

/** The targets of a finding's requests, without the root page. */
function targetsOf({ evidence }: Finding): string[] {
  const targets = evidence.map(({ path }) => templateOf(path).slice(0, 80));
  return [...new Set(targets)].filter((target) =>
    target !== "/" && target !== "-" && target !== ""
  ).slice(0, 3);
}

function agentsOf({ evidence }: Finding): string[] {
  const agents = evidence.flatMap(({ user_agent }) =>
    user_agent && user_agent !== "-" ? user_agent.slice(0, 120) : []
  );
  return [...new Set(agents)].slice(0, 2);
}

function randomId(): string {
  return crypto.getRandomValues(new Uint8Array(12)).toBase64({
    alphabet: "base64url",
  });
}
