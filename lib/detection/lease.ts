export { type Lease, type LeaseOptions, takeLease } from "../store/lease.ts";
