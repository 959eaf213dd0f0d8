import type { Outcome } from "../../lib/log/request_record.ts";

const KINDS: Record<Outcome, string> = {
  allowed: "plain",
  blocked: "bad",
  limited: "warn",
  challenged: "warn",
};
const MARKS: Record<Outcome, string> = {
  allowed: "✓",
  blocked: "✕",
  limited: "◷",
  challenged: "?",
};

/** The outcome of a request as a word, a mark and a colour; ordinary ones are plain. */
export function OutcomeBadge({ outcome }: { outcome: Outcome }) {
  return (
    <span class={`badge ${KINDS[outcome]}`}>
      <span aria-hidden="true">{MARKS[outcome]}</span>
      {outcome}
    </span>
  );
}

/** An HTTP status, coloured by its class; ordinary ones are plain. */
export function StatusBadge({ status }: { status: number }) {
  const kind = status >= 500 ? "bad" : status >= 400 ? "warn" : "plain";
  return <span class={`badge ${kind}`}>{status}</span>;
}
