import { Field } from "../ui/field.tsx";

/** The durations of a block offered on pages; empty: until unblocked. */
const DURATIONS = [["1h", "1 hour"], ["24h", "24 hours"], ["7d", "7 days"], [
  "30d",
  "30 days",
], ["", ""]] as const;

/** The durations of a list entry; `last` is the label for no end. */
export function DurationField(
  { id, last, chosen }: { id: string; last: string; chosen: string },
) {
  return (
    <div class="field">
      <label for={id}>For</label>
      <select id={id} name="for">
        {DURATIONS.map(([value, label]) => (
          <option key={value} value={value} selected={value === chosen}>
            {label || last}
          </option>
        ))}
      </select>
    </div>
  );
}

/** The values that {@linkcode BlockForm} shows again after a refusal. */
export interface BlockFormValues {
  ip?: string;
  reason?: string;
  for?: string;
}

/**
 * Blocks an address or range; posts `action=block` to its page. The first button, which Enter
 * presses, only previews the impact.
 */
export function BlockForm(
  { values = {}, fixedIp, needsForce, shownFor }: {
    values?: BlockFormValues;
    /** The address, if it is fixed. */
    fixedIp?: string;
    /** Offer to block with force, after a refusal. */
    needsForce?: boolean;
    /** The address whose impact was previewed. */
    shownFor?: string;
  },
) {
  const chosen = values.for ?? "24h";
  return (
    <form method="post" class="filters">
      <input type="hidden" name="action" value="block" />
      <input type="hidden" name="check" value="all" />
      {shownFor && <input type="hidden" name="confirmed" value={shownFor} />}
      {fixedIp ? <input type="hidden" name="ip" value={fixedIp} /> : (
        <Field
          label="Address or range, or several"
          id="block-ip"
          name="ip"
          required
          maxLength={20_000}
          value={values.ip}
          placeholder="203.0.113.9 or 203.0.113.0/24"
          autocomplete="off"
          spellcheck={false}
        />
      )}
      <Field
        label="Reason"
        id="block-reason"
        name="reason"
        maxLength={500}
        value={values.reason}
      />
      <DurationField id="block-for" last="until unblocked" chosen={chosen} />
      {needsForce && (
        <label class="inline">
          <input type="checkbox" name="force" value="1" /> Block anyway
        </label>
      )}
      <button type="submit" class="quiet" name="preview" value="1">
        Preview
      </button>
      <button type="submit">Block</button>
    </form>
  );
}
