import type { Impact } from "../log/impact.ts";

/** An impact as in the API. */
export type ImpactItem = Omit<Impact, "last_seen_at" | "refusal"> & {
  /** ISO 8601, UTC. */
  last_seen_at: string | null;
};

/** Converts an impact for the API. */
export function impactItem(impact: Impact): ImpactItem {
  const { refusal: _, last_seen_at, ...rest } = impact;
  return {
    ...rest,
    last_seen_at: last_seen_at === null
      ? null
      : new Date(last_seen_at).toISOString(),
  };
}
