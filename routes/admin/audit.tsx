import { page } from "fresh";
import { dossierPath } from "../../components/ui/dossier_link.tsx";
import { Notice } from "../../components/ui/notice.tsx";
import { linkTo, Pager } from "../../components/ui/pager.tsx";
import { Table } from "../../components/ui/table.tsx";
import { ExactTime } from "../../components/ui/time.tsx";
import { UndoEntry, undoId } from "../../components/ui/undo_entry.tsx";
import { AUDIT_FILTERS, auditFilter } from "../../lib/console/audit_filter.ts";
import { AUDIT_ACTIONS } from "../../lib/store/audit_actions.ts";
import { canUndo, undoEntry } from "../../lib/console/undo_audit.ts";
import { whyNotUndone } from "../../lib/console/why_not_undone.ts";
import { type AuditEntry, getAudit, listAudit } from "../../lib/store/audit.ts";
import { canonicalIp } from "../../lib/net/ip.ts";
import { listQuery } from "../../lib/http/list_query.ts";
import { ownValue } from "../../lib/base/own_value.ts";
import { readForm } from "../../lib/http/request_body.ts";
import { Refusal } from "../../lib/base/refusal.ts";
import { define } from "../../signed_in.ts";

const DONE: Record<string, string> = {
  undo: "Undone.",
  gone: "This is no longer in effect: nothing was changed.",
};

/** The fields of this page's forms. */
const FIELDS = ["action", "at", "id", "back"];

/** Pages that an undo may redirect to: only those of this site. */
const BACK = /^\/admin(?:\/[\w%.:@~-]+)*$/;

export const handler = define.handlers({
  async GET(ctx) {
    const { services } = ctx.state;
    const { kv, now } = services;
    const params = ctx.url.searchParams;
    const filter = auditFilter(params, now());
    const found = await listAudit(kv, {
      ...listQuery(params),
      now: now(),
      filter,
    });
    const rows = await Promise.all(found.items.map(async (entry) => ({
      entry,
      isUndoable: await canUndo(services, entry),
    })));
    ctx.state.title = "Audit trail";
    return page({ rows, cursor: found.cursor, now: now() });
  },

  async POST(ctx) {
    const { services, user, visitor } = ctx.state;
    const { kv, now } = services;
    const form = await readForm(ctx.req, FIELDS);
    const entry = await getAudit(
      kv,
      Number(form.get("at")),
      form.get("id") ?? "",
      now(),
    );
    if (form.get("action") !== "undo" || entry === null) {
      throw new Refusal("malformed", "Cannot undo: unknown action or entry");
    }
    if (entry.reverse?.kind === "user" && entry.reverse.id === user.id) {
      throw new Refusal(
        "conflict",
        "Cannot undo a change of your own account: another admin can",
      );
    }
    const isUndone = await undoEntry(services, entry, {
      by: user.username,
      from: visitor.ip,
    });
    if (entry.policy && isUndone) await services.policy.poll();
    const back = form.get("back") ?? "";
    const isOurs = BACK.test(back) && !back.includes("..");
    const path = isOurs ? back : "/admin/audit";
    return ctx.redirect(`${path}?done=${isUndone ? "undo" : "gone"}`, 303);
  },
});

