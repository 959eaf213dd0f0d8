import { page } from "fresh";
import { DossierLink } from "../../components/ui/dossier_link.tsx";
import { Notice } from "../../components/ui/notice.tsx";
import { Pager } from "../../components/ui/pager.tsx";
import { Scroll } from "../../components/ui/scroll.tsx";
import { Time } from "../../components/ui/time.tsx";
import { getAudit, listAudit } from "../../lib/store/audit.ts";
import { isInForce, undoBlock } from "../../lib/detection/undo_block.ts";
import { canRestore, restorePolicy } from "../../lib/policy/policy_store.ts";
import { listQuery } from "../../lib/http/list_query.ts";
import { ownValue } from "../../lib/base/own_value.ts";
import { readForm } from "../../lib/http/request_body.ts";
import { Refusal } from "../../lib/base/refusal.ts";
import { define } from "../../signed_in.ts";

const DONE: Record<string, string> = {
  undo:
    "Undone. The address gets through again, and the findings are resolved.",
  gone: "That block was not in force any more.",
  policy: "Undone. The rules that were in force before are again.",
  replaced: "The policy has been changed since.",
};

/** What the forms of this page send. */
const FIELDS = ["action", "at", "id"];

export const handler = define.handlers({
  async GET(ctx) {
    const { kv, now } = ctx.state.services;
    const found = await listAudit(kv, {
      ...listQuery(ctx.url.searchParams),
      now: now(),
    });
    const rows = await Promise.all(found.items.map(async (entry) => ({
      entry,
      canUndo: await isInForce(kv, entry, now()) ||
        await canRestore(kv, entry.policy),
    })));
    ctx.state.title = "Audit trail";
    return page({ rows, cursor: found.cursor, now: now() });
  },

  async POST(ctx) {
    const { services, user, visitor } = ctx.state;
    const { kv, now, lists } = services;
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
    if (entry.policy) {
      const isRestored = await canRestore(kv, entry.policy);
      if (isRestored) {
        await restorePolicy(kv, entry.policy.version, {
          by: user.username,
          from: visitor.ip,
          now: now(),
        });
        await services.policy.poll();
      }
      const done = isRestored ? "policy" : "replaced";
      return ctx.redirect(`/admin/audit?done=${done}`, 303);
    }
    const changes = await undoBlock(kv, entry, {
      by: user.username,
      from: visitor.ip,
      now: now(),
      addresses: services.addresses,
    });
    if (changes !== null) lists.applyLocal(changes);
    const done = changes === null ? "gone" : "undo";
    return ctx.redirect(`/admin/audit?done=${done}`, 303);
  },
});

export default define.page<typeof handler>(function Audit({ data, url }) {
  const { rows, cursor, now } = data;
  const done = ownValue(DONE, url.searchParams.get("done"));
  return (
    <>
      <h1>Audit trail</h1>
      {done && <Notice kind="good">{done}</Notice>}
      <p class="muted">
        Who blocked, unblocked or allowed whom, what was done by itself, and by
        whom rules were changed. An automatic block that is still in force, and
        the last change of the policy, can be undone from here.
      </p>
      <div class="panel flush">
        {rows.length === 0
          ? <p class="empty">Nothing has been done yet.</p>
          : (
            <Scroll label="Audit trail">
              <table>
                <thead>
                  <tr>
                    <th scope="col">When</th>
                    <th scope="col">Who</th>
                    <th scope="col">What</th>
                    <th scope="col">To whom</th>
                    <th scope="col">Why</th>
                    <th scope="col">
                      <span class="visually-hidden">Actions</span>
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {rows.map(({ entry, canUndo }) => (
                    <tr key={entry.id}>
                      <td class="nowrap">
                        <Time at={entry.at} now={now} />
                      </td>
                      <td>
                        {entry.who}{" "}
                        {entry.from && (
                          <span class="muted">from {entry.from}</span>
                        )}
                      </td>
                      <td class="nowrap">{entry.what.replaceAll("_", " ")}</td>
                      <td class="nowrap">
                        {entry.what.endsWith("block")
                          ? <DossierLink cidr={entry.target} />
                          : entry.target}
                      </td>
                      <td class="long">{entry.why}</td>
                      <td>
                        {canUndo && (
                          <form method="post">
                            <input
                              type="hidden"
                              name="at"
                              value={String(entry.at)}
                            />
                            <input type="hidden" name="id" value={entry.id} />
                            <button
                              class="quiet small"
                              type="submit"
                              name="action"
                              value="undo"
                              aria-label={entry.policy
                                ? "Undo the change of the policy"
                                : `Undo the block of ${entry.target}`}
                            >
                              Undo
                            </button>
                          </form>
                        )}
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </Scroll>
          )}
      </div>
      <Pager url={url} cursor={cursor} />
    </>
  );
});
