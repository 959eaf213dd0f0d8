import { download } from "../../../lib/erasure/download.ts";
import { accountData } from "../../../lib/erasure/export_data.ts";
import { traceStore } from "../../../lib/erasure/trace_store.ts";
import { define } from "../../../signed_in.ts";

/** The data of one's own account, as a file. */
export const handler = define.handlers({
  async GET(ctx) {
    const { services, user } = ctx.state;
    const name = `account-${user.username}`;
    if (ctx.req.method === "HEAD") return download(name, null);
    return download(name, await accountData(traceStore(services), user));
  },
});
