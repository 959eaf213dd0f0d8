import { page } from "fresh";
import {
  BotActions,
  TreatmentLabel,
} from "../../components/policy/bot_actions.tsx";
import { Lock, lockedBy } from "../../components/policy/lock.tsx";
import { Notice } from "../../components/ui/notice.tsx";
import { Num } from "../../components/ui/number.tsx";
import { RangePicker } from "../../components/ui/range_picker.tsx";
import { type Column, Table } from "../../components/ui/table.tsx";
import { Time } from "../../components/ui/time.tsx";
import {
  type BotVisits,
  botVisits,
  byCategory,
  type CategoryVisits,
} from "../../lib/console/bot_visits.ts";
import { dashboardRange } from "../../lib/console/dashboard_range.ts";
import { createPacer } from "../../lib/detection/pacer.ts";
import { isBotWord } from "../../lib/policy/bot_words.ts";
import { treatmentOf } from "../../lib/policy/draft.ts";
import type { Rule } from "../../lib/policy/rule.ts";
import { define } from "../../signed_in.ts";

/** The time limit of reading the log, in milliseconds. */
const BUDGET_MS = 3_000;

export const handler = define.handlers({
  async GET(ctx) {
    const { kv, now, crawlers, metrics, policy } = ctx.state.services;
    ctx.state.title = "Bots";
    const range = dashboardRange(ctx.url.searchParams, now());
    const report = await botVisits({
      ...{ kv, now, budgetMs: BUDGET_MS },
      range: { from: range.since, to: range.until },
      verdictOf: (ip, agent) => crawlers.peek(ip, agent),
      pace: createPacer({ answered: () => metrics.total }),
    });
    return page({
      ...{ range, report, now: now() },
      rules: policy.rules,
      locked: lockedBy(policy.source),
    });
  },
});

export default define.page<typeof handler>(function Bots({ data }) {
  const { range, report, rules, locked, now } = data;
  const categories = byCategory(report.bots);
  return (
    <>
      <h1>Bots</h1>
      <p class="muted">
        Crawlers and tools by their user agent. Verified means that DNS or
        ranges published by the operator confirm it. {locked === null && (
          <>
            An action that is chosen here becomes a rule of the{" "}
            <a href="/admin/policy">policy</a>, which is rehearsed on the stored
            requests before it is applied; crawlers also find it in{" "}
            <a href="/robots.txt">robots.txt</a>.
          </>
        )}
      </p>
      {locked !== null && (
        <p>
          <Lock /> <code>{locked}</code> fixes the{" "}
          <a href="/admin/policy">policy</a>. An action that is chosen here is
          rehearsed on the stored requests, but cannot be applied here.
        </p>
      )}
      <RangePicker range={range} keep={{}} />
      {!report.isWhole && (
        <Notice kind="warn">
          Not everything could be counted in time: the numbers are of the
          requests up to <Time at={report.until} now={now} />.
        </Notice>
      )}
      <section class="panel flush" aria-labelledby="bots-title">
        <div class="head">
          <h2 id="bots-title">Crawlers and tools</h2>
          <p>
            <Num value={report.of_bots} /> of <Num value={report.requests} />
            {" "}
            requests.
          </p>
        </div>
        {report.bots.length === 0
          ? (
            <p class="empty">
              No crawler or tool came in this period. Choose a longer one, or
              {" "}
              <a href="/admin/policy">write a rule</a> for when they do.
            </p>
          )
          : (
            <Table
              label="Bots"
              rows={report.bots}
              keyOf={({ bot }) => bot.name}
              columns={botColumns(rules, now)}
            />
          )}
      </section>
      <section class="panel flush" aria-labelledby="categories-title">
        <h2 id="categories-title">By category</h2>
        <Table
          label="Categories of bots"
          rows={categories}
          keyOf={({ category }) => category}
          columns={categoryColumns(rules)}
        />
      </section>
    </>
  );
});

const log = (fields: Record<string, string>) =>
  `/admin/requests?${new URLSearchParams(fields)}`;

