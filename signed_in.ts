/**
 * `utils.ts` for routes that let in only who is signed in: those below `requireRole`, which
 * `tests/routes/signed_in_test.ts` holds them to.
 *
 * @module
 */
import { createDefine } from "fresh";
import type { SignedIn } from "./lib/accounts/sessions.ts";
import type { User } from "./lib/accounts/user.ts";
import type { State as AnyState } from "./utils.ts";

/** What the middlewares leave for such a route: somebody is signed in. */
export interface State extends AnyState {
  user: User;
  signedIn: SignedIn;
}

export const define = createDefine<State>();
