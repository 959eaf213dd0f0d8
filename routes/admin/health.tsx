import { page } from "fresh";
import { SettingList } from "../../components/health/setting_list.tsx";
import { CheckList } from "../../components/health/check_list.tsx";
import { Table } from "../../components/ui/table.tsx";
import { examine } from "../../lib/doctor/examine.ts";
import { spanText } from "../../lib/base/duration.ts";
import { escapeControl } from "../../lib/base/text.ts";
import { define } from "../../signed_in.ts";

export const handler = define.handlers({
  async GET(ctx) {
    const { config, kv, now, log, geo, lists, clientIp, startedAt } =
      ctx.state.services;
    const { remoteAddr } = ctx.info;
    const peer = "hostname" in remoteAddr ? remoteAddr.hostname : undefined;
    ctx.state.title = "Health";
    return page({
      checks: await examine({
        config,
        kv,
        now,
        geo: geo.status(),
        running: {
          log: log.status(),
          lists: {
            stale: lists.stale,
            sizes: lists.sizes,
            lookedAt: lists.lookedAt,
            error: lists.lastError?.message ?? null,
          },
        },
      }),
      config,
      explained: clientIp.explain(ctx.req.headers, peer),
      uptime: spanText(now() - startedAt),
      memory: megabytes(Deno.memoryUsage().rss),
    });
  },
});

export default define.page<typeof handler>(function Health({ data }) {
  const { config, checks, explained, uptime, memory } = data;
  return (
    <>
      <h1>Health</h1>
      <CheckList checks={checks} />
      <p>
        <a href="/admin/alerts">Alerts</a>: receivers, and a button to send a
        test.
      </p>
      <section class="panel" id="client">
        <h2>How your address was determined</h2>
        <dl class="facts">
          <dt>You are</dt>
          <dd class="mono">{explained.address}</dd>
          <dt>Peer</dt>
          <dd>
            <span class="mono">{explained.peer.address}</span>:{" "}
            {explained.peer.why}
          </dd>
          <dt>Header</dt>
          <dd class="mono">
            {explained.header}: {explained.value === null
              ? <span class="muted">not sent</span>
              : escapeControl(explained.value)}
          </dd>
        </dl>
        {explained.hops.length > 0 && (
          <Table
            label="Hops"
            rows={explained.hops}
            columns={[
              {
                header: "Hop",
                class: "mono long",
                narrow: "first",
                cell: (hop) => escapeControl(hop.text),
              },
              {
                header: "Address",
                class: "mono",
                cell: (hop) => (
                  <>
                    {hop.address ?? "–"}{" "}
                    {hop.chosen && <span class="badge good">chosen</span>}
                  </>
                ),
              },
              {
                header: "Trusted",
                cell: (hop) => hop.trusted ? "yes" : "no",
              },
              { header: "Why", narrow: "bare", cell: (hop) => hop.why },
            ]}
          />
        )}
        {explained.hints.map((hint) => (
          <p class="notice warn" key={hint}>{hint}</p>
        ))}
      </section>
      <dl class="panel facts">
        <dt>Running for</dt>
        <dd>{uptime}</dd>
        <dt>Memory</dt>
        <dd>{memory} resident</dd>
        <dt>V8</dt>
        <dd>{Deno.version.v8}</dd>
      </dl>
      <SettingList config={config} />
    </>
  );
});

function megabytes(bytes: number): string {
  return `${(bytes / 1_048_576).toFixed(bytes < 10_485_760 ? 1 : 0)} MB`;
}
