import { Field } from "../ui/field.tsx";

/** Reputable lists; their terms of use are in docs/feeds.md. */
export const KNOWN_FEEDS = [
  [
    "spamhaus-drop",
    "Spamhaus DROP",
    "https://www.spamhaus.org/drop/drop_v4.json",
  ],
  [
    "spamhaus-drop-v6",
    "Spamhaus DROP, IPv6",
    "https://www.spamhaus.org/drop/drop_v6.json",
  ],
  [
    "firehol-level1",
    "FireHOL level 1",
    "https://raw.githubusercontent.com/firehol/blocklist-ipsets/master/firehol_level1.netset",
  ],
] as const;

/** The submitted values, to be shown again. */
export interface FeedFormValues {
  name?: string;
  url?: string;
  every?: string;
  for?: string;
}

const EVERY = [["1h", "hour"], ["6h", "6 hours"], ["24h", "day"], [
  "7d",
  "7 days",
]] as const;
const FOR = [["24h", "1 day"], ["72h", "3 days"], ["14d", "14 days"], [
  "30d",
  "30 days",
]] as const;

/** Adds a feed; its first list is previewed before it is applied. */
export function FeedForm({ values }: { values: FeedFormValues }) {
  const every = values.every || "24h";
  const keep = values.for || "72h";
  return (
    <form method="post" class="filters">
      <Field
        label="Name"
        id="feed-name"
        name="name"
        required
        maxLength={40}
        pattern="[a-z0-9](?:[a-z0-9\-]*[a-z0-9])?"
        title="Lower case letters, digits and hyphens"
        placeholder="spamhaus-drop"
        value={values.name}
        autocomplete="off"
        spellcheck={false}
      />
      <Field
        label="URL"
        id="feed-url"
        name="url"
        type="url"
        required
        maxLength={2000}
        placeholder="https://"
        value={values.url}
        autocomplete="off"
      />
      <div class="field">
        <label for="feed-every">Fetch it every</label>
        <select id="feed-every" name="every">
          {EVERY.map(([value, label]) => (
            <option key={value} value={value} selected={value === every}>
              {label}
            </option>
          ))}
        </select>
      </div>
      <div class="field">
        <label for="feed-for">If it fails, keep entries for</label>
        <select id="feed-for" name="for">
          {FOR.map(([value, label]) => (
            <option key={value} value={value} selected={value === keep}>
              {label}
            </option>
          ))}
        </select>
      </div>
      <button type="submit" name="action" value="add">
        Add and preview
      </button>
    </form>
  );
}
