import type {
  Listing,
  ListingPreview,
} from "../../lib/console/list_incidents.ts";
import { DurationField } from "../lists/block_form.tsx";
import { Num } from "../ui/number.tsx";
import { Affects } from "./affects.tsx";
import { Field } from "../ui/field.tsx";

/** The preview of a decision about several incidents, with its impact. */
export function DecideMany(
  { listing, ids, preview, why, cancel }: {
    listing: Listing;
    ids: readonly string[];
    preview: ListingPreview;
    why: string;
    /** The page without it. */
    cancel: string;
  },
) {
  const { targets } = preview;
  const isBlock = listing === "block";
  const them = targets.length === 1 ? "address" : "addresses";
  return (
    <section class="panel" id="decide" aria-labelledby="decide-title">
      <h2 id="decide-title">
        {isBlock ? "Block" : "Add to the safelist"}: {ids.length}{" "}
        {ids.length === 1 ? "incident" : "incidents"}
      </h2>
      <Affects preview={preview}>
        <Num value={targets.length} /> {them} would be{" "}
        {isBlock ? "blocked" : "put on the safelist, which no rule refuses,"}
        {" "}
        for the time that you choose.
      </Affects>
      <form method="post" class="filters">
        {ids.map((id) => <input type="hidden" key={id} name="id" value={id} />)}
        <input type="hidden" name="confirmed" value="1" />
        <Field
          label="Reason"
          name="why"
          value={why}
          maxLength={400}
          autocomplete="off"
        />
        <DurationField
          id="for"
          last={isBlock ? "until unblocked" : "until removed"}
          chosen={isBlock ? "24h" : ""}
        />
        {targets.length > 0 && (
          <button
            type="submit"
            class={isBlock ? "danger" : undefined}
            name="action"
            value={listing}
          >
            {isBlock ? "Block all" : "Add all"} <Num value={targets.length} />
          </button>
        )}
        <a class="button quiet" href={cancel} aria-current="false">Cancel</a>
      </form>
    </section>
  );
}
