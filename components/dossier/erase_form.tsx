/** Exports the data of an address, and erases it after it was typed again. */
export function EraseForm(
  { ip, isBlocked }: {
    ip: string;
    /** Whether the blocklist has an entry for exactly this address. */
    isBlocked: boolean;
  },
) {
  return (
    <>
      <h2>Export or erase data</h2>
      <form
        method="post"
        action={`/admin/export/address?ip=${encodeURIComponent(ip)}`}
        f-client-nav={false}
      >
        <button class="quiet" type="submit">Download all data as JSON</button>
      </form>
      <details>
        <summary>Erase this address</summary>
        <form method="post" class="stack">
          <p>
            In stored requests and logins the address is replaced by its
            network; city, user agent, referrer and user name are deleted, and
            so are its findings, limits, cached location and notes. This cannot
            be undone.
          </p>
          {isBlocked && (
            <>
              <p class="notice warn">
                This address is blocked. The block is kept, with its reason and
                the audit trail, unless you remove it here.
              </p>
              <label class="inline">
                <input type="checkbox" name="unblock" value="1" />{" "}
                Remove the block as well
              </label>
            </>
          )}
          <div class="field">
            <label for="erase-confirm">Type the address to confirm</label>
            <input
              id="erase-confirm"
              name="confirm"
              required
              maxLength={64}
              autocomplete="off"
              spellcheck={false}
              placeholder={ip}
            />
          </div>
          <div>
            <button class="danger" type="submit" name="action" value="erase">
              Erase
            </button>
          </div>
        </form>
      </details>
    </>
  );
}
