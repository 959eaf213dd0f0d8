import { ListPreview } from "../../components/lists/list_preview.tsx";
import {
  UndoEntry,
  undoId,
  undoParam,
} from "../../components/ui/undo_entry.tsx";
import {
  addressesIn,
  blockList,
  type ListImpact,
  previewList,
} from "../../lib/console/block_list.ts";
import { Refusal } from "../../lib/base/refusal.ts";
import { Table } from "../../components/ui/table.tsx";
import { page } from "fresh";
import {
  afterListAction,
  LIST_DONE,
} from "../../components/lists/after_action.ts";
import {
  BlockForm,
  type BlockFormValues,
  DurationField,
} from "../../components/lists/block_form.tsx";
import { ImpactPreview } from "../../components/lists/impact_preview.tsx";
import { DossierLink } from "../../components/ui/dossier_link.tsx";
import { SafeHosts } from "../../components/lists/safe_hosts.tsx";
import {
  entryColumns,
  RemoveButton,
} from "../../components/lists/entry_columns.tsx";
import { Notice } from "../../components/ui/notice.tsx";
import { Num } from "../../components/ui/number.tsx";
import { Pager } from "../../components/ui/pager.tsx";
import { Time } from "../../components/ui/time.tsx";
import { listFeeds } from "../../lib/feeds/feed_store.ts";
import { listAccess, type ListedEntry } from "../../lib/lists/access_read.ts";
import { hostOf, listSafeHosts } from "../../lib/lists/safe_hosts.ts";
import {
  LIST_FIELDS,
  listAction,
  needsForce,
  type ShownForm,
} from "../../lib/console/block_form.ts";
import { findReceipt } from "../../lib/console/receipt_search.ts";
import { parseReceipt } from "../../lib/lists/receipts.ts";
import { listQuery, wordParam } from "../../lib/http/list_query.ts";
import { ownValue } from "../../lib/base/own_value.ts";
import { readForm } from "../../lib/http/request_body.ts";
import { define, type State } from "../../signed_in.ts";
import { DAY } from "../../lib/base/duration.ts";
import { Field } from "../../components/ui/field.tsx";

async function load(
  state: State,
  params: URLSearchParams,
  shown: ShownForm | null,
) {
  const { kv, now } = state.services;
  const search = params.get("search") ?? params.get("receipt") ?? "";
  const withoutFeeds = wordParam(params, "feeds", ["1", "0"]) === "0";
  const [blocked, safe] = await Promise.all([
    listAccess(kv, "blocked", {
      ...listQuery(params),
      now,
      search,
      withoutFeeds,
    }),
    listAccess(kv, "safe", { limit: 500, now, search }),
  ]);
  state.title = "Blocklist";
  const hosts = await listSafeHosts(kv, now());
  const data = {
    ...{ blocked, safe: safe.items, hosts, search, withoutFeeds, shown },
  };
  return {
    ...data,
    preview: null as ListImpact | null,
    values: null as BlockFormValues | null,
    hasFeeds: (await listFeeds(kv)).length > 0,
    now: now(),
  };
}

export const handler = define.handlers({
  async GET(ctx) {
    const params = ctx.url.searchParams;
    const asked = params.get("receipt") ?? params.get("search") ?? "";
    const receipt = parseReceipt(asked);
    if (receipt !== null) {
      const { kv, now, receipts } = ctx.state.services;
      const ip = await findReceipt(kv, now, receipts, receipt);
      if (ip !== null) {
        return ctx.redirect(`/admin/ip/${ip}?receipt=${receipt}`, 303);
      }
    }
    return page(await load(ctx.state, ctx.url.searchParams, null));
  },

  async POST(ctx) {
    const { services, user, visitor, signedIn } = ctx.state;
    const form = await readForm(ctx.req, LIST_FIELDS);
    const who = { by: user.username, from: visitor.ip };
    const asked = form.get("ip") ?? "";
    if (form.get("action") === "block" && /[\s,;]/.test(asked.trim())) {
      return await blockSeveral(ctx.state, form, who, ctx.url.searchParams);
    }
    const result = await listAction(services, form, {
      ...who,
      session: signedIn.id,
    });
    if (result.kind === "done") {
      const next = await afterListAction(services, result, {
        path: "/admin/blocked",
        who: user.username,
        what: form.get("action") ?? "",
      });
      return ctx.redirect(next, 303);
    }
    const data = await load(ctx.state, ctx.url.searchParams, result);
    return page(data, { status: result.status });
  },
});

/** Blocks several at once: previews the impact first, and blocks after confirmation. */
async function blockSeveral(
  state: State,
  form: URLSearchParams,
  who: { by: string; from: string },
  params: URLSearchParams,
) {
  const { services } = state;
  const values = {
    ip: form.get("ip") ?? "",
    reason: form.get("reason") ?? "",
    for: form.get("for") ?? "",
  };
  const again = async (status: number, message: string | null) => {
    const shown = { kind: "shown" as const, status, message, impact: null };
    return page(await load(state, params, { ...shown, values }), { status });
  };
  try {
    const addresses = addressesIn(values.ip);
    if (form.get("confirmed") !== values.ip) {
      const preview = await previewList(services, addresses, who.from);
      const data = await load(state, params, null);
      return page({ ...data, preview, values });
    }
    const { entry, written, refused } = await blockList(services, {
      ...values,
      addresses,
      ...who,
    });
    const query = new URLSearchParams({
      done: "block_list",
      n: String(written),
      undo: undoId(entry),
    });
    if (refused > 0) query.set("left", String(refused));
    return new Response(null, {
      status: 303,
      headers: { location: `/admin/blocked?${query}` },
    });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return again(error.status, error.message);
  }
}

