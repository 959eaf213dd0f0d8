import type { findingItem } from "../detection/finding_item.ts";
import type { Severity } from "../detection/types.ts";

/** What was done to an address or range. */
export interface ListChangeItem {
  what: "blocked" | "unblocked" | "safelisted" | "removed from the safelist";
  ip_address: string;
  /** A user's name, `auto:<rule>`, or null if unknown. */
  by: string | null;
  why: string | null;
  /** ISO time; null: until it is removed. */
  until: string | null;
}

/** An event that receivers are sent. Texts in it may come from visitors. */
export type AlertEvent =
  | { type: "finding"; finding: ReturnType<typeof findingItem> }
  | {
    /** Findings that got no alert of their own. */
    type: "more_findings";
    count: number;
    by_rule: Record<string, number>;
    worst: Severity;
  }
  | {
    type: "blocklist";
    /** How many entries of each kind; `items` holds the first 20 of them all. */
    counts: Partial<Record<ListChangeItem["what"], number>>;
    /** How many were blocked by each feed or imported list; these are not in `items`. */
    by_list: Record<string, number>;
    items: ListChangeItem[];
    /** A large list came in, which is not counted entry by entry. */
    imported: boolean;
  }
  | {
    /** Somebody has logged in from a country that the account never logged in from. */
    type: "new_country";
    username: string;
    ip_address: string;
    country: string;
    city: string | null;
    /** Where the account logged in from before. */
    known: string[];
  }
  | { type: "test"; by: string };

/** An event waiting for delivery; times are epoch milliseconds. */
export interface WaitingAlert {
  id: string;
  at: number;
  event: AlertEvent;
  /** How often the receiver has refused it. */
  refusals: number;
  /** When it is dropped as outdated. */
  expires_at: number;
}
