import type { AccountErased } from "./account_traces.ts";
import type { AddressErased } from "./address_traces.ts";

/** What an erasure did, or would do. */
export type Erased = (AddressErased | AccountErased) & { isDone?: boolean };

/** The outside form of what was erased, or would be. */
export function erasedItem(whom: string, erased: Erased, isDry: boolean) {
  const { isDone = true, ...counts } = erased;
  return {
    of: whom,
    dry_run: isDry,
    ...counts,
    ...counts.kind === "address"
      ? { blocked: counts.blocked?.ip_address ?? null }
      : isDry
      ? { pseudonym: null }
      : {},
    is_done: !isDry && isDone,
  };
}

/** What was erased, or would be, in sentences. */
export function erasedLines(
  whom: string,
  erased: Erased,
  isDry = false,
): string[] {
  const { requests, left, logins } = erased;
  const all: [count: number, one: string, many: string][] = [
    [requests, "request", "requests"],
    [logins, "login", "logins"],
  ];
  if (erased.kind === "address") {
    all.push(
      [erased.findings, "finding", "findings"],
      [erased.account_rows, "row of an account", "rows of accounts"],
      [
        erased.other_rows,
        "limit, cached location, offence or note",
        "limits, cached locations, offences and notes",
      ],
      [erased.audit, "audit entry", "audit entries"],
    );
  } else {
    all.push(
      [erased.other_rows, "limit", "limits"],
      [
        erased.pseudonyms,
        "entry that names a pseudonym now",
        "entries that name a pseudonym now",
      ],
    );
  }
  const counts = all.map(([count, one, many]) =>
    `${count} ${count === 1 ? one : many}`
  ).join(", ");
  const lines = [
    isDry
      ? `Would erase of ${whom}: ${counts}.`
      : `Erased of ${whom}: ${counts}.`,
  ];
  if (isDry) {
    if (left > 0) lines.push(`${left} more are from the last two minutes.`);
  } else if (erased.isDone === false) {
    lines.push(
      "Requests of the last two minutes are erased within a few minutes, while a server runs.",
    );
  }
  if (erased.kind === "account") {
    if (!isDry) lines.push(`The audit trail says ${erased.pseudonym}.`);
    return lines;
  }
  if (erased.blocked !== null) {
    const { expires_at } = erased.blocked;
    lines.push(
      `It is blocked${
        expires_at === null
          ? ""
          : ` until ${new Date(expires_at).toISOString()}`
      }, and the block is kept with its reason and the audit trail, as a legitimate interest. Remove the block as well to erase it.`,
    );
  }
  if (erased.is_safe) lines.push("It is on the safelist, and is kept there.");
  return lines;
}
