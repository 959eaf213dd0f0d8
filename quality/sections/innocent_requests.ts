import { signalMask } from "../../lib/signals/signal.ts";
import { signalsOf } from "../../lib/signals/signals.ts";
import { type Case, readCases, requestOf } from "../cases.ts";
import type { QualityRow, Share } from "../section.ts";

export const about =
  "Single requests of people and programs that mean no harm: no signal but those that look just like an attack";

/** Counts by the application that the requests are for. */
export async function measure(): Promise<QualityRow[]> {
  const cases = await readCases("innocents/innocents.jsonl") as (Case & {
    app: string;
  })[];
  const apps = [...new Set(cases.map(({ app }) => app))].sort();
  return [
    ...apps.map((name) => ({
      name,
      harmless: counted(cases.filter(({ app }) => app === name)),
    })),
    { name: "all", harmless: { ...counted(cases), limit: 0.005 } },
  ];
}

function counted(cases: readonly Case[]): Share {
  const flagged = cases.filter((each) =>
    (signalsOf(requestOf(each)) & ~signalMask(each.tolerable ?? [])) !== 0
  );
  return { found: flagged.length, of: cases.length };
}
