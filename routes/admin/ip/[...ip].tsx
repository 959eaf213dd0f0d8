import { UndoEntry, undoParam } from "../../../components/ui/undo_entry.tsx";
import { page } from "fresh";
import {
  afterListAction,
  LIST_DONE,
} from "../../../components/lists/after_action.ts";
import { DossierFacts } from "../../../components/dossier/dossier_facts.tsx";
import { DossierLogins } from "../../../components/dossier/dossier_logins.tsx";
import { DossierNotes } from "../../../components/dossier/dossier_notes.tsx";
import { DossierTraffic } from "../../../components/dossier/dossier_traffic.tsx";
import { EraseForm } from "../../../components/dossier/erase_form.tsx";
import { HeldBy } from "../../../components/dossier/held_by.tsx";
import { NeighbourList } from "../../../components/dossier/neighbour_list.tsx";
import { QuickBlock } from "../../../components/dossier/quick_block.tsx";
import { RangePicker } from "../../../components/ui/range_picker.tsx";
import { BlockForm } from "../../../components/lists/block_form.tsx";
import { ImpactPreview } from "../../../components/lists/impact_preview.tsx";
import { FindingList } from "../../../components/findings/finding_list.tsx";
import { Notice } from "../../../components/ui/notice.tsx";
import { linkTo, Pager } from "../../../components/ui/pager.tsx";
import { RequestTable } from "../../../components/requests/request_table.tsx";
import type { AddressStorage } from "../../../lib/privacy/address_storage.ts";
import { dashboardRange } from "../../../lib/console/dashboard_range.ts";
import { readDossier } from "../../../lib/console/dossier.ts";
import { isWithinNetwork, networkAround } from "../../../lib/net/network.ts";
import { appendAudit } from "../../../lib/store/audit.ts";
import { setNote } from "../../../lib/lists/notes.ts";
import { listFindings } from "../../../lib/detection/findings.ts";
import { listEntriesFor } from "../../../lib/lists/access_read.ts";
import {
  LIST_FIELDS,
  listAction,
  needsForce,
  type ShownForm,
} from "../../../lib/console/block_form.ts";
import type { AddressErased } from "../../../lib/erasure/address_traces.ts";
import {
  type ErasureResult,
  newErasure,
  orderErasure,
} from "../../../lib/erasure/erasure.ts";
import { traceStore } from "../../../lib/erasure/trace_store.ts";
import { parseReceipt } from "../../../lib/lists/receipts.ts";
import { requestFilter } from "../../../lib/log/request_filter.ts";
import { pageRequests } from "../../../lib/log/request_query.ts";
import { listQuery } from "../../../lib/http/list_query.ts";
import {
  type Cidr,
  formatCidr,
  isSingle,
  parseCidr,
} from "../../../lib/net/cidr.ts";
import { kindOf } from "../../../lib/net/special.ts";
import { pathParam } from "../../../lib/http/path_param.ts";
import { ownValue } from "../../../lib/base/own_value.ts";
import { readForm } from "../../../lib/http/request_body.ts";
import { Refusal } from "../../../lib/base/refusal.ts";
import { define, type State } from "../../../signed_in.ts";

const DONE: Record<string, string> = {
  ...LIST_DONE,
  note: "The note is saved.",
  erase:
    "Erased. Requests of the last two minutes and the statistics follow within a few minutes.",
  erase_blocked:
    "Erased, except for the block, which is kept with its reason and the audit trail. Requests of the last two minutes and the statistics follow within a few minutes.",
};
/** The default range. */
const RANGE = "7d";

function subject(param: string | undefined): Cidr {
  try {
    return parseCidr(pathParam(param));
  } catch (error) {
    throw error instanceof Refusal ? error.as("missing") : error;
  }
}

