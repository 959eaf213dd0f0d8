import { HttpError, page } from "fresh";
import { Notice } from "../../../components/ui/notice.tsx";
import { audited } from "../../../lib/lists/access_audit.ts";
import {
  confirmBlock,
  type PendingBlock,
  pendingEntry,
  undoBlock,
} from "../../../lib/lists/block_confirm.ts";
import { readForm } from "../../../lib/http/request_body.ts";
import { Refusal } from "../../../lib/base/refusal.ts";
import { define, type State } from "../../../signed_in.ts";

/** The block that the token in the URL is for; only the browser that made it may confirm it. */
function pendingOf(state: State, params: URLSearchParams): PendingBlock {
  state.title = "Confirm the block";
  const pending = state.services.confirmations.read(params.get("token"));
  if (pending === null) {
    throw new HttpError(
      404,
      "This is not the link of a block that waits for confirmation.",
    );
  }
  if (pending.session !== state.signedIn?.id) {
    throw new HttpError(
      403,
      "Only the browser that made this block can confirm it.",
    );
  }
  return pending;
}

interface Data {
  step: "waits" | "stands" | "over";
  pending: PendingBlock;
  now: number;
}

export const handler = define.handlers({
  async GET(ctx) {
    const { kv, now } = ctx.state.services;
    const pending = pendingOf(ctx.state, ctx.url.searchParams);
    const entry = await pendingEntry(kv, now, pending);
    const step = entry ? "waits" : "over";
    return page<Data>({ step, pending, now: now() }, {
      status: entry ? 200 : 409,
      headers: { "cache-control": "no-store" },
    });
  },

  async POST(ctx) {
    const { user, visitor, services } = ctx.state;
    const { kv, now, lists } = services;
    const pending = pendingOf(ctx.state, ctx.url.searchParams);
    const action = (await readForm(ctx.req, ["action"])).get("action");
    if (action !== "confirm" && action !== "undo") {
      throw new Refusal("malformed", "Cannot change the block: unknown action");
    }
    const act = action === "confirm" ? confirmBlock : undoBlock;
    const recorded = action === "confirm" ? "confirm_block" : "unblock";
    const change = await act(
      kv,
      now,
      pending,
      audited(recorded, {
        who: user.username,
        from: visitor.ip,
        ip: pending.ip_address,
      }, now),
    );
    if (change) lists.applyLocal([change]);
    if (change && action === "undo") {
      return ctx.redirect("/admin/blocked?done=unblock", 303);
    }
    const step = change ? "stands" : "over";
    // No redirect: any other page is refused for this browser from now on.
    return page<Data>({ step, pending, now: now() }, {
      status: change ? 200 : 409,
      headers: { "cache-control": "no-store" },
    });
  },
});

export default define.page<typeof handler>(function Confirm({ data }) {
  const { step, pending, now } = data;
  const { ip_address, pending_until } = pending;
  const left = Math.max(0, Math.ceil((pending_until - now) / 1_000));
  if (step === "over") {
    return (
      <>
        <h1>Nothing left to confirm</h1>
        <p>
          The block of <span class="mono">{ip_address}</span>{" "}
          has expired, or was changed or confirmed before.
        </p>
        <p>
          <a href="/admin/blocked">To the blocklist</a>
        </p>
      </>
    );
  }
  if (step === "stands") {
    return (
      <>
        <h1>Confirmed</h1>
        <Notice kind="warn">
          <span class="mono">{ip_address}</span>{" "}
          is blocked, and so is your own address: this is the last page that you
          can see from it.
        </Notice>
        <p>To undo this, run a command on the server:</p>
        <code class="secret">deno task unblock-ip {ip_address}</code>
      </>
    );
  }
  return (
    <>
      <h1>This block covers your own address</h1>
      <Notice kind="warn">
        <span class="mono">{ip_address}</span>{" "}
        is blocked, and so are you, except for this page. In {left}{" "}
        s the block expires unless you confirm it here.
      </Notice>
      <form method="post" class="row">
        <button type="submit" name="action" value="undo">Undo it now</button>
        <button
          type="submit"
          class="quiet"
          name="action"
          value="confirm"
        >
          Confirm: lock me out
        </button>
      </form>
    </>
  );
});
