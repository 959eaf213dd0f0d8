import { page } from "fresh";
import { PolicyRehearsalResult } from "../../../components/policy/policy_rehearsal.tsx";
import { aboutPath } from "../../../components/ui/about_link.tsx";
import { Notice } from "../../../components/ui/notice.tsx";
import { Num } from "../../../components/ui/number.tsx";
import {
  UndoEntry,
  undoId,
  undoParam,
} from "../../../components/ui/undo_entry.tsx";
import { ownValue } from "../../../lib/base/own_value.ts";
import { Refusal } from "../../../lib/base/refusal.ts";
import { lastAction } from "../../../lib/console/last_action.ts";
import { rehearsalAsked } from "../../../lib/console/policy_rehearsal.ts";
import { readTraffic } from "../../../lib/console/traffic.ts";
import { readForm } from "../../../lib/http/request_body.ts";
import { requestFilter } from "../../../lib/log/request_filter.ts";
import {
  isOperatorBlocked,
  operatorRule,
  withOperator,
} from "../../../lib/policy/operator_rule.ts";
import { applyPolicy } from "../../../lib/policy/policy_store.ts";
import { readRules } from "../../../lib/policy/read_rules.ts";
import { define, type State } from "../../../signed_in.ts";
import { DAY } from "../../../lib/base/duration.ts";

const WEEK_MS = 7 * DAY;
/** The time limit of the rehearsal and the count, in milliseconds. */
const REHEARSAL_MS = 4_000;
const COUNT_MS = 700;

const DONE: Record<string, string> = {
  block: "Blocked. It takes effect everywhere within a second.",
  unblock: "Unblocked.",
};

const FIELDS = ["action", "force"];

function asnOf(params: URLSearchParams): number {
  const text = params.get("asn")?.replace(/^AS/i, "") ?? "";
  const asn = /^\d{1,10}$/.test(text) ? Number(text) : NaN;
  if (!(asn > 0 && asn < 2 ** 32)) {
    throw new Refusal(
      "malformed",
      `Cannot block operator "${text}": expected its number, such as 64500`,
    );
  }
  return asn;
}

async function load(state: State, asn: number, error: string | null) {
  const { services, visitor } = state;
  const { kv, now, policy, addresses } = services;
  const isBlocked = isOperatorBlocked(policy.declared, asn);
  const filter = requestFilter(
    new URLSearchParams({ asn: `${asn}` }),
    addresses,
  );
  const [rehearsal, traffic] = await Promise.all([
    isBlocked ? null : rehearsalAsked(services, {
      rules: [operatorRule(asn)],
      since: now() - WEEK_MS,
      from: visitor.ip,
      budgetMs: REHEARSAL_MS,
    }),
    readTraffic(kv, {
      ...{ since: now() - WEEK_MS, until: now() + 1, by: "day" },
      ...{ filter, top: 10, budgetMs: COUNT_MS },
    }, now),
  ]);
  const known = traffic.more.operators[0]?.name;
  const name = known ? `${known} (AS${asn})` : `AS${asn}`;
  state.title = `Block ${name}`;
  return {
    asn,
    name,
    isBlocked,
    rehearsal,
    traffic,
    isHere: policy.source.kind === "store",
    error,
  };
}

export const handler = define.handlers({
  async GET(ctx) {
    const asn = asnOf(ctx.url.searchParams);
    return page(await load(ctx.state, asn, null));
  },

  async POST(ctx) {
    const { services, user, visitor } = ctx.state;
    const { kv, now, policy } = services;
    const asn = asnOf(ctx.url.searchParams);
    const form = await readForm(ctx.req, FIELDS);
    const action = form.get("action");
    if (action !== "block" && action !== "unblock") {
      throw new Refusal("malformed", "Cannot change the block: unknown action");
    }
    if (policy.source.kind !== "store") {
      throw new Refusal(
        "conflict",
        "Cannot change the policy here: a file or the program declares it",
      );
    }
    if (action === "block" && form.get("force") !== "1") {
      const data = await load(ctx.state, asn, null);
      if (data.rehearsal?.rules.some((rule) => rule.includes_you)) {
        const error =
          "Not blocked: your own address is of this operator, and you would be locked out.";
        return page({ ...data, error }, { status: 409 });
      }
    }
    await applyPolicy(kv, {
      rules: withOperator(policy.declared, asn, action === "block"),
      by: user.username,
      from: visitor.ip,
      why: `${action} AS${asn}`,
      now: now(),
    });
    await policy.poll();
    const query = new URLSearchParams({ asn: String(asn), done: action });
    const entry = await lastAction(kv, now(), {
      who: user.username,
      what: "apply_policy",
    });
    if (entry) query.set("undo", undoId(entry));
    return ctx.redirect(`/admin/blocked/operator?${query}`, 303);
  },
});

export default define.page<typeof handler>(function BlockOperator(
  { data, url },
) {
  const { asn, name, isBlocked, rehearsal, traffic, isHere, error } = data;
  const done = ownValue(DONE, url.searchParams.get("done"));
  const undo = undoParam(url.searchParams);
  const includesYou = rehearsal?.rules.some((rule) => rule.includes_you);
  const { bots, usernames } = traffic.more;
  return (
    <>
      <p>
        <a href={aboutPath("asn", String(asn))}>← {name}</a>
      </p>
      <h1>{isBlocked ? `${name} is blocked` : `Block ${name}`}</h1>
      {error && <Notice kind="bad">{error}</Notice>}
      {done && !error && (
        <Notice kind="good">
          {done} {undo && <UndoEntry id={undo} />}
        </Notice>
      )}
      {!isHere && (
        <Notice kind="warn">
          The policy is declared in a file or by the program, and can only be
          changed there: <code>{JSON.stringify(operatorRule(asn))}</code>
        </Notice>
      )}
      <section class="panel">
        <h2>Who is affected</h2>
        <p class={usernames.length > 0 ? "notice warn" : undefined}>
          In the last 7 days: <Num value={traffic.totals.requests} />{" "}
          requests of <Num value={traffic.totals.clients} /> addresses,{" "}
          {usernames.length === 0
            ? "nobody signed in"
            : `signed-in users: ${
              usernames.map(({ name }) => name).join(", ")
            }`}
          {bots.length > 0 &&
            `, crawlers and tools: ${bots.map(({ name }) => name).join(", ")}`}
          {includesYou && ", includes you"}.
        </p>
        <p class="muted">
          This adds a rule to the policy, without expiry; safelisted addresses
          are still allowed.
        </p>
        {isHere && (
          <form method="post" class="row">
            {includesYou && (
              <label class="inline">
                <input type="checkbox" name="force" value="1" />{" "}
                Block it although it includes your own address
              </label>
            )}
            {isBlocked
              ? (
                <button type="submit" name="action" value="unblock">
                  Unblock {name}
                </button>
              )
              : (
                <button
                  type="submit"
                  class="danger"
                  name="action"
                  value="block"
                >
                  Block {name}
                </button>
              )}
          </form>
        )}
      </section>
      {rehearsal && (
        <PolicyRehearsalResult
          result={rehearsal}
          rules={readRules([operatorRule(asn)]).rules}
        />
      )}
    </>
  );
});
