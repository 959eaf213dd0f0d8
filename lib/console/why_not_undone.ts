import type { AuditEntry } from "../store/audit.ts";
import { AUDIT_ACTIONS, type AuditAction } from "../store/audit_actions.ts";

const AN_UNDO = "is an undo itself: do it again";
const NOT_KEPT = "what was before is not kept";
const BY_USER = "only the user can";
const NO_CHANGE = "nothing was changed";
const RULES_OF = "an identity provider decides this";

/** Why there is no undo, in a few words, or null. */
const WHY: Record<AuditAction, string> = {
  block: NOT_KEPT,
  confirm_block: NOT_KEPT,
  unblock: NOT_KEPT,
  undo_block: AN_UNDO,
  allow: NOT_KEPT,
  disallow: NOT_KEPT,
  block_list: NOT_KEPT,
  unblock_list: AN_UNDO,
  import_blocks: "nothing new was blocked, or too much to keep",
  import_list: "the list was the same, or another is imported over it",
  challenge: NOT_KEPT,
  lift_limits: "limits count anew",
  add_feed: NOT_KEPT,
  refresh_feed: "the next refresh would do it again",
  hold_feed: NO_CHANGE,
  discard_feed: NOT_KEPT,
  undo_feed: AN_UNDO,
  remove_feed: NOT_KEPT,
  feed_failed: NO_CHANGE,
  detect: "its findings can be dismissed and its blocks undone",
  resolve_finding: "reopen it where it stands",
  reopen_finding: "resolve it where it stands",
  resolve_incident: "it was resolved before",
  reopen_incident: "it was open before",
  watch_incident: NOT_KEPT,
  unwatch_incident: AN_UNDO,
  apply_policy: NOT_KEPT,
  add_temporary_rule: NOT_KEPT,
  remove_temporary_rule: NOT_KEPT,
  change_rule: NOT_KEPT,
  user_signup: "disable or delete the account",
  user_create: "disable or delete the account",
  user_promote: RULES_OF,
  user_demote: RULES_OF,
  user_disable: NOT_KEPT,
  user_enable: NOT_KEPT,
  user_password: "passwords are not kept",
  user_reset_password: "passwords are not kept",
  user_factor_on: BY_USER,
  user_factor_off: BY_USER,
  user_remove_factor: "its key is deleted: only the user can set up another",
  user_recovery_codes: "the codes before are not valid any more",
  user_revoke: "the user logs in again",
  user_revoke_all: "the user logs in again",
  user_forget_device: "the device is known again after a login",
  user_lift: "attempts count anew",
  test_alert: "the message was sent",
  add_receiver: NOT_KEPT,
  change_receiver: NOT_KEPT,
  pause_receiver: NOT_KEPT,
  resume_receiver: NOT_KEPT,
  remove_receiver: NOT_KEPT,
  import_log: "imported requests end with the log's retention",
  restore: "only a backup from before can",
  note: "write it again",
  export: "it was handed out",
  erase: "what was erased is gone",
  erase_account: "what was erased is gone",
};

/** Why an entry cannot be undone, in a few words. */
export function whyNotUndone({ what, undo, policy, reverse }: AuditEntry) {
  if (undo || policy || reverse) return "no longer in effect";
  // It may be from another version.
  const known = AUDIT_ACTIONS.find((action) => action === what);
  return known ? WHY[known] : "unknown to this version";
}
