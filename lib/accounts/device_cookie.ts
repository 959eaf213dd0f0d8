import { DEVICE_LIFETIME_MS } from "./devices.ts";
import { hostCookie } from "../http/host_cookie.ts";

/** `__Host-portcullis-device`: the browser's secret as a known device. It outlives logouts. */
export const deviceCookie = hostCookie("portcullis-device", DEVICE_LIFETIME_MS);
