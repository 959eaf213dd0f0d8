import * as v from "valibot";
import { feedItem } from "../../../../lib/feeds/feed_item.ts";
import { getFeed } from "../../../../lib/feeds/feed_store.ts";
import { confirmFeed, discardStaged } from "../../../../lib/feeds/decide.ts";
import { refreshFeed } from "../../../../lib/feeds/refresh.ts";
import { removeFeed } from "../../../../lib/feeds/remove.ts";
import { pathParam } from "../../../../lib/http/path_param.ts";
import { readJson, readNoBody } from "../../../../lib/http/request_body.ts";
import { Refusal } from "../../../../lib/base/refusal.ts";
import { define, type State } from "../../../../signed_in.ts";

const ACTIONS = {
  refresh: refreshFeed,
  apply: confirmFeed,
  discard: discardStaged,
  remove: removeFeed,
};

const Body = v.object({
  action: v.picklist(
    ["refresh", "apply", "discard"],
    "expected refresh, apply or discard",
  ),
});

/** Runs the action, or refuses it: there is no such feed, or its state does not allow it. */
async function act(
  { services, user, visitor }: State,
  param: string | undefined,
  action: keyof typeof ACTIONS,
): Promise<string> {
  const name = pathParam(param);
  const known = /^[a-z\d-]{1,40}$/.test(name) &&
    await getFeed(services.kv, name);
  if (!known) {
    throw new Refusal("missing", `Cannot ${action} it: there is no such feed`);
  }
  const { kind, message } = await ACTIONS[action](
    services.feeds([visitor.ip]),
    name,
    { by: user.username, from: visitor.ip },
  );
  const isRefused = kind === "busy" ||
    kind === "failed" && action !== "refresh";
  if (isRefused) throw new Refusal("conflict", message);
  return name;
}

export const handler = define.handlers({
  async PATCH(ctx) {
    const { action } = await readJson(ctx.req, Body);
    const name = await act(ctx.state, ctx.params.name, action);
    const feed = await getFeed(ctx.state.services.kv, name);
    if (!feed) throw new Refusal("missing", "The feed was removed meanwhile");
    return ctx.json(feedItem(feed, ctx.state.services.now()));
  },

  async DELETE(ctx) {
    await readNoBody(ctx.req);
    await act(ctx.state, ctx.params.name, "remove");
    return new Response(null, { status: 204 });
  },
});
