import type { Finding } from "./finding.ts";
import type { Evidence } from "./types.ts";

/**
 * Evidence as stored: each text once, as the requests of one address share most of theirs. A
 * finding with one user agent is then written in half the time.
 */
interface PackedEvidence {
  texts: string[];
  /** Milliseconds since the epoch. */
  times: Float64Array;
  /** Four numbers per request: method, path and user agent in `texts`, and the status. */
  rows: Uint16Array;
}

/** A finding as stored; older versions stored its evidence unpacked. */
export type StoredFinding = Omit<Finding, "evidence"> & {
  evidence: Evidence[] | PackedEvidence;
};

const COLUMNS = 4;
/** Stands for no user agent. */
const NONE = 0xffff;

/** Packs a finding for the store. */
export function packFinding(finding: Finding): StoredFinding {
  const { evidence } = finding;
  const numbers = new Map<string, number>();
  const number = (text: string) => {
    let known = numbers.get(text);
    if (known === undefined) numbers.set(text, known = numbers.size);
    return known;
  };
  const rows = new Uint16Array(evidence.length * COLUMNS);
  for (const [index, item] of evidence.entries()) {
    rows[index * COLUMNS] = number(item.method);
    rows[index * COLUMNS + 1] = number(item.path);
    rows[index * COLUMNS + 2] = item.user_agent === null
      ? NONE
      : number(item.user_agent);
    rows[index * COLUMNS + 3] = item.status;
  }
  const times = Float64Array.from(evidence, ({ timestamp }) => timestamp);
  return {
    ...finding,
    evidence: { texts: [...numbers.keys()], times, rows },
  };
}

/** Unpacks a stored finding. */
export function unpackFinding(stored: StoredFinding): Finding {
  const { evidence } = stored;
  if (Array.isArray(evidence)) return { ...stored, evidence };
  const { texts, times, rows } = evidence;
  return {
    ...stored,
    evidence: Array.from(times, (timestamp, index): Evidence => {
      const [method, path, agent, status] = rows.subarray(index * COLUMNS);
      return {
        timestamp,
        method: texts[method!]!,
        path: texts[path!]!,
        status: status!,
        user_agent: agent === NONE ? null : texts[agent!]!,
      };
    }),
  };
}