async function load(
  state: State,
  cidr: Cidr,
  params: URLSearchParams,
  shown: ShownForm | null,
) {
  const { services } = state;
  const { kv, now, geo, lists, receipts, addresses } = services;
  await addresses.ready();
  const asked = new URLSearchParams(params);
  if (!asked.has("range")) asked.set("range", RANGE);
  const range = dashboardRange(asked, now());
  const text = formatCidr(cidr);
  const single = isSingle(cidr);
  const [entries, requests, findings, dossier] = await Promise.all([
    listEntriesFor(kv, now, cidr),
    pageRequests(kv, {
      ...listQuery(params),
      filter: requestFilter(new URLSearchParams({ ip: text }), addresses),
    }, now),
    listFindings(kv, {
      ip: single ? addresses.formsOf(text) : text,
      limit: 50,
      now: now(),
    }),
    readDossier(services, cidr, {
      ...range,
      by: range.by === "day" ? "day" : "hour",
    }),
  ]);
  const match = lists.match(text.split("/", 1)[0]!, now());
  state.title = text;
  return {
    text,
    single,
    privacy: privacyNote(addresses, cidr),
    range,
    dossier,
    network: formatNetwork(cidr),
    kind: kindOf(cidr),
    place: single ? geo.peek(text) ?? null : null,
    decides: match &&
        entries.some(({ ip_address }) => ip_address === match.entry.ip_address)
      ? match.kind
      : null,
    entries,
    requests,
    findings: findings.items,
    shown,
    receipt: single && parseReceipt(params.get("receipt") ?? "") ===
        receipts.of(text)
      ? receipts.of(text)
      : null,
    now: now(),
  };
}

export const handler = define.handlers({
  async GET(ctx) {
    const cidr = subject(ctx.params.ip);
    return page(await load(ctx.state, cidr, ctx.url.searchParams, null));
  },

  async POST(ctx) {
    const { services, user, visitor, signedIn } = ctx.state;
    const cidr = subject(ctx.params.ip);
    const form = await readForm(ctx.req, [
      ...LIST_FIELDS,
      ...["text", "confirm", "unblock"],
    ]);
    if (form.get("action") === "note") {
      const text = formatCidr(cidr);
      const forms = isSingle(cidr)
        ? services.addresses.ownFormsOf(text)
        : [text];
      await setNote(services.kv, forms, {
        text: form.get("text") ?? "",
        by: user.username,
        at: services.now(),
      });
      await appendAudit(services.kv, {
        ...{ who: user.username, what: "note", target: text },
        from: visitor.ip,
      }, services.now());
      return ctx.redirect(`${ctx.url.pathname}?done=note`, 303);
    }
    if (form.get("action") === "erase") {
      const ip = formatCidr(cidr);
      if (!isSingle(cidr) || form.get("confirm")?.trim() !== ip) {
        throw new Refusal(
          "invalid",
          "Nothing was erased: type the address to confirm.",
        );
      }
      await services.log.flush();
      const unblock = form.get("unblock") === "1";
      const { requests, blocked } = await orderErasure(
        traceStore(services),
        newErasure(
          { kind: "address", ip, unblock },
          { by: user.username, from: visitor.ip },
          services.now(),
        ),
      ) as ErasureResult<AddressErased>;
      const done = blocked === null ? "erase" : "erase_blocked";
      return ctx.redirect(
        `${ctx.url.pathname}?done=${done}&n=${requests}`,
        303,
      );
    }
    const result = await listAction(services, form, {
      by: user.username,
      from: visitor.ip,
      session: signedIn.id,
    });
    if (result.kind === "done") {
      const next = await afterListAction(services, result, {
        path: ctx.url.pathname,
        who: user.username,
        what: form.get("action") ?? "",
      });
      return ctx.redirect(next, 303);
    }
    const data = await load(ctx.state, cidr, ctx.url.searchParams, result);
    return page(data, { status: result.status });
  },
});

