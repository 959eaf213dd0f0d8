import { setActive, setRole } from "../accounts/change_user.ts";
import { getUser } from "../accounts/users.ts";
import { getFinding } from "../detection/findings.ts";
import {
  getIncident,
  setIncidentActive,
  unwatchIncident,
} from "../detection/incidents/store.ts";
import {
  changeRuleSetting,
  readRuleSettings,
} from "../detection/rule_settings.ts";
import { isInForce, undoBlock } from "../detection/undo_block.ts";
import { isChallenged, undoChallenge } from "../detection/undo_challenge.ts";
import {
  changeReceiver,
  getReceiver,
  removeReceiver,
  restoreReceiver,
  stateOf,
} from "../alerts/receiver_store.ts";
import { Refusal } from "../base/refusal.ts";
import type { FeedContext } from "../feeds/enforce.ts";
import { getFeed } from "../feeds/feed_store.ts";
import { removeFeed } from "../feeds/remove.ts";
import { canRestoreFeed, restoreFeed } from "../feeds/restore.ts";
import { canUndoDecision, undoDecision } from "../feeds/undo.ts";
import { isLive } from "../lists/access_entry.ts";
import type { AccessEntry } from "../lists/access_entry.ts";
import { audited, auditedHost } from "../lists/access_audit.ts";
import { disallowHost, restoreHost } from "../lists/safe_hosts.ts";
import type { SafeHost } from "../lists/safe_hosts.ts";
import {
  allowIp,
  blockIp,
  disallowIp,
  unblockIp,
} from "../lists/access_store.ts";
import { canRestore, restorePolicy } from "../policy/policy_store.ts";
import {
  addTemporaryRule,
  removeTemporaryRule,
  temporaryRules,
} from "../policy/temporary.ts";
import {
  appendAudit,
  type AuditEntry,
  type ReceiverState,
  type Reversal,
} from "../store/audit.ts";
import type { AuditAction } from "../store/audit_actions.ts";
import { keys } from "../store/keys.ts";
import { getRemoved } from "../store/removed.ts";
import { entriesOf, unblockList } from "./block_list.ts";
import type { ConsoleParts } from "./console_parts.ts";
import { settleFindings, settleIncidents } from "./settle.ts";

/** The author of an undo and their address. */
export interface Undoer {
  by: string;
  from: string;
}

/** The dependencies of an undo. */
export interface UndoParts extends
  Pick<
    ConsoleParts,
    "kv" | "now" | "lists" | "accounts" | "addresses" | "config"
  > {
  /** The context of feeds; no list may block these addresses. */
  feeds(also: readonly string[]): FeedContext;
  /** Called when alert receivers have changed. */
  alerts: { refresh(): Promise<void> };
}

/** Whether an action of the audit trail is still in effect, so that it can be undone. */
export async function canUndo(
  parts: Pick<UndoParts, "kv" | "now" | "accounts">,
  entry: AuditEntry,
): Promise<boolean> {
  const { kv, now } = parts;
  if (entry.undo !== null) return await isInForce(kv, entry, now());
  if (entry.policy) return await canRestore(kv, entry.policy);
  return entry.reverse !== undefined && await holds(parts, entry.reverse);
}

/**
 * Undoes an action of the audit trail, if it is still in effect. The undo is an entry of its own;
 * nothing is removed from the trail.
 *
 * @returns whether it was undone now.
 * @throws {Refusal} if the reversal is refused, as for one's own account or the last admin.
 */
export async function undoEntry(
  parts: UndoParts,
  entry: AuditEntry,
  who: Undoer,
): Promise<boolean> {
  if (!await canUndo(parts, entry)) return false;
  const { kv, now, lists, addresses } = parts;
  const author = { ...who, now: now() };
  if (entry.undo !== null) {
    const changes = await undoBlock(kv, entry, { ...author, addresses });
    if (changes !== null) lists.applyLocal(changes);
    return changes !== null;
  }
  if (entry.policy) {
    await restorePolicy(kv, entry.policy.version, author);
    return true;
  }
  await reverse(parts, entry, entry.reverse!, who);
  return true;
}

