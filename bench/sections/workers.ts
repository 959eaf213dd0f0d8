import { startServer } from "../../tests/_server.ts";
import { compareThroughput } from "../compare.ts";
import type { Figure } from "../figure.ts";
import { newStore } from "../process.ts";
import type { BenchOptions } from "../section.ts";

/** The app's home page served by two processes and by one; the load takes a core, too. */
export async function measure(options: BenchOptions): Promise<Figure[]> {
  await using two = await startServer({
    kvPath: newStore(options),
    env: { WORKERS: "2", GEO_PROVIDER: "off" },
  });
  await using one = await startServer({
    kvPath: newStore(options),
    env: { GEO_PROVIDER: "off" },
  });
  const connections = 64;
  return [
    await compareThroughput(
      options,
      `WORKERS=2 ÷ 1, home page, ${connections} connections`,
      [`${two.origin}/`, { connections }],
      [`${one.origin}/`, { connections }],
    ),
  ];
}
