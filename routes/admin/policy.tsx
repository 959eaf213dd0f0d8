import { page } from "fresh";
import { Notice } from "../../components/ui/notice.tsx";
import { PolicyRehearsalResult } from "../../components/policy/policy_rehearsal.tsx";
import { PolicyRules } from "../../components/policy/policy_rules.tsx";
import { Time } from "../../components/ui/time.tsx";
import { Refusal } from "../../lib/base/refusal.ts";
import { parseDuration } from "../../lib/base/duration.ts";
import { ownValue } from "../../lib/console/own_value.ts";
import { rehearsalAsked } from "../../lib/console/policy_rehearsal.ts";
import { readForm } from "../../lib/http/request_body.ts";
import { fixedRules } from "../../lib/policy/fixed_rules.ts";
import type { PolicySource } from "../../lib/policy/policy.ts";
import { applyPolicy } from "../../lib/policy/policy_store.ts";
import {
  type Declaration,
  readPolicy,
  readRules,
} from "../../lib/policy/read_rules.ts";
import type { PolicyRehearsal } from "../../lib/policy/rehearse.ts";
import { issueText, PolicyError } from "../../lib/policy/rule_error.ts";
import { sha256Hex } from "../../lib/store/sha256.ts";
import { define, type State } from "../../signed_in.ts";

const FIELDS = ["action", "declaration", "since", "rehearsed"];
const SPANS = ["24h", "7d", "30d"];

/** How long a rehearsal may take, in milliseconds: somebody waits for the page. */
const BUDGET_MS = 5_000;

const DONE: Record<string, string> = {
  apply:
    "Applied: it holds in every process within a second. The audit trail has an undo.",
};

interface Form {
  declaration: string;
  since: string;
  result: PolicyRehearsal | null;
  problems: string[];
}

export const handler = define.handlers({
  GET(ctx) {
    return show(ctx.state, {
      declaration: textOf(ctx.state.services.policy.declared),
      since: "7d",
      result: null,
      problems: [],
    }, 200);
  },

  async POST(ctx) {
    const { services, user, visitor } = ctx.state;
    const { policy, kv, now } = services;
    const form = await readForm(ctx.req, FIELDS);
    const action = form.get("action");
    if (action !== "rehearse" && action !== "apply") {
      throw new Refusal(
        "malformed",
        "Cannot change the policy: unknown action",
      );
    }
    // Browsers send other line ends than they show.
    const declaration = (form.get("declaration") ?? "").replaceAll(
      "\r\n",
      "\n",
    );
    const since = form.get("since") ?? "7d";
    let read: Declaration;
    try {
      read = readPolicy(declaration);
    } catch (error) {
      if (!(error instanceof PolicyError)) throw error;
      const problems = error.issues.map(issueText);
      return show(
        ctx.state,
        { declaration, since, result: null, problems },
        422,
      );
    }
    const isRehearsed = form.get("rehearsed") === sha256Hex(declaration);
    if (action === "rehearse" || !isRehearsed) {
      const result = await rehearsed(ctx.state, read, since);
      const problems = action === "apply"
        ? [
          "Not applied yet: this text has not been rehearsed. Its rehearsal is below.",
        ]
        : [];
      const status = action === "apply" ? 409 : 200;
      return show(ctx.state, { declaration, since, result, problems }, status);
    }
    if (policy.source.kind !== "store") {
      throw new Refusal(
        "conflict",
        "Cannot apply these rules: others hold for this process",
      );
    }
    await applyPolicy(kv, {
      rules: read.declared,
      by: user.username,
      from: visitor.ip,
      now: now(),
    });
    await policy.poll();
    return ctx.redirect("/admin/policy?done=apply", 303);
  },
});

function show(state: State, form: Form, status: number) {
  const { policy, config, now } = state.services;
  state.title = "Policy";
  return page({
    ...form,
    declared: policy.declared,
    rules: readRules(policy.declared).rules,
    fixed: fixedRules(config),
    source: policy.source,
    now: now(),
  }, { status });
}

async function rehearsed(
  { services, visitor }: State,
  { declared }: Declaration,
  since: string,
): Promise<PolicyRehearsal> {
  return await rehearsalAsked(services, {
    rules: declared,
    since: services.now() - parseDuration(since),
    from: visitor.ip,
    budgetMs: BUDGET_MS,
  });
}

/** A declaration as somebody would write it: a rule a line. */
function textOf(rules: readonly unknown[]): string {
  const lines = rules.map((rule) => `    ${JSON.stringify(rule)}`).join(",\n");
  return `{\n  "rules": [${lines && `\n${lines}\n  `}]\n}\n`;
}

export default define.page<typeof handler>(function PolicyPage({ data, url }) {
  const { source, result, problems, declaration } = data;
  const done = ownValue(DONE, url.searchParams.get("done"));
  const isHere = source.kind === "store";
  return (
    <>
      <h1>Policy</h1>
      {done && <Notice kind="good">{done}</Notice>}
      {problems.length > 0 && (
        <Notice kind="bad">
          {problems.map((problem) => <div key={problem}>{problem}</div>)}
        </Notice>
      )}
      <p class="muted">
        <Source source={source} now={data.now} />{" "}
        Rules are asked in the order allow, refuse, challenge, limit, track,
        after the safelist and the blocklist.
      </p>
      <section class="panel flush" aria-labelledby="rules-title">
        <div class="head">
          <h2 id="rules-title">In force</h2>
        </div>
        <PolicyRules {...data} />
      </section>
      {result && <PolicyRehearsalResult result={result} />}
      <form method="post" class="panel">
        <label for="declaration">
          {isHere ? "Change the policy" : "Try a policy"}
        </label>
        <textarea
          id="declaration"
          name="declaration"
          class="mono"
          rows={16}
          spellcheck={false}
          required
          aria-describedby="declaration-help"
        >
          {declaration}
        </textarea>
        <p class="muted" id="declaration-help">
          JSON with comments. Before it is applied it is rehearsed on the stored
          requests.
        </p>
        {result && (
          <input
            type="hidden"
            name="rehearsed"
            value={sha256Hex(declaration)}
          />
        )}
        <div class="row">
          <label for="since">Rehearse over the last</label>
          <select id="since" name="since">
            {SPANS.map((span) => (
              <option key={span} selected={span === data.since}>{span}</option>
            ))}
          </select>
          <button type="submit" name="action" value="rehearse">Rehearse</button>
          {isHere && result && (
            <button type="submit" name="action" value="apply" class="primary">
              Apply
            </button>
          )}
        </div>
      </form>
    </>
  );
});

function Source({ source, now }: { source: PolicySource; now: number }) {
  switch (source.kind) {
    case "file":
      return (
        <>
          These rules are in <code>{source.file}</code>{" "}
          and are changed there, not here.
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
