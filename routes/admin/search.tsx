import { page } from "fresh";
import { Num } from "../../components/ui/number.tsx";
import { Table } from "../../components/ui/table.tsx";
import { findReceipt } from "../../lib/console/receipt_search.ts";
import { exactHit, type Hit, searchAll } from "../../lib/console/search.ts";
import { defaultRules } from "../../lib/detection/job_options.ts";
import { fixedRules } from "../../lib/policy/fixed_rules.ts";
import { define } from "../../signed_in.ts";

export const handler = define.handlers({
  async GET(ctx) {
    const { services } = ctx.state;
    const { kv, now, receipts, jobSetup, policy, config } = services;
    const text = (ctx.url.searchParams.get("q") ?? "").trim().slice(0, 256);
    ctx.state.title = "Search";
    if (text === "") return page({ text, hits: [] as Hit[] });
    const parts = {
      ...services,
      findReceipt: (receipt: string) => findReceipt(kv, now, receipts, receipt),
      detectionRules: (await defaultRules(jobSetup)).map((rule) => ({
        name: rule.name,
        about: rule.about ?? "",
      })),
      policyRules: [
        ...policy.declared.map((rule) =>
          String((rule as { name?: unknown }).name ?? "")
        ),
        ...fixedRules(config).map(({ name }) => name),
      ],
    };
    const exact = await exactHit(parts, text);
    if (exact !== null) return ctx.redirect(exact, 303);
    const hits = await searchAll(parts, text);
    // A user's or operator's full name needs no choice.
    const [first, second] = hits;
    const isIt = first?.name.toLowerCase() === text.toLowerCase() &&
      second?.name.toLowerCase() !== text.toLowerCase();
    if (isIt) return ctx.redirect(first!.href, 303);
    return page({ text, hits });
  },
});

export default define.page<typeof handler>(function Search({ data }) {
  const { text, hits } = data;
  return (
    <>
      <h1>Search</h1>
      {text === ""
        ? (
          <p class="muted">
            Enter an address or range, a user, a path, a receipt, an operator or
            its number (AS64500), a rule or a setting above. The keys / and Ctrl
            K open the search on every page.
          </p>
        )
        : (
          <>
            {hits.length === 0 && (
              <div class="panel flush">
                <p class="empty">
                  Nothing is called “{text}”: no user, incident, rule or
                  setting, and no operator, path or user agent of the last 7
                  days.
                </p>
              </div>
            )}
            {hits.length > 0 && <Found hits={hits} />}
            <p>
              <a
                href={`/admin/blocked?${new URLSearchParams({ search: text })}`}
              >
                Look for “{text}” in the blocklist and the safelist
              </a>
            </p>
          </>
        )}
    </>
  );
});

function Found({ hits }: { hits: Hit[] }) {
  return (
    <div class="panel flush">
      <Table
        label="Found"
        rows={hits}
        keyOf={({ kind, name }) => kind + name}
        columns={[
          { header: "Kind", narrow: "first", cell: ({ kind }) => kind },
          {
            header: "Name",
            class: "long",
            narrow: "bare",
            cell: ({ name, href }) => <a href={href}>{name}</a>,
          },
          {
            header: "About",
            class: "long muted",
            narrow: "bare",
            cell: ({ about, requests }) =>
              requests
                ? (
                  <>
                    {!requests.isWhole && "at least "}
                    <Num value={requests.count} />{" "}
                    {requests.count === 1 ? "request" : "requests"} in 7 days
                  </>
                )
                : about,
          },
        ]}
      />
    </div>
  );
}
