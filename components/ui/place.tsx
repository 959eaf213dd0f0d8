/** A city and country, as far as known. */
export function PlaceName(
  { place }: {
    place: { city: string | null; country: string | null } | null;
  },
) {
  const text = [place?.city, place?.country].filter(Boolean).join(", ");
  return text ? <>{text}</> : <span class="muted">unknown</span>;
}