export default define.page<typeof handler>(function Audit({ data, url }) {
  const { rows, cursor, now } = data;
  const { searchParams: params } = url;
  const done = ownValue(DONE, params.get("done"));
  const isFiltered = AUDIT_FILTERS.some((name) => params.get(name));
  const file = (format: string) => {
    const query = new URLSearchParams();
    for (const name of AUDIT_FILTERS) {
      const value = params.get(name);
      if (value) query.set(name, value);
    }
    query.set("format", format);
    return `/admin/audit/export?${query}`;
  };
  const only = (name: string, value: string) =>
    linkTo(url, { [name]: value, cursor: null });
  return (
    <>
      <h1>Audit trail</h1>
      {done && <Notice kind="good">{done}</Notice>}
      <p class="muted">
        Every change by a person, a rule, a job or a command. Changes that are
        still in effect can be undone here, whoever made them; a row that cannot
        be undone says why.
      </p>
      <Filters params={params} />
      <p class="row">
        <a class="button quiet small" href={file("csv")} f-client-nav={false}>
          Export {isFiltered ? "these" : "all"} as CSV
        </a>
        <a class="button quiet small" href={file("json")} f-client-nav={false}>
          as JSON
        </a>
      </p>
      <div class="panel flush">
        {rows.length === 0
          ? (
            <p class="empty">
              {isFiltered
                ? (
                  <>
                    No entry matches.{" "}
                    <a href="/admin/audit" aria-current="false">Show all</a>
                  </>
                )
                : "There are no entries yet."}
            </p>
          )
          : (
            <Table
              label="Audit trail"
              rows={rows}
              keyOf={({ entry }) => entry.id}
              subjectOf={({ entry }) => canonicalIp(entry.target) ?? undefined}
              columns={[
                {
                  header: "When",
                  class: "nowrap",
                  narrow: "first",
                  cell: ({ entry }) => <ExactTime at={entry.at} now={now} />,
                },
                {
                  header: "Who",
                  narrow: "first",
                  cell: ({ entry: { who, from } }) => (
                    <>
                      <a
                        href={only("who", who)}
                        aria-current="false"
                      >
                        {who}
                      </a>{" "}
                      {from && (
                        <span class="muted">
                          from <Whose text={from} />
                        </span>
                      )}
                    </>
                  ),
                },
                {
                  header: "What",
                  class: "nowrap",
                  cell: ({ entry: { what } }) => (
                    <a href={only("what", what)} aria-current="false">
                      {what.replaceAll("_", " ")}
                    </a>
                  ),
                },
                {
                  header: "Target",
                  class: "long",
                  cell: ({ entry: { target } }) => (
                    <>
                      <Whose text={target} />{" "}
                      <a
                        class="about"
                        href={only("target", target)}
                        aria-label={`All about ${target}`}
                        title="All about this"
                        aria-current="false"
                      >
                        ≡
                      </a>
                    </>
                  ),
                },
                {
                  header: "Why",
                  class: "long",
                  narrow: "bare",
                  cell: ({ entry }) => entry.why,
                },
                {
                  header: "Actions",
                  isHeaderHidden: true,
                  narrow: "bare",
                  cell: ({ entry, isUndoable }) =>
                    isUndoable
                      ? (
                        <UndoEntry
                          id={undoId(entry)}
                          label={undoLabel(entry)}
                        />
                      )
                      : (
                        <span class="muted">
                          No undo: {whyNotUndone(entry)}
                        </span>
                      ),
                },
              ]}
            />
          )}
      </div>
      <Pager url={url} cursor={cursor} />
    </>
  );
});

function undoLabel({ what, target, policy }: AuditEntry): string {
  if (policy) return "Undo the change of the policy";
  return what === "block" || what === "auto_block"
    ? `Undo the block of ${target}`
    : `Undo: ${what.replaceAll("_", " ")} ${target}`;
}

/** An address links to its dossier, an incident to its page; other targets are plain text. */
function Whose({ text }: { text: string }) {
  const incident = /^incident ([\w-]{8,40})$/.exec(text)?.[1];
  if (incident) {
    return <a href={`/admin/incidents/${incident}`}>{text}</a>;
  }
  const isAddress = canonicalIp(text.split("/", 1)[0]!) !== null;
  return isAddress
    ? <a class="mono" href={dossierPath(text)}>{text}</a>
    : <>{text}</>;
}

function Filters({ params }: { params: URLSearchParams }) {
  const value = (name: string) => params.get(name) ?? "";
  const what = value("what");
  const field = (name: string, label: string, hint: string) => (
    <div class="field">
      <label for={name}>{label}</label>
      <input
        id={name}
        name={name}
        value={value(name)}
        placeholder={hint}
        maxLength={128}
        autocomplete="off"
      />
    </div>
  );
  return (
    <form
      method="get"
      class="panel tight filters"
      aria-label="Filter the audit trail"
    >
      {field("who", "Who", "maria or auto:")}
      <div class="field">
        <label for="what">What</label>
        <select id="what" name="what">
          <option value="">any</option>
          {[...new Set<string>([...AUDIT_ACTIONS, ...what ? [what] : []])].map((
            each,
          ) => (
            <option key={each} value={each} selected={each === what}>
              {each.replaceAll("_", " ")}
            </option>
          ))}
        </select>
      </div>
      {field("target", "Target", "203.0.113")}
      {field("since", "Since", "24h or 2026-01-31")}
      {field("until", "Until", "2026-01-31T09:00Z")}
      <button type="submit">Filter</button>
      {AUDIT_FILTERS.some((name) => params.get(name)) && (
        <a class="clear" href="/admin/audit" aria-current="false">Clear all</a>
      )}
    </form>
  );
}
