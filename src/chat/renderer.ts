import { type RenderRequest, render } from "./render.ts";
import { READY } from "./rendering.ts";

/*
 * The process that strangers' templates run in: it may be ended from outside at any moment, whatever a template does.
 * One request is answered at a time.
 */

process.on("message", (request: RenderRequest) => process.send?.(render(request)));
process.on("disconnect", () => process.exit());
process.send?.(READY);
