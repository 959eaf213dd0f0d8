import { Table } from "../ui/table.tsx";
import type { Device } from "../../lib/accounts/devices.ts";
import { PlaceName } from "../ui/place.tsx";
import { ProvenForm } from "./proven_form.tsx";
import { Time } from "../ui/time.tsx";
import { UserAgent } from "../ui/user_agent.tsx";

const FORM = "forget-device";

/** A known device as shown to its user. */
export interface DeviceRow {
  id: string;
  device: Device;
  /** Whether the request comes from it. */
  isThis: boolean;
  place: { city: string | null; country: string | null } | null;
}

/** A user's known devices, each with a button that makes it unknown again. */
export function DeviceList(
  { devices, now, error }: {
    devices: DeviceRow[];
    now: number;
    /** Why none was forgotten. */
    error: string | undefined;
  },
) {
  return (
    <section class="panel flush" id="devices">
      <h2>Known devices</h2>
      <p class="head muted">
        Browsers that you have logged in from. You can log in from them even
        while somebody else tries to guess your password.
      </p>
      {devices.length === 0
        ? <p class="head">There are no known devices.</p>
        : (
          <>
            <ProvenForm
              id={FORM}
              action="forget"
              hint="Needed to remove a device."
              error={error}
            />
            <Table
              label="Known devices"
              rows={devices}
              keyOf={({ id }) => id}
              columns={[
                {
                  header: "Browser",
                  narrow: "first",
                  cell: ({ device, isThis }) => (
                    <>
                      <UserAgent text={device.user_agent} />{" "}
                      {isThis && <span class="badge good">this one</span>}
                    </>
                  ),
                },
                {
                  header: "Last address",
                  class: "mono nowrap",
                  cell: ({ device }) => device.ip_address,
                },
                {
                  header: "Place",
                  cell: ({ place }) => <PlaceName place={place} />,
                },
                {
                  header: "First login",
                  class: "nowrap",
                  cell: ({ device }) => (
                    <Time at={device.created_at} now={now} />
                  ),
                },
                {
                  header: "Last login",
                  class: "nowrap",
                  cell: ({ device }) => (
                    <Time at={device.last_used_at} now={now} />
                  ),
                },
                {
                  header: "Action",
                  isHeaderHidden: true,
                  narrow: "bare",
                  cell: ({ id, device }) => (
                    <button
                      class="danger small"
                      type="submit"
                      form={FORM}
                      name="device"
                      value={id}
                      aria-label={`Remove the device last used from ${device.ip_address}`}
                    >
                      Forget
                    </button>
                  ),
                },
              ]}
            />
          </>
        )}
    </section>
  );
}
