import type { Visitor } from "../guard/visitor.ts";
import { limitSubject } from "../net/prefix.ts";
import { readForm } from "../request_body.ts";
import type { Credentials } from "./create_user.ts";
import type { Attempt } from "./login.ts";
import type { SessionKind, SignedIn } from "./sessions.ts";

/** Who makes an attempt, as far as the middlewares have found out. */
export interface AttemptState {
  visitor: Visitor;
  signedIn: SignedIn | null;
  /** `ipv6Prefix`: how much of an IPv6 address counts as one client. */
  services: { config: { ipv6Prefix: number } };
}

/** What `login()` and `signup()` need to know of a request that carried `credentials`. */
export function attemptOf(
  { username, password }: Credentials,
  headers: Headers,
  { visitor, signedIn, services }: AttemptState,
  kind: SessionKind,
): Attempt {
  return {
    username,
    password,
    subject: limitSubject(visitor.ip, services.config.ipv6Prefix),
    current: signedIn,
    kind,
    ip_address: visitor.ip,
    user_agent: headers.get("user-agent"),
  };
}

/**
 * The attempt that a login or signup form makes.
 *
 * @throws {RequestError} for a body that is no form.
 */
export async function formAttempt(
  request: Request,
  state: AttemptState,
): Promise<Attempt> {
  const form = await readForm(request);
  const credentials = {
    username: form.get("username") ?? "",
    password: form.get("password") ?? "",
  };
  return attemptOf(credentials, request.headers, state, "browser");
}
