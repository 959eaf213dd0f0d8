import { Refusal } from "../../lib/base/refusal.ts";
import { dismissFirstSteps } from "../../lib/console/first_steps.ts";
import { readForm } from "../../lib/http/request_body.ts";
import { define } from "../../signed_in.ts";

/** Hides the overview's list of first steps for the user. */
export const handler = define.handlers({
  // For a browser that returns here after a login or by its history.
  GET: (ctx) => ctx.redirect("/admin", 303),

  async POST(ctx) {
    const { services: { kv, now }, user } = ctx.state;
    const form = await readForm(ctx.req, ["action"]);
    if (form.get("action") !== "dismiss") {
      throw new Refusal("malformed", "Cannot change this: unknown action");
    }
    await dismissFirstSteps(kv, user.id, now());
    return ctx.redirect("/admin", 303);
  },
});
