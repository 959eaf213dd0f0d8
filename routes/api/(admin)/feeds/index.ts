import * as v from "valibot";
import { feedItem } from "../../../../lib/feeds/feed_item.ts";
import {
  addFeed,
  getFeed,
  listFeeds,
} from "../../../../lib/feeds/feed_store.ts";
import { refreshFeed } from "../../../../lib/feeds/refresh.ts";
import { durationField, readJson } from "../../../../lib/http/request_body.ts";
import { define } from "../../../../signed_in.ts";

const Body = v.object({
  name: v.string("expected a name"),
  url: v.string("expected an http or https URL"),
  every: v.optional(durationField()),
  for: v.optional(durationField("72h")),
});

export const handler = define.handlers({
  async GET(ctx) {
    const { kv, now } = ctx.state.services;
    const feeds = await listFeeds(kv);
    return ctx.json({
      items: feeds.map((feed) => feedItem(feed, now())),
      cursor: null,
    });
  },

  async POST(ctx) {
    const { services, user, visitor } = ctx.state;
    const input = await readJson(ctx.req, Body);
    const context = services.feeds([visitor.ip]);
    const actor = { by: user.username, from: visitor.ip };
    await addFeed(context, input, actor);
    await refreshFeed(context, input.name, actor, { review: true });
    const feed = await getFeed(services.kv, input.name);
    return ctx.json(feedItem(feed!, services.now()), { status: 201 });
  },
});
