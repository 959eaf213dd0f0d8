import type { Incident } from "../detection/incidents/incident.ts";
import { listIncidents } from "../detection/incidents/store.ts";

/** The count of open incidents ends here. */
const MOST = 500;

/** The incidents without a decision, the most serious first, then the latest. */
export async function openIncidents(
  kv: Deno.Kv,
  now: number,
): Promise<Incident[]> {
  const { items } = await listIncidents(kv, { active: true, limit: MOST, now });
  return items;
}
