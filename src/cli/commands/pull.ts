import { EXIT } from "../../errors.ts";
import type { GgufChoice } from "../../hub/gguf-choices.ts";
import { PullInterruptedError } from "../../hub/pull/errors.ts";
import { type Pulled, pull } from "../../hub/pull/pull.ts";
import { printable } from "../../printable.ts";
import { ask, canAsk } from "../ask.ts";
import type { Context } from "../context.ts";
import { jsonLine } from "../json.ts";
import { bytesText, padded } from "../layout.ts";
import { transferOf } from "../transfer.ts";

/** Downloads a model. Ctrl-C keeps what was loaded; a second Ctrl-C leaves at once. */
export async function pullModel(
  context: Context,
  reference: string,
  { quant }: { readonly quant?: string },
): Promise<number> {
  const { json, out, err, say, language } = context;
  const stopping = new AbortController();
  const stop = (): void => {
    if (stopping.signal.aborted) process.exit(EXIT.interrupted);
    stopping.abort();
  };
  process.on("SIGINT", stop);
  const transfer = transferOf(context);
  try {
    const pulled = await pull(reference, {
      signal: stopping.signal,
      ...(quant === undefined ? {} : { quant }),
      ...(canAsk(context) ? { choose: (choices, suggested) => choose(context, choices, suggested) } : {}),
      onEvent: transfer.event,
    });
    transfer.end();
    if (json) out.line(jsonLine(pulled, language));
    else sayPulled(context, pulled);
    return EXIT.done;
  } catch (failure) {
    transfer.end();
    if (!(failure instanceof PullInterruptedError) || json) throw failure;
    err.line();
    const kept = bytesText(failure.keptBytes);
    const again = `basewise pull ${printable(reference, Number.POSITIVE_INFINITY)}${quant === undefined ? "" : ` --quant ${printable(quant)}`}`;
    err.line(
      say({
        en: `Stopped; ${kept} are kept. To go on: ${again}`,
        zh: `已停止；已保留 ${kept}。继续下载：${again}`,
      }),
    );
    return failure.exitCode;
  } finally {
    process.off("SIGINT", stop);
  }
}

/** One question: a number or a label; Enter takes the suggestion. */
async function choose(
  { err, say }: Context,
  choices: readonly GgufChoice[],
  suggested: GgufChoice,
): Promise<string> {
  err.line(say({ en: "It comes in several quantisations:", zh: "有多种量化可选：" }));
  for (const [i, choice] of choices.entries()) {
    const mark = choice === suggested ? say({ en: "  usual choice", zh: "  常用" }) : "";
    const label = padded(printable(choice.label), 16);
    err.line(`${String(i + 1).padStart(4)}  ${label} ${bytesText(choice.bytes)}${err.paint.dim(mark)}`);
  }
  const question = say({
    en: `Which one? (number or name; Enter: ${suggested.label}) `,
    zh: `选哪一个？（编号或名称；回车：${suggested.label}）`,
  });
  const answer = await ask(question);
  if (answer === "") return suggested.label;
  return /^\d+$/.test(answer) ? (choices[Number(answer) - 1]?.label ?? answer) : answer;
}

function sayPulled({ out, err, say }: Context, pulled: Pulled): void {
  const { path, bytes, loadedBytes, files } = pulled;
  const unverified = files.filter(({ verified }) => !verified).map(({ name }) => printable(name));
  err.line(
    loadedBytes === 0
      ? say({
          en: `Already here: ${bytesText(bytes)} in ${pulled.store}`,
          zh: `已在本机：${bytesText(bytes)}，位于 ${pulled.store}`,
        })
      : say({
          en: `Done: ${bytesText(bytes)} in ${pulled.store}${unverified.length === 0 ? ", contents checked" : ""}`,
          zh: `完成：${bytesText(bytes)}，位于 ${pulled.store}${unverified.length === 0 ? "，内容已校验" : ""}`,
        }),
  );
  if (unverified.length > 0) {
    const names = unverified.slice(0, 4).join(", ");
    err.line(
      err.paint.yellow(
        say({
          en: `Its host states no digest for ${names}: only size and structure were checked.`,
          zh: `来源站点未提供 ${names} 的摘要：只检查了大小和结构。`,
        }),
      ),
    );
  }
  out.line(path);
}