async function holds(
  { kv, now, accounts }: Pick<UndoParts, "kv" | "now" | "accounts">,
  reversal: Reversal,
): Promise<boolean> {
  switch (reversal.kind) {
    case "unlist":
    case "relist": {
      const { list, ip_address } = reversal;
      const { value } = await kv.get<AccessEntry>(
        keys.access(list, ip_address),
      );
      const live = value !== null && isLive(value, now()) ? value : null;
      if (reversal.kind === "unlist") {
        return live?.created_at === reversal.created_at;
      }
      const { expires_at, reason } = reversal;
      const isOver = expires_at !== null && expires_at <= now();
      return !isOver && live?.reason !== reason;
    }
    case "unlist_many": {
      const { entries } = reversal;
      const there = await entriesOf(kv, entries.map(([ip]) => ip), now());
      return entries.some(([ip, created_at]) =>
        there.get(ip)?.created_at === created_at
      );
    }
    case "user": {
      const user = await getUser(accounts, reversal.id);
      if (user === null) return false;
      const { action } = reversal;
      return action === "promote"
        ? user.role === "user"
        : action === "demote"
        ? user.role === "admin"
        : user.is_active === (action === "disable");
    }
    case "rule": {
      const settings = await readRuleSettings(kv);
      return JSON.stringify(settings[reversal.name] ?? {}) ===
        JSON.stringify(reversal.after);
    }
    case "remove_feed": {
      const feed = await getFeed(kv, reversal.name);
      return feed?.created_at === reversal.created_at && !feed.removing;
    }
    case "feed_list":
      return canUndoDecision(await getFeed(kv, reversal.name), reversal.id);
    case "restore_feed":
      return await canRestoreFeed({ kv, now }, reversal.name);
    case "remove_receiver":
      return await getReceiver(kv, reversal.id) !== null;
    case "restore_receiver":
      return await getReceiver(kv, reversal.id) === null &&
        await getRemoved(kv, "receiver", reversal.id, now()) !== null;
    case "receiver": {
      const receiver = await getReceiver(kv, reversal.id);
      return receiver !== null &&
        isSame(stateOf(receiver), reversal.after);
    }
    case "unlist_host":
    case "relist_host": {
      const { value } = await kv.get<SafeHost>(keys.safeHost(reversal.host));
      const live = value !== null && isLive(value, now()) ? value : null;
      if (reversal.kind === "unlist_host") {
        return live?.created_at === reversal.created_at;
      }
      return isLive(reversal, now()) &&
        (live?.reason !== reversal.reason ||
          live?.expires_at !== reversal.expires_at);
    }
    case "unchallenge":
      return await isChallenged(kv, reversal, now());
    case "temporary_rule":
    case "restore_rule": {
      const isRemoval = reversal.kind === "temporary_rule";
      const name = isRemoval ? reversal.name : reversal.rule.name;
      const { rules } = await temporaryRules(kv, now());
      const isThere = rules.some(({ rule }) => rule.name === name);
      return isRemoval ? isThere : !isThere && reversal.until > now();
    }
    case "findings":
    case "incidents": {
      const get = reversal.kind === "incidents" ? getIncident : getFinding;
      for (const id of reversal.ids) {
        const one = await get(kv, id, now());
        if (one && one.is_active !== reversal.is_active) return true;
      }
      return false;
    }
    case "watch": {
      const incident = await getIncident(kv, reversal.id, now());
      return incident !== null && incident.is_active &&
        !!incident.is_watched && !reversal.before.is_watched;
    }
  }
}

