import { signalsOf } from "../../lib/signals/signals.ts";
import { type Case, readCases, requestOf } from "../cases.ts";
import type { QualityRow, Share } from "../section.ts";

export const about =
  "Single requests of a public rule set's tests: a signal where there is an attack, none where there is none";

/** Levels 1 and 2 are for everybody; 3 and 4 object to much that is harmless. */
const EVERYBODY = 2;
/** What an access log can show. */
const LOGGED = new Set(["query", "path", "user-agent", "referer"]);
/** Rules of a site about what it accepts: a request against them need be no attack. */
const ENFORCEMENT = /enforcement$/;
/** Whether a session's name was planted, only the app can tell. */
const ASIDE = "session-fixation";

const isLogged = ({ where }: Case) => where.some((part) => LOGGED.has(part));

/** Counts by family, and then by where the attack stands. */
export async function measure(): Promise<QualityRow[]> {
  const cases = await readCases("attacks.jsonl");
  const attacks = cases.filter(({ expect, level, family }) =>
    expect === "attack" && level <= EVERYBODY && family !== ASIDE
  );
  const harmless = cases.filter(({ expect, also_level, family }) =>
    expect === "harmless" && also_level == null && !ENFORCEMENT.test(family)
  );
  const families = [
    ...new Set([...attacks, ...harmless].map(({ family }) => family)),
  ].sort();
  const of = (all: Case[], family: string) =>
    counted(all.filter((each) => each.family === family));
  return [
    ...families.map((name) => ({
      name,
      attacks: of(attacks, name),
      harmless: of(harmless, name),
    })),
    {
      name: "all that an access log shows",
      attacks: { ...counted(attacks.filter(isLogged)), limit: 0.97 },
      harmless: { ...counted(harmless), limit: 0.01 },
    },
    {
      name: "all in cookies, other fields and bodies",
      attacks: {
        ...counted(attacks.filter((each) => !isLogged(each))),
        limit: 0.88,
      },
    },
  ];
}

function counted(cases: readonly Case[]): Share {
  const found = cases.filter((each) => signalsOf(requestOf(each)) !== 0);
  return { found: found.length, of: cases.length };
}
