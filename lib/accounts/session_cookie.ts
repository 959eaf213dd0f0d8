import { hostCookie } from "../http/host_cookie.ts";
import { SESSION_LIFETIMES } from "./sessions.ts";

/** The session's cookie. */
const cookie = hostCookie("portcullis", SESSION_LIFETIMES.browser.absolute);

/** The session cookie's name: `__Host-portcullis`, or `portcullis` over plain http. */
export const sessionCookieName = cookie.name;

/** The secret in a request's cookie, or null. */
export const readSessionCookie = cookie.read;

/** Adds the cookie of a new session to a response. */
export const setSessionCookie = cookie.set;

/** Adds the field that takes the cookie from the browser. */
export const clearSessionCookie = cookie.clear;
