import { page } from "fresh";
import { lockedBy } from "../../components/policy/lock.tsx";
import { PolicyChange } from "../../components/policy/policy_change.tsx";
import { ForATime } from "../../components/policy/for_a_time.tsx";
import { PolicyRules } from "../../components/policy/policy_rules.tsx";
import { Notice } from "../../components/ui/notice.tsx";
import { Time } from "../../components/ui/time.tsx";
import { Refusal } from "../../lib/base/refusal.ts";
import { ownValue } from "../../lib/base/own_value.ts";
import {
  type PolicyForm,
  policyStep,
  REHEARSED_OVER,
} from "../../lib/console/policy_form.ts";
import { wordParam } from "../../lib/http/list_query.ts";
import { readForm } from "../../lib/http/request_body.ts";
import {
  BOT_ACTIONS,
  draftText,
  withBotRule,
  withoutRule,
} from "../../lib/policy/draft.ts";
import { fixedRules } from "../../lib/policy/fixed_rules.ts";
import type { PolicySource } from "../../lib/policy/policy.ts";
import { applyPolicy, restorePolicy } from "../../lib/policy/policy_store.ts";
import { readRuleCounts } from "../../lib/policy/rule_counts.ts";
import { temporaryRules } from "../../lib/policy/temporary.ts";
import { define, type State } from "../../signed_in.ts";
import { DAY } from "../../lib/base/duration.ts";

const FIELDS = [
  ...["action", "declaration", "since", "rehearsed", "leave_out"],
  "version",
];

/** The number of days of rule matches shown. */
const DAYS = 7;

const DONE: Record<string, string> = {
  apply: "Applied. It takes effect everywhere within a second.",
  undo: "Undone: the previous policy is in force again.",
  replaced: "Not undone: the policy has been changed since.",
};

export const handler = define.handlers({
  async GET(ctx) {
    const { policy } = ctx.state.services;
    const params = ctx.url.searchParams;
    const { declared } = policy;
    const action = params.has("action")
      ? wordParam(params, "action", BOT_ACTIONS)
      : null;
    const bot = params.get("bot");
    const without = params.get("without");
    if ((bot === null) !== (action === null)) {
      throw new Refusal(
        "malformed",
        `Cannot propose a rule: expected bot and action, ${
          BOT_ACTIONS.join(", ")
        }`,
      );
    }
    const proposed = bot !== null
      ? withBotRule(declared, bot, action!)
      : without !== null
      ? withoutRule(declared, without)
      : null;
    const declaration = draftText(proposed ?? declared);
    const form = proposed === null
      ? { declaration, since: "7d", problems: [], status: 200, rehearsal: null }
      : await policyStep(ctx.state.services, {
        action: "rehearse",
        declaration,
        since: "7d",
        from: ctx.state.visitor.ip,
      });
    return await show(ctx.state, form);
  },

  async POST(ctx) {
    const { services, user, visitor } = ctx.state;
    const { policy, kv, now } = services;
    const form = await readForm(ctx.req, FIELDS);
    const who = { by: user.username, from: visitor.ip, now: now() };
    if (form.get("action") === "undo") {
      const { source } = policy;
      const canUndo = source.kind === "store" && source.version > 0 &&
        form.get("version") === `${source.version}`;
      if (canUndo) {
        await restorePolicy(kv, source.version - 1, who);
        await policy.poll();
      }
      const done = canUndo ? "undo" : "replaced";
      return ctx.redirect(`/admin/policy?done=${done}`, 303);
    }
    const step = await policyStep(services, {
      action: form.get("action"),
      declaration: form.get("declaration") ?? "",
      since: form.get("since") ?? "7d",
      rehearsed: form.get("rehearsed"),
      leaveOut: form.get("leave_out"),
      from: visitor.ip,
    });
    if (step.apply === undefined) return await show(ctx.state, step);
    if (policy.source.kind !== "store") {
      throw new Refusal(
        "conflict",
        "Cannot apply these rules: others are in force for this process",
      );
    }
    await applyPolicy(kv, { rules: step.apply, ...who });
    await policy.poll();
    return ctx.redirect("/admin/policy?done=apply", 303);
  },
});

async function show(state: State, form: PolicyForm) {
  const { policy, config, kv, now } = state.services;
  state.title = "Policy";
  await policy.writeCounts();
  const to = now();
  const from = to - DAYS * DAY;
  return page({
    form,
    rules: policy.rules,
    fixed: fixedRules(config),
    counts: await readRuleCounts(kv, { from, to }),
    temporary: await temporaryRules(kv, to),
    source: policy.source,
    now: to,
  }, { status: form.status });
}

export default define.page<typeof handler>(function PolicyPage({ data, url }) {
  const { source, form, now } = data;
  const done = url.searchParams.get("done");
  const said = ownValue(DONE, done);
  const isHere = source.kind === "store";
  return (
    <>
      <h1>Policy</h1>
      {said && (
        <Notice kind={done === "replaced" ? "bad" : "good"}>
          {said}
          {done === "apply" && isHere && (
            <form method="post" class="inline">
              <input type="hidden" name="version" value={source.version} />
              <button
                type="submit"
                class="quiet small"
                name="action"
                value="undo"
              >
                Undo
              </button>
            </form>
          )}
        </Notice>
      )}
      <section class="panel flush" aria-labelledby="rules-title">
        <div class="head">
          <h2 id="rules-title">In force</h2>
          <p class="muted">
            <Source source={source} now={now} />{" "}
            Rules are evaluated in this order, after the safelist and the
            blocklist.
          </p>
        </div>
        <PolicyRules
          {...data}
          days={DAYS}
          lockedBy={lockedBy(source)}
        />
      </section>
      <ForATime temporary={data.temporary} now={now} />
      <PolicyChange form={form} spans={REHEARSED_OVER} canApply={isHere} />
    </>
  );
});

function Source({ source, now }: { source: PolicySource; now: number }) {
  switch (source.kind) {
    case "file":
      return (
        <>
          These rules are in <code>{source.file}</code>{" "}
          and can only be changed there.
        </>
      );
    case "options":
      return <>These rules are options of the program.</>;
    case "store":
      return source.version === 0 || source.at === null
        ? <>No rules have been applied yet.</>
        : (
          <>
            Version {source.version}, applied by {source.by}{" "}
            <Time at={source.at} now={now} />.
          </>
        );
  }
}
