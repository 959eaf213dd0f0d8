import type { Count } from "../../lib/log/count_matching.ts";
import {
  FILTER_LABELS,
  type FilterInUse,
  withoutFilter,
} from "../ui/filter_chips.tsx";
import { Num } from "../ui/number.tsx";

/** For an empty list, shows the number of requests without each of its filters. */
export function NothingMatched(
  { url, without }: {
    url: URL;
    without: { filter: FilterInUse; found: Count }[];
  },
) {
  return (
    <div class="empty stack">
      <p>No request matches all of these filters.</p>
      <ul class="plain">
        {without.map(({ filter, found }) => (
          <li key={filter.name + filter.isExcept + filter.value}>
            <a href={withoutFilter(url, filter)} aria-current="false">
              Without {filter.isExcept ? "not " : ""}
              {FILTER_LABELS[filter.name]}: {filter.value}
            </a>
            : {!found.isAll && found.count === 0 ? "not counted in time" : (
              <>
                {!found.isAll && "at least "}
                <Num value={found.count} />
              </>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}
