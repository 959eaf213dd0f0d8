/** The path of the page about an address or a range. */
export function dossierPath(cidr: string): string {
  return `/admin/ip/${encodeURIComponent(cidr).replaceAll("%3A", ":")}`;
}

/** An address or range, as a link to its page; `*` stands for the whole site. */
export function DossierLink({ cidr }: { cidr: string }) {
  if (cidr === "*") return <span class="muted">the whole site</span>;
  return <a class="mono" href={dossierPath(cidr)}>{cidr}</a>;
}
