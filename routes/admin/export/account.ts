import { HttpError } from "fresh";
import { getUser } from "../../../lib/accounts/users.ts";
import { appendAudit } from "../../../lib/store/audit.ts";
import { download } from "../../../lib/erasure/download.ts";
import { accountData } from "../../../lib/erasure/export_data.ts";
import { traceStore } from "../../../lib/erasure/trace_store.ts";
import { define } from "../../../signed_in.ts";

/** All data of one account, as a file. */
export const handler = define.handlers({
  async POST(ctx) {
    const { services, user, visitor } = ctx.state;
    const id = ctx.url.searchParams.get("id") ?? "";
    const asked = /^[\w-]{1,64}$/.test(id)
      ? await getUser(services.accounts, id)
      : null;
    if (asked === null) throw new HttpError(404, "There is no such user.");
    await appendAudit(services.kv, {
      who: user.username,
      what: "export",
      target: asked.username,
      from: visitor.ip,
    }, services.now());
    return download(
      `account-${asked.username}`,
      await accountData(traceStore(services), asked),
    );
  },
});
