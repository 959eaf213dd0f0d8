/** Blocks in one click; a block that would affect signed-in users is previewed first. */
export function QuickBlock(
  { ip, network }: { ip: string; network: string | null },
) {
  return (
    <div class="row">
      <Choices ip={ip} label="Block" />
      {network && <Choices ip={network} label={`Block ${network}`} />}
    </div>
  );
}

const TIMES = [["1h", "1 h"], ["24h", "24 h"], ["", "for good"]] as const;

function Choices({ ip, label }: { ip: string; label: string }) {
  return (
    <form method="post" class="inline">
      <input type="hidden" name="action" value="block" />
      <input type="hidden" name="check" value="all" />
      <input type="hidden" name="ip" value={ip} />
      <input type="hidden" name="reason" value="From the dossier" />
      {TIMES.map(([value, time]) => (
        <button
          key={time}
          class="danger small"
          type="submit"
          name="for"
          value={value}
        >
          {label} {time}
        </button>
      ))}
    </form>
  );
}
