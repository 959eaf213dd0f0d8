import {
  UndoEntry,
  undoId,
  undoParam,
} from "../../components/ui/undo_entry.tsx";
import { page } from "fresh";
import { Notice } from "../../components/ui/notice.tsx";
import { RehearsalResult } from "../../components/rules/rehearsal_result.tsx";
import { inWords, RuleTable } from "../../components/rules/rule_table.tsx";
import { appendAudit } from "../../lib/store/audit.ts";
import { defaultRules } from "../../lib/detection/job_options.ts";
import { type Rehearsal, rehearse } from "../../lib/detection/rehearse.ts";
import { parseChange } from "../../lib/detection/rule_change.ts";
import {
  changeRuleSetting,
  configured,
  isArmed,
  isWindowFixed,
  readRuleSettings,
  withSetting,
} from "../../lib/detection/rule_settings.ts";
import { DAY, parseDuration } from "../../lib/base/duration.ts";
import { ownValue } from "../../lib/base/own_value.ts";
import { readForm } from "../../lib/http/request_body.ts";
import { Refusal } from "../../lib/base/refusal.ts";
import { define, type State } from "../../signed_in.ts";

const DONE: Record<string, string> = {
  set: "Saved. It takes effect with the next run, within a minute.",
  reset: "Reset to the rule's defaults.",
  undo: "Undone.",
  gone: "This is no longer in effect: nothing was changed.",
};

/** The time limit of a page, in milliseconds. */
const PATIENCE_MS = 8_000;
const LONGEST_MS = 7 * DAY;

async function load(state: State, error: string | null) {
  const { jobSetup, kv } = state.services;
  const [rules, settings] = await Promise.all([
    defaultRules(jobSetup),
    readRuleSettings(kv),
  ]);
  const armed = Object.fromEntries(
    Object.entries(settings).map(([name, setting]) => [
      name,
      { ...setting, armed: true },
    ]),
  );
  const running = new Map(
    configured(rules, armed).map((rule) => [rule.name, rule]),
  );
  state.title = "Detection rules";
  return { rules, running, settings, error };
}

/** `threshold` and `window` of a form; empty fields are unchanged. */
function changeOf(params: URLSearchParams) {
  return parseChange(
    ["threshold", "window"].filter((name) => params.get(name)?.trim())
      .map((name) => `${name}=${params.get(name)!.replaceAll(",", "")}`)
      .join(","),
  );
}

async function rehearsed(
  state: State,
  params: URLSearchParams,
): Promise<Rehearsal | null> {
  const rule = params.get("rehearse");
  if (!rule) return null;
  const { jobSetup, now, log } = state.services;
  const span = Math.min(
    parseDuration(params.get("since") || "24h"),
    LONGEST_MS,
  );
  const { windowMs, threshold } = changeOf(params);
  await log.flush();
  const to = now();
  const all = await defaultRules(jobSetup);
  const known = all.find(({ name }) => name === rule);
  return await rehearse(jobSetup, {
    rule,
    // The window of a rule over findings cannot be changed, but the form contains it.
    change: {
      threshold,
      windowMs: windowMs === known?.windowMs ? undefined : windowMs,
    },
    from: to - span,
    to,
    patienceMs: PATIENCE_MS,
  });
}

/** The fields of this page's forms. */
const FIELDS = ["action", "rule", "threshold", "window", "armed", "since"];

export const handler = define.handlers({
  async GET(ctx) {
    const { searchParams } = ctx.url;
    try {
      const result = await rehearsed(ctx.state, searchParams);
      return page({ ...await load(ctx.state, null), result });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const data = await load(ctx.state, error.message);
      return page({ ...data, result: null }, { status: 422 });
    }
  },

  async POST(ctx) {
    const { services, user, visitor } = ctx.state;
    const { kv, jobSetup, now } = services;
    const form = await readForm(ctx.req, FIELDS);
    const name = form.get("rule") ?? "";
    const action = form.get("action") ?? "";
    const rule = (await defaultRules(jobSetup)).find((rule) =>
      rule.name === name
    );
    if (rule === undefined || action !== "set" && action !== "reset") {
      throw new Refusal(
        "malformed",
        "Cannot change rules: unknown rule or action",
      );
    }
    const nothing = { threshold: undefined, windowMs: undefined };
    let change = { ...nothing, armed: undefined as false | undefined };
    if (action === "set") {
      try {
        const { threshold, windowMs } = changeOf(form);
        change = {
          // A value equal to the rule's file is not stored, so that it follows the file.
          threshold: threshold === rule.threshold ? undefined : threshold,
          windowMs: windowMs === rule.windowMs ? undefined : windowMs,
          armed: form.get("armed") === "1" ? undefined : false,
        } as typeof change;
        withSetting(rule, change);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        const data = await load(ctx.state, error.message);
        return page({ ...data, result: null }, { status: 422 });
      }
    }
    const before = (await readRuleSettings(kv))[name] ?? {};
    const after = (await changeRuleSetting(kv, name, change))[name] ?? {};
    const entry = await appendAudit(kv, {
      who: user.username,
      what: "change_rule",
      target: name,
      from: visitor.ip,
      why: JSON.stringify(change),
      reverse: { kind: "rule", name, before, after },
    }, now());
    return ctx.redirect(
      `/admin/rules?done=${action}&undo=${undoId(entry)}#${name}`,
      303,
    );
  },
});

export default define.page<typeof handler>(function Rules({ data, url }) {
  const { rules, running, settings, error, result } = data;
  const done = ownValue(DONE, url.searchParams.get("done"));
  const undo = undoParam(url.searchParams);
  const apply = applyOf(url.searchParams, data);
  return (
    <>
      <h1>Detection rules</h1>
      {error && <Notice kind="bad">{error}</Notice>}
      {done && !error && (
        <Notice kind="good">
          {done} {undo && <UndoEntry id={undo} back="/admin/rules" />}
        </Notice>
      )}
      <p class="muted">
        Every rule runs each minute over the current hour, and once over the
        whole hour when it has ended. A rule that is disabled does not run, but
        can be rehearsed on the stored requests.
      </p>
      {result && <RehearsalResult result={result} apply={apply} />}
      <RuleTable
        rules={rules}
        running={running}
        settings={settings}
        rehearsed={result && apply && { rule: result.rule, ...apply }}
      />
    </>
  );
});

/** The rehearsed values, if they differ from the current ones and can be changed here. */
function applyOf(
  params: URLSearchParams,
  { running, settings }: Pick<
    Awaited<ReturnType<typeof load>>,
    "running" | "settings"
  >,
): { threshold: string; window: string; armed: boolean } | null {
  const rule = running.get(params.get("rehearse") ?? "");
  if (rule === undefined || rule.isFixed) return null;
  const threshold = params.get("threshold")?.trim() || String(rule.threshold);
  const window = isWindowFixed(rule)
    ? ""
    : params.get("window")?.trim() || inWords(rule.windowMs);
  const isSame = threshold === String(rule.threshold) &&
    (window === "" || window === inWords(rule.windowMs));
  return isSame
    ? null
    : { threshold, window, armed: isArmed(settings, rule.name) };
}
