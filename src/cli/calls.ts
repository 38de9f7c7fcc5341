import type { ToolCall } from "../chat/tools/tool.ts";
import type { Context } from "./context.ts";
import { modelText } from "./model-text.ts";

/** A call as a function's; one that cannot be made with what is wrong. */
export function callLines({ out, say }: Context, call: ToolCall): string[] {
  if (call.status === "ready") {
    return [modelText(`→ ${call.name}(${JSON.stringify(call.arguments)})`, out)];
  }
  return [out.paint.yellow(`⚠ ${say(call.problem)}`), modelText(`  ${call.text}`, out)];
}