export default define.page<typeof handler>(function Dossier({ data, url }) {
  const {
    text,
    single,
    privacy,
    range,
    dossier,
    network,
    kind,
    place,
    decides,
    entries,
    requests,
    findings,
    shown,
    receipt,
    now,
  } = data;
  const what = ownValue(DONE, url.searchParams.get("done"));
  const count = /^\d{1,9}$/.exec(url.searchParams.get("n") ?? "")?.[0];
  const done = what && count
    ? `${what} (${count} ${count === "1" ? "request" : "requests"} so far.)`
    : what;
  const log = new URLSearchParams({ ip: text });
  const undo = undoParam(url.searchParams);
  return (
    <>
      <div class="row between" data-subject={text}>
        <div class="row">
          <h1 class="mono">{text}</h1>
          {decides === "blocked" && <span class="badge bad">✕ blocked</span>}
          {decides === "safe" && (
            <span class="badge good">✓ on the safelist</span>
          )}
        </div>
        <RangePicker range={range} keep={{}} />
      </div>
      {done && !shown && (
        <Notice kind="good">
          {done} {undo && <UndoEntry id={undo} back={url.pathname} />}
        </Notice>
      )}
      {receipt && (
        <Notice kind="info">
          The receipt <span class="mono">{receipt}</span>{" "}
          was shown to this address.{" "}
          {entries.some(({ list }) => list === "blocked")
            ? "Below are the entries that block it and what it did."
            : "No entry blocks it any more."}
        </Notice>
      )}
      {privacy && <Notice kind="info">{privacy}</Notice>}
      {shown?.message && <Notice kind="bad">{shown.message}</Notice>}
      {shown?.impact && <ImpactPreview impact={shown.impact} now={now} />}
      <DossierFacts
        kind={single ? kind : "range"}
        place={single ? place : undefined}
        name={single ? dossier.name : undefined}
        network={network}
        requests={dossier.stats.totals.requests}
        isWhole={dossier.stats.counted_since <= dossier.stats.since}
        log={log.toString()}
      />
      <section class="panel screen-only">
        <h2>Act</h2>
        <QuickBlock ip={text} network={network} />
        <BlockForm
          fixedIp={shown?.values.ip || text}
          values={shown?.values}
          needsForce={needsForce(shown)}
          shownFor={shown?.impact ? shown.values.ip : undefined}
        />
        <form method="post">
          <input type="hidden" name="ip" value={text} />
          <button class="quiet" type="submit" name="action" value="allow">
            Add to the safelist
          </button>
        </form>
      </section>
      {entries.length > 0 && <HeldBy entries={entries} now={now} />}
      {findings.length > 0 && (
        <section class="panel flush">
          <h2>Findings</h2>
          <FindingList
            findings={findings}
            now={now}
            action="/admin/suspicious"
          />
        </section>
      )}
      <DossierTraffic
        ip={text}
        stats={dossier.stats}
        now={now}
        zoom={(since, until) =>
          linkTo(url, { range: null, cursor: null, since, until })}
      />
      <DossierLogins logins={dossier.logins} now={now} />
      {dossier.network && <NeighbourList ip={text} network={dossier.network} />}
      <DossierNotes note={dossier.note} past={dossier.past} now={now} />
      {single && (
        <section class="panel tight screen-only">
          <EraseForm
            ip={text}
            isBlocked={entries.some(({ list, ip_address }) =>
              list === "blocked" && ip_address === text
            )}
          />
        </section>
      )}
      <section class="panel flush">
        <h2>Requests</h2>
        {requests.items.length > 0
          ? (
            <RequestTable
              records={requests.items}
              now={now}
              query={log.toString()}
              showAddress={!single}
            />
          )
          : <p class="empty">No request of {text} is in the log.</p>}
      </section>
      <Pager url={url} cursor={requests.cursor} />
    </>
  );
});

/** The reader's hint on how addresses are stored, if not in full. */
function privacyNote(
  { mode, isForm }: AddressStorage,
  cidr: Cidr,
): string | null {
  const text = formatCidr(cidr);
  if (mode === "full" || !isSingle(cidr)) return null;
  if (mode === "truncated") {
    return `Addresses are logged truncated: requests and logins are those of ${
      formatNetwork(cidr)
    }.`;
  }
  return isForm(text)
    ? "This is a keyed hash of an address, valid for one day. It can be blocked within a few hours, while the address behind it is known to detection; after that it cannot be traced back."
    : "Addresses are logged as keyed hashes that change daily: requests and logins of the last 7 days can be found, older ones cannot be traced back.";
}

function formatNetwork(cidr: Cidr): string | null {
  const network = isWithinNetwork(cidr) ? networkAround(cidr) : null;
  return network && formatCidr(network);
}
