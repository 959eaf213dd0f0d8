import { appendAudit } from "../../../lib/store/audit.ts";
import { download } from "../../../lib/erasure/download.ts";
import { addressData } from "../../../lib/erasure/export_data.ts";
import { traceStore } from "../../../lib/erasure/trace_store.ts";
import { canonicalIp } from "../../../lib/net/ip.ts";
import { Refusal } from "../../../lib/base/refusal.ts";
import { define } from "../../../signed_in.ts";

/** All data of one address, as a file. */
export const handler = define.handlers({
  async POST(ctx) {
    const { services, user, visitor } = ctx.state;
    const text = ctx.url.searchParams.get("ip") ?? "";
    const ip = canonicalIp(text);
    if (ip === null) {
      throw new Refusal(
        "invalid",
        `Cannot export "${text}": expected an address`,
      );
    }
    await appendAudit(services.kv, {
      who: user.username,
      what: "export",
      target: ip,
      from: visitor.ip,
    }, services.now());
    return download(
      `address-${ip.replaceAll(":", "-")}`,
      await addressData(traceStore(services), ip),
    );
  },
});
