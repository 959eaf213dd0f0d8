import { deadline } from "../lib/base/delay.ts";
import { keys } from "../lib/store/keys.ts";
import { isStoreFailure, isThrownByStore } from "../lib/store/errors.ts";
import { define } from "../utils.ts";

export const handler = define.handlers({
  async GET(ctx) {
    const { kv, lists, log } = ctx.state.services;
    const headers = { "cache-control": "no-store" };
    try {
      await deadline(kv.get(keys.accessVersion()), 1_000);
    } catch (error) {
      if (!isStoreFailure(error) && !isThrownByStore(error)) throw error;
      const reason = `KV does not answer: ${
        error instanceof Error ? error.message : error
      }`;
      return ctx.json({ status: "error", reason }, { status: 503, headers });
    }
    const { lastError } = log.status();
    const reason = lastError !== null
      ? `the request log cannot be written: ${lastError}`
      : lists.lastError !== null
      ? `changes of the lists cannot be read: ${lists.lastError.message}`
      : null;
    if (reason !== null) {
      return ctx.json({ status: "error", reason }, { status: 503, headers });
    }
    return ctx.json({ status: "ok" }, { headers });
  },
});
