import type { Device } from "../../lib/accounts/devices.ts";
import { PlaceName } from "../ui/place.tsx";
import { Scroll } from "../ui/scroll.tsx";
import { Time } from "../ui/time.tsx";
import { UserAgent } from "../ui/user_agent.tsx";

/** A known device as its user sees it. */
export interface DeviceRow {
  id: string;
  device: Device;
  /** Whether the page is seen on it. */
  isThis: boolean;
  place: { city: string | null; country: string | null } | null;
}

/** A user's known devices, each with a button that makes it a stranger again. */
export function DeviceList(
  { devices, now }: { devices: DeviceRow[]; now: number },
) {
  return (
    <section class="panel flush" id="devices">
      <h2>Known devices</h2>
      <p class="head muted">
        Browsers that you have logged in from. You can log in from them even
        while somebody else tries passwords for your account.
      </p>
      {devices.length === 0
        ? <p class="head">No device is known.</p>
        : (
          <Scroll label="Known devices">
            <table>
              <thead>
                <tr>
                  <th scope="col">Browser</th>
                  <th scope="col">Last address</th>
                  <th scope="col">Place</th>
                  <th scope="col">First login</th>
                  <th scope="col">Last login</th>
                  <th scope="col">
                    <span class="visually-hidden">Action</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {devices.map(({ id, device, isThis, place }) => (
                  <tr key={id}>
                    <td>
                      <UserAgent text={device.user_agent} />{" "}
                      {isThis && <span class="badge good">this one</span>}
                    </td>
                    <td class="mono nowrap">{device.ip_address}</td>
                    <td>
                      <PlaceName place={place} />
                    </td>
                    <td class="nowrap">
                      <Time at={device.created_at} now={now} />
                    </td>
                    <td class="nowrap">
                      <Time at={device.last_used_at} now={now} />
                    </td>
                    <td>
                      <form method="post">
                        <input type="hidden" name="action" value="forget" />
                        <input type="hidden" name="device" value={id} />
                        <button
                          class="danger small"
                          type="submit"
                          aria-label={`Forget the device last used from ${device.ip_address}`}
                        >
                          Forget
                        </button>
                      </form>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Scroll>
        )}
    </section>
  );
}
