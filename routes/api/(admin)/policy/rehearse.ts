import * as v from "valibot";
import { parseDuration } from "../../../../lib/base/duration.ts";
import { orPolicyProblem } from "../../../../lib/console/policy_problem.ts";
import { rehearsalAsked } from "../../../../lib/console/policy_rehearsal.ts";
import { parseTime } from "../../../../lib/http/list_query.ts";
import { readJson } from "../../../../lib/http/request_body.ts";
import { Refusal } from "../../../../lib/base/refusal.ts";
import { define } from "../../../../signed_in.ts";

const Body = v.object({
  rules: v.array(v.unknown(), "expected a list"),
  since: v.pipe(v.string("expected a time or an age"), v.maxLength(64)),
});

/** The time limit, in milliseconds: scripts can wait, connections not for ever. */
const BUDGET_MS = 20_000;

export const handler = define.handlers({
  async POST(ctx) {
    const { services, visitor } = ctx.state;
    const { rules, since } = await readJson(ctx.req, Body);
    const from = sinceOf(since, services.now());
    return await orPolicyProblem(async () => {
      const result = await rehearsalAsked(services, {
        rules,
        since: from,
        from: visitor.ip,
        budgetMs: BUDGET_MS,
      });
      return ctx.json({
        ...result,
        since: new Date(result.since).toISOString(),
        until: new Date(result.until).toISOString(),
      });
    });
  },
});

function sinceOf(text: string, now: number): number {
  const time = parseTime(text);
  if (time !== null && time <= now) return time;
  try {
    if (time === null) return now - parseDuration(text);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
  }
  throw new Refusal(
    "invalid",
    `Cannot rehearse since "${text}": expected a time in the past, or an age such as 7d`,
  );
}