export default define.page<typeof handler>(function Blocked({ data, url }) {
  const { blocked, safe, hosts, search, withoutFeeds, hasFeeds, shown, now } =
    data;
  const { preview, values } = data;
  const params = url.searchParams;
  const number = (name: string) =>
    /^\d{1,6}$/.exec(params.get(name) ?? "")?.[0];
  const left = number("left");
  const done = params.get("done") === "block_list"
    ? `${number("n") ?? "Several"} addresses are blocked${
      left ? `, ${left} were skipped` : ""
    }.`
    : ownValue(LIST_DONE, params.get("done"));
  const undo = undoParam(params);
  return (
    <>
      <div class="row between">
        <h1>Blocklist</h1>
        <div class="row">
          <a class="button quiet small" href="/admin/blocked/export">
            Export the blocklist
          </a>
          <a class="button quiet small" href="/admin/blocked/export?list=safe">
            Export the safelist
          </a>
        </div>
      </div>
      {done && !shown && !preview && (
        <Notice kind="good">
          {done} {undo && <UndoEntry id={undo} back="/admin/blocked" />}
        </Notice>
      )}
      {preview && values && (
        <ListPreview
          impact={preview}
          reason={values.reason ?? ""}
          duration={values.for ?? ""}
        />
      )}
      {shown?.message && <Notice kind="bad">{shown.message}</Notice>}
      {shown?.impact && <ImpactPreview impact={shown.impact} now={now} />}
      <section class="panel">
        <h2>Block an address or range</h2>
        <BlockForm
          values={shown?.values ?? values ?? undefined}
          needsForce={needsForce(shown)}
          shownFor={shown?.impact ? shown.values.ip : undefined}
        />
      </section>
      <section class="panel flush">
        <div class="head row between">
          <h2>Blocklist</h2>
          <form
            method="get"
            class="inline"
            role="search"
            aria-label="Both lists"
          >
            <label for="search" class="visually-hidden">
              Search both lists
            </label>
            <input
              id="search"
              name="search"
              type="search"
              value={search}
              placeholder="Address, reason, author…"
            />
            {(hasFeeds || withoutFeeds) && (
              <label class="inline nowrap">
                <input
                  type="checkbox"
                  name="feeds"
                  value="0"
                  checked={withoutFeeds}
                />{" "}
                without feeds
              </label>
            )}
            <button type="submit" class="quiet small">Search</button>
          </form>
        </div>
        {blocked.items.length === 0
          ? (
            <p class="empty">
              {search
                ? parseReceipt(search)
                  ? `No entry matches, and no blocked request in the log has the receipt ${search}.`
                  : "No entry matches."
                : "Nothing is blocked."}
            </p>
          )
          : <Entries entries={blocked.items} now={now} kind="blocked" />}
      </section>
      <Pager url={url} cursor={blocked.cursor} />
      <section class="panel">
        <h2>Add an address, range or host name to the safelist</h2>
        <p class="muted">
          The safelist has precedence over the blocklist and removes the blocks
          that it covers. Host names are resolved to their addresses every five
          minutes.
        </p>
        <form method="post" class="filters">
          <input type="hidden" name="action" value="allow" />
          <Field
            label="Address, range or host name"
            id="allow-ip"
            name="ip"
            required
            maxLength={253}
            placeholder="192.0.2.7 or monitor.example.org"
            autocomplete="off"
            spellcheck={false}
          />
          <Field
            label="Reason"
            id="allow-reason"
            name="reason"
            maxLength={500}
          />
          <DurationField id="allow-for" last="until removed" chosen="" />
          <button type="submit">Allow</button>
        </form>
      </section>
      {hosts.length > 0 && <SafeHosts hosts={hosts} now={now} />}
      <section class="panel flush">
        <h2>Safelist</h2>
        {safe.length === 0
          ? (
            <p class="empty">
              {search ? "No entry matches." : "The safelist is empty."}
            </p>
          )
          : <Entries entries={safe} now={now} kind="safe" />}
      </section>
    </>
  );
});

/** Whether an entry may be obsolete: it has not been hit for a long time. */
function isIdle({ created_at, last_hit_at }: ListedEntry, now: number) {
  return now - Math.max(created_at, last_hit_at ?? 0) > 90 * DAY;
}

function Entries(
  { entries, now, kind }: {
    entries: ListedEntry[];
    now: number;
    kind: "blocked" | "safe";
  },
) {
  const isBlocked = kind === "blocked";
  return (
    <Table
      label={isBlocked ? "Blocklist" : "Safelist"}
      rows={entries}
      keyOf={({ ip_address }) => ip_address}
      subjectOf={({ ip_address }) => ip_address}
      columns={[
        {
          header: "Address",
          class: "nowrap",
          narrow: "first",
          cell: ({ ip_address }) => <DossierLink cidr={ip_address} />,
        },
        ...entryColumns(now),
        isBlocked && {
          header: "Hits",
          class: "number",
          cell: ({ hits }) => <Num value={hits} />,
        },
        isBlocked && {
          header: "Last hit",
          class: "nowrap",
          cell: (entry) => (
            <>
              {entry.last_hit_at === null
                ? <span class="muted">never</span>
                : <Time at={entry.last_hit_at} now={now} />}
              {isIdle(entry, now) && (
                <>
                  {" "}
                  <span class="badge warn">no hits in 90 days</span>
                </>
              )}
            </>
          ),
        },
        {
          header: "Action",
          isHeaderHidden: true,
          narrow: "bare",
          cell: (entry) =>
            !isBlocked && hostOf(entry) !== null
              ? <span class="muted">with its name</span>
              : <RemoveButton ip={entry.ip_address} isBlocked={isBlocked} />,
        },
      ]}
    />
  );
}