async function reverse(
  { kv, now, lists, accounts, addresses, config, feeds, alerts }: UndoParts,
  entry: AuditEntry,
  reversal: Reversal,
  { by, from }: Undoer,
): Promise<void> {
  const why = `undid what ${entry.who} did`;
  const audit = (what: Parameters<typeof audited>[0], ip: string) =>
    audited(what, { who: by, from, ip, why }, now);
  switch (reversal.kind) {
    case "unlist": {
      const { list, ip_address: ip } = reversal;
      const { changes } = list === "blocked"
        ? await unblockIp(kv, now, ip, audit("unblock", ip))
        : await disallowIp(kv, now, ip, audit("disallow", ip));
      lists.applyLocal(changes);
      return;
    }
    case "relist": {
      const { list, ip_address: ip, kind: _, ...order } = reversal;
      const { changes } = list === "blocked"
        ? await blockIp(kv, now, {
          ...{ ...order, ip, also: audit("block", ip) },
          trustedProxies: config.trustedProxies,
          protectedIps: [from],
        })
        : await allowIp(kv, now, { ...order, ip, also: audit("allow", ip) });
      lists.applyLocal(changes);
      return;
    }
    case "unlist_many": {
      const undone = await unblockList({ kv, now, lists }, reversal.entries);
      const { incident, incidents = incident ? [incident] : [] } = reversal;
      for (const id of incidents) {
        await setIncidentActive(kv, id, true, {
          ...{ by, why: "undone", now: now() },
        });
      }
      await appendAudit(kv, {
        who: by,
        what: "unblock_list",
        target: `${undone} addresses`,
        from,
        why,
      }, now());
      return;
    }
    case "user": {
      const { id, action } = reversal;
      if (action === "promote" || action === "demote") {
        await setRole(accounts, id, action === "promote" ? "admin" : "user");
      } else await setActive(accounts, id, action === "enable");
      await appendAudit(kv, {
        who: by,
        what: `user_${action}`,
        target: entry.target,
        from,
        why,
        reverse: { kind: "user", id, action: OPPOSITE[action] },
      }, now());
      return;
    }
    case "rule": {
      const { name, before, after } = reversal;
      await changeRuleSetting(kv, name, {
        ...{ armed: undefined, threshold: undefined, windowMs: undefined },
        ...before,
      });
      await appendAudit(kv, {
        who: by,
        what: "change_rule",
        target: name,
        from,
        why,
        reverse: { kind: "rule", name, before: after, after: before },
      }, now());
      return;
    }
    case "remove_feed": {
      const { kind, message } = await removeFeed(
        feeds([from]),
        reversal.name,
        { by, from },
      );
      if (kind === "busy") throw new Refusal("conflict", message);
      return;
    }
    case "feed_list": {
      const { name, id } = reversal;
      const { kind, message } = await undoDecision(
        feeds([from]),
        { name, id, why },
        { by, from },
      );
      if (kind === "busy" || kind === "failed") {
        throw new Refusal("conflict", message);
      }
      return;
    }
    case "restore_feed": {
      await restoreFeed(feeds([from]), reversal.name, { by, from });
      return;
    }
    case "remove_receiver":
    case "restore_receiver":
    case "receiver": {
      const { id } = reversal;
      const [what, reverse]: [AuditAction, Reversal] =
        reversal.kind === "receiver"
          ? [receiverAction(reversal.after, reversal.before), {
            ...{ kind: "receiver", id },
            ...{ before: reversal.after, after: reversal.before },
          }]
          : reversal.kind === "remove_receiver"
          ? ["remove_receiver", { kind: "restore_receiver", id }]
          : ["add_receiver", { kind: "remove_receiver", id }];
      await (reversal.kind === "receiver"
        ? changeReceiver(kv, id, reversal.before)
        : reversal.kind === "remove_receiver"
        ? removeReceiver(kv, id, now())
        : restoreReceiver(kv, id, now()));
      await alerts.refresh();
      await appendAudit(kv, {
        ...{ who: by, what, target: entry.target, from, why, reverse },
      }, now());
      return;
    }
    case "unlist_host": {
      const { host } = reversal;
      const also = auditedHost("disallow", { who: by, from, host, why }, now);
      lists.applyLocal((await disallowHost(kv, now, host, also)).changes);
      return;
    }
    case "relist_host": {
      const { host } = reversal;
      const also = auditedHost("allow", { who: by, from, host, why }, now);
      lists.applyLocal(await restoreHost(kv, now, reversal, also));
      return;
    }
    case "unchallenge": {
      await undoChallenge(kv, reversal, { by, now: now(), addresses });
      await appendAudit(kv, {
        ...{ who: by, what: "lift_limits", target: reversal.ip_address },
        ...{ from, why },
      }, now());
      return;
    }
    case "restore_rule": {
      const { rule, until, created_by } = reversal;
      await addTemporaryRule(kv, {
        ...{ rule, until, by: created_by, from, why, now: now() },
        who: by,
      });
      const id = incidentOf(rule.name);
      if (id === null) return;
      await setIncidentActive(kv, id, false, {
        ...{ by, why, now: now(), decision: "refused" },
      });
      return;
    }
    case "temporary_rule": {
      const { name } = reversal;
      await removeTemporaryRule(kv, name, { by, from, now: now() });
      const id = incidentOf(name);
      if (id === null) return;
      await setIncidentActive(kv, id, true, {
        ...{ by, why: "undone", now: now() },
      });
      return;
    }
    case "findings":
    case "incidents": {
      const { ids, is_active, listed } = reversal;
      for (const [ip, created_at] of listed?.entries ?? []) {
        const key = keys.access(listed!.list, ip);
        const { value } = await kv.get<AccessEntry>(key);
        if (value?.created_at !== created_at) continue;
        const { changes } = listed!.list === "blocked"
          ? await unblockIp(kv, now, ip, audit("unblock", ip))
          : await disallowIp(kv, now, ip, audit("disallow", ip));
        lists.applyLocal(changes);
      }
      const settle = reversal.kind === "incidents"
        ? settleIncidents
        : settleFindings;
      await settle({ kv, now }, ids, {
        ...{ isActive: is_active, who: { by, from }, why },
      });
      return;
    }
    case "watch": {
      const { id, before } = reversal;
      await unwatchIncident(kv, id, before, now());
      await appendAudit(kv, {
        ...{ who: by, what: "unwatch_incident", target: entry.target },
        ...{ from, why },
      }, now());
    }
  }
}

/** The incident whose decision made a temporary rule, or null. */
function incidentOf(rule: string): string | null {
  return /^incident-(.+)$/.exec(rule)?.[1] ?? null;
}

function isSame(a: ReceiverState, b: ReceiverState): boolean {
  return a.least === b.least && a.lists === b.lists &&
    a.is_paused === b.is_paused && a.quiet?.from === b.quiet?.from &&
    a.quiet?.to === b.quiet?.to;
}

/** The names of changes to a receiver. */
function receiverAction(
  before: ReceiverState,
  after: ReceiverState,
): AuditAction {
  return before.is_paused === after.is_paused
    ? "change_receiver"
    : after.is_paused
    ? "pause_receiver"
    : "resume_receiver";
}

const OPPOSITE = {
  promote: "demote",
  demote: "promote",
  disable: "enable",
  enable: "disable",
} as const;
