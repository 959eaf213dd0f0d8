import { page } from "fresh";
import { Table } from "../../components/ui/table.tsx";
import { findReceipt } from "../../lib/console/receipt_search.ts";
import { exactHit, type Hit, searchAll } from "../../lib/console/search.ts";
import { defaultRules } from "../../lib/detection/job_options.ts";
import { define } from "../../signed_in.ts";

export const handler = define.handlers({
  async GET(ctx) {
    const { services } = ctx.state;
    const { kv, now, receipts, jobSetup, policy } = services;
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
      policyRules: policy.declared.map((rule) =>
        String((rule as { name?: unknown }).name ?? "")
      ),
    };
    const exact = await exactHit(parts, text);
    if (exact !== null) return ctx.redirect(exact, 303);
    const hits = await searchAll(parts, text);
    // A user's or operator's whole name needs no choice.
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
                  cell: ({ about }) => about,
                },
              ]}
            />
          </div>
        )}
    </>
  );
});
