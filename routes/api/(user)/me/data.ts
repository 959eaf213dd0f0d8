import { jsonBody } from "../../../../lib/erasure/json_stream.ts";
import { accountData } from "../../../../lib/erasure/export_data.ts";
import { traceStore } from "../../../../lib/erasure/trace_store.ts";
import { whileSignedIn } from "../../../../middlewares/require_role.ts";
import { define } from "../../../../signed_in.ts";

export const handler = define.handlers({
  async GET(ctx) {
    const { services, user } = ctx.state;
    const data = await accountData(traceStore(services), user);
    const response = new Response(jsonBody(data), {
      headers: { "content-type": "application/json" },
    });
    return whileSignedIn(ctx, "user", response);
  },
});
