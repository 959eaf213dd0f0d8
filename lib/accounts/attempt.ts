import type { CookieScope } from "../http/cookie_scope.ts";
import type { Visitor } from "../guard/visitor.ts";
import { limitSubject } from "../net/prefix.ts";
import type { AddressStorage } from "../privacy/address_storage.ts";
import { readForm } from "../http/request_body.ts";
import type { Credentials } from "./create_user.ts";
import { deviceCookie } from "./device_cookie.ts";
import type { Attempt, Caller } from "./login.ts";
import type { SessionKind, SignedIn } from "./sessions.ts";

/** Who makes an attempt, as far as the middlewares have found out. */
export interface AttemptState {
  visitor: Visitor;
  signedIn: SignedIn | null;
  /** Which cookies are ours. */
  cookies: CookieScope;
  /** `ipv6Prefix`: how much of an IPv6 address counts as one client. */
  services: {
    config: { ipv6Prefix: number };
    addresses: Pick<AddressStorage, "nameOf">;
  };
}

/** Who makes a request, as login counts and records it. */
export function callerOf(
  headers: Headers,
  { visitor, signedIn, cookies, services }: AttemptState,
  kind: SessionKind,
): Caller {
  return {
    subject: services.addresses.nameOf(
      "limit",
      limitSubject(visitor.ip, services.config.ipv6Prefix),
    ),
    current: signedIn,
    device: deviceCookie.read(headers, cookies),
    kind,
    ip_address: visitor.ip,
    user_agent: headers.get("user-agent"),
  };
}

/** What `login()` and `signup()` need to know of a script's request. */
export function scriptAttempt(
  { username, password, code = null }: Credentials & { code?: string | null },
  headers: Headers,
  state: AttemptState,
): Attempt {
  return { username, password, code, ...callerOf(headers, state, "api") };
}

/**
 * The attempt that a login or signup form makes.
 *
 * @throws {Refusal} for a body that is no form.
 */
export async function formAttempt(
  request: Request,
  state: AttemptState,
): Promise<Attempt> {
  const form = await readForm(request);
  return {
    username: form.get("username") ?? "",
    password: form.get("password") ?? "",
    code: form.get("code")?.trim() || null,
    ...callerOf(request.headers, state, "browser"),
  };
}