function botColumns(
  rules: readonly Rule[],
  now: number,
): Column<BotVisits>[] {
  const treated = ({ bot }: BotVisits) =>
    treatmentOf(rules, [bot.name, bot.category]);
  return [
    {
      header: "Name",
      isRowHeader: true,
      narrow: "first",
      cell: ({ bot }) => <a href={log({ bot: bot.name })}>{bot.name}</a>,
    },
    {
      header: "Category",
      narrow: "first",
      cell: ({ bot }) => <a href={log({ bot: bot.category })}>{bot.category}
      </a>,
    },
    {
      header: "Requests",
      class: "number",
      cell: ({ requests }) => <Num value={requests} />,
    },
    {
      header: "Refused",
      class: "number",
      cell: ({ refused }) => <Num value={refused} />,
    },
    {
      header: "Addresses",
      class: "number",
      cell: ({ addresses }) => <Num value={addresses} />,
    },
    { header: "Verified", cell: ({ verdicts }) => <Verdicts {...verdicts} /> },
    {
      header: "Most asked for",
      class: "paths",
      cell: ({ bot, paths }) =>
        paths.map(({ path, requests }) => (
          <div key={path} class="mono" title={path}>
            <Num value={requests} />{" "}
            <a href={log({ bot: bot.name, path })}>{path}</a>
          </div>
        )),
    },
    {
      header: "Last seen",
      class: "nowrap",
      cell: ({ last_seen }) => <Time at={last_seen} now={now} />,
    },
    {
      header: "Policy",
      class: "nowrap",
      cell: (visits) => <TreatmentLabel treatment={treated(visits)} />,
    },
    {
      header: "Change",
      isHeaderHidden: true,
      narrow: "bare",
      cell: (visits) =>
        isBotWord(visits.bot.name) && (
          <BotActions bot={visits.bot.name} treatment={treated(visits)} />
        ),
    },
  ];
}

function categoryColumns(rules: readonly Rule[]): Column<CategoryVisits>[] {
  const treated = ({ category }: CategoryVisits) =>
    treatmentOf(rules, [category]);
  return [
    {
      header: "Category",
      isRowHeader: true,
      narrow: "first",
      cell: ({ category }) => <a href={log({ bot: category })}>{category}</a>,
    },
    {
      header: "What it is for",
      class: "long",
      narrow: "bare",
      cell: ({ category }) => MEANINGS[category],
    },
    {
      header: "Requests",
      class: "number",
      cell: ({ requests }) => <Num value={requests} />,
    },
    {
      header: "Names",
      class: "number",
      cell: ({ names }) => <Num value={names} />,
    },
    {
      header: "Policy",
      class: "nowrap",
      cell: (visits) => <TreatmentLabel treatment={treated(visits)} />,
    },
    {
      header: "Change",
      isHeaderHidden: true,
      narrow: "bare",
      cell: (visits) => (
        <BotActions bot={visits.category} treatment={treated(visits)} />
      ),
    },
  ];
}

const MEANINGS: Record<CategoryVisits["category"], string> = {
  search: "search engines",
  "ai-training": "collects texts to train AI models",
  "ai-answer": "fetches pages to answer questions to an AI assistant",
  seo: "collects data about sites for SEO tools",
  preview: "creates previews of shared links",
  feed: "reads feeds",
  monitor: "monitors whether a site is up",
  archive: "archives pages",
  research: "surveys the internet",
  tool: "programs and libraries",
  headless: "automated browsers",
};

function Verdicts({ verified, disproved, unknown }: BotVisits["verdicts"]) {
  if (verified + disproved === 0) return <span class="muted">not known</span>;
  return (
    <>
      {verified > 0 && (
        <div>
          <span class="badge good">
            <Num value={verified} /> verified
          </span>
        </div>
      )}
      {disproved > 0 && (
        <div>
          <span class="badge bad">
            <Num value={disproved} /> disproved
          </span>
        </div>
      )}
      {unknown > 0 && (
        <div class="muted">
          <Num value={unknown} /> not known
        </div>
      )}
    </>
  );
}
