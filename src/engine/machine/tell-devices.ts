import { nativeDevices } from "../../native/ggml/devices.ts";

/* A program of its own: it loads the graphics drivers, and prints what there is as JSON. */
process.stdout.write(JSON.stringify(nativeDevices()));
