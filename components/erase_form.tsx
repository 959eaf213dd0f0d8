/** Makes an address's requests nobody's, once it was typed again. */
export function EraseForm({ ip }: { ip: string }) {
  return (
    <details>
      <summary>Erase this address from the request log</summary>
      <form method="post" class="stack">
        <p>
          Its stored requests will count as those of its network, without city,
          user agent, referrer and user name. That cannot be undone. Requests of
          the last two minutes, the login log, findings and entries of the lists
          stay.
        </p>
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
  );
}
