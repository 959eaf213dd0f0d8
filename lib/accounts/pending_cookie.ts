import { hostCookie } from "../http/host_cookie.ts";
import { PENDING_LOGIN_MS } from "./pending_login.ts";

/** `__Host-portcullis-pending`: the secret of a login that waits for its second factor. */
export const pendingCookie = hostCookie("portcullis-pending", PENDING_LOGIN_MS);
