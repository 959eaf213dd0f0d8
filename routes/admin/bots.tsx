import { page } from "fresh";
import { Notice } from "../../components/ui/notice.tsx";
import { Num } from "../../components/ui/number.tsx";
import { RangePicker } from "../../components/ui/range_picker.tsx";
import { Scroll } from "../../components/ui/scroll.tsx";
import { Time } from "../../components/ui/time.tsx";
import { type BotVisits, botVisits } from "../../lib/console/bot_visits.ts";
import { dashboardRange } from "../../lib/console/dashboard_range.ts";
import { define } from "../../signed_in.ts";

/** How long reading the log may take, in milliseconds. */
const BUDGET_MS = 1_500;

export const handler = define.handlers({
  async GET(ctx) {
    const { kv, now, crawlers } = ctx.state.services;
    ctx.state.title = "Bots";
    const range = dashboardRange(ctx.url.searchParams, now());
    const report = await botVisits(
      kv,
      { from: range.since, to: range.until },
      now,
      (ip, agent) => crawlers.peek(ip, agent),
      BUDGET_MS,
    );
    return page({ range, report, now: now() });
  },
});

export default define.page<typeof handler>(function Bots({ data }) {
  const { range, report, now } = data;
  return (
    <>
      <h1>Bots</h1>
      <p class="muted">
        Crawlers and tools by what their user agent says. Verified means that
        DNS or ranges published by its operator bear that out. The{" "}
        <a href="/admin/policy">policy</a>{" "}
        allows, limits, challenges or refuses them by name or category.
      </p>
      <RangePicker range={range} keep={{}} />
      {!report.isWhole && (
        <Notice kind="warn">
          Not everything could be counted in time: the numbers are of the first
          part of the period.
        </Notice>
      )}
      <section class="panel flush" aria-labelledby="bots-title">
        <div class="head">
          <h2 id="bots-title">Who came</h2>
          <p>
            <Num value={report.of_bots} /> of <Num value={report.requests} />
            {" "}
            requests.
          </p>
        </div>
        {report.bots.length === 0
          ? <p class="empty">No crawler or tool came in this period.</p>
          : (
            <Scroll label="Bots">
              <table>
                <thead>
                  <tr>
                    <th scope="col">Name</th>
                    <th scope="col">Category</th>
                    <th scope="col" class="number">Requests</th>
                    <th scope="col" class="number">Refused</th>
                    <th scope="col" class="number">Addresses</th>
                    <th scope="col">Verified</th>
                    <th scope="col">Most asked for</th>
                    <th scope="col">Last seen</th>
                  </tr>
                </thead>
                <tbody>
                  {report.bots.map((visits) => (
                    <Row key={visits.bot.name} visits={visits} now={now} />
                  ))}
                </tbody>
              </table>
            </Scroll>
          )}
      </section>
    </>
  );
});

function Row({ visits, now }: { visits: BotVisits; now: number }) {
  const { bot, verdicts, paths } = visits;
  const log = (fields: Record<string, string>) =>
    `/admin/requests?${new URLSearchParams(fields)}`;
  return (
    <tr>
      <th scope="row">
        <a href={log({ bot: bot.name })}>{bot.name}</a>
      </th>
      <td>
        <a href={log({ bot: bot.category })}>{bot.category}</a>
      </td>
      <td class="number">
        <Num value={visits.requests} />
      </td>
      <td class="number">
        <Num value={visits.refused} />
      </td>
      <td class="number">
        <Num value={visits.addresses} />
      </td>
      <td>
        {verdicts.verified > 0 && <div>{verdicts.verified} verified</div>}
        {verdicts.disproved > 0 && (
          <div>
            <strong>{verdicts.disproved} disproved</strong>
          </div>
        )}
        {verdicts.verified + verdicts.disproved === 0 && (
          <span class="muted">not known</span>
        )}
      </td>
      <td>
        {paths.map(({ path, requests }) => (
          <div key={path} class="mono">
            <a href={log({ bot: bot.name, path })}>{path}</a> {requests}
          </div>
        ))}
      </td>
      <td class="nowrap">
        <Time at={visits.last_seen} now={now} />
      </td>
    </tr>
  );
}
