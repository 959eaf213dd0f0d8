import { noPassword } from "../lib/accounts/sign_in_ways.ts";
import { Refusal } from "../lib/base/refusal.ts";
import { define } from "../signed_in.ts";

/** Paths of our own passwords and second factors. */
const ABOUT_PASSWORDS =
  /^\/(profile\/(password|second-factor)|api\/password)\/?$/;

/** Refuses password forms to users authenticated elsewhere, who have no password. */
export const ownPassword = define.middleware(function ownPassword(ctx) {
  const { source } = ctx.state.user;
  if (source && ABOUT_PASSWORDS.test(ctx.url.pathname)) {
    throw new Refusal("forbidden", noPassword(source));
  }
  return ctx.next();
});
