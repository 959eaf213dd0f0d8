import { publicUser } from "../../../lib/accounts/user.ts";
import { define } from "../../../signed_in.ts";

export const handler = define.handlers({
  GET(ctx) {
    return ctx.json(publicUser(ctx.state.user));
  },
});
