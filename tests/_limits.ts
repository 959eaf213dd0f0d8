/**
 * Loaded before the tests: atomic writes with more checks than denokv and Deno Deploy allow are
 * refused in the same way by the in-memory and the file store.
 *
 * @module
 */
import { MAX_CHECKS } from "../lib/store/checks.ts";

const prototype = Deno.AtomicOperation.prototype;
const { check, commit } = prototype;
const counts = new WeakMap<Deno.AtomicOperation, number>();

prototype.check = function (...checks) {
  counts.set(this, (counts.get(this) ?? 0) + checks.length);
  return check.apply(this, checks);
};
prototype.commit = function () {
  const count = counts.get(this) ?? 0;
  if (count > MAX_CHECKS) {
    return Promise.reject(
      new TypeError(`Too many checks (max ${MAX_CHECKS}, ${count} here)`),
    );
  }
  return commit.call(this);
};
