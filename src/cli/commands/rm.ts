import { EXIT } from "../../errors.ts";
import { planRemoval, type Removal, remove } from "../../hub/remove.ts";
import { printable } from "../../printable.ts";
import { ask, canAsk } from "../ask.ts";
import type { Context } from "../context.ts";
import { jsonLine } from "../json.ts";
import { bytesText } from "../layout.ts";
import { UsageError } from "../usage.ts";

/** Removes a model, after a question on a terminal; a script says `--yes`. */
export async function removeModel(
  context: Context,
  reference: string,
  { yes }: { readonly yes?: true },
): Promise<number> {
  const { json, out, err, say, language } = context;
  const removal = await planRemoval(reference);
  if (yes !== true) {
    if (!canAsk(context)) throw needsYes(removal);
    if (!(await isMeant(context, removal))) {
      err.line(say({ en: "Nothing was removed.", zh: "未删除任何内容。" }));
      return EXIT.done;
    }
  }
  await remove(removal);
  const { store, bytes, paths } = removal;
  if (json) out.line(jsonLine({ reference, store, bytes, paths }, language));
  else {
    err.line(
      say({
        en: `Removed ${printable(reference)} from ${store}: ${bytesText(bytes)} are free again.`,
        zh: `已从 ${store} 删除 ${printable(reference)}，释放 ${bytesText(bytes)}。`,
      }),
    );
  }
  return EXIT.done;
}

async function isMeant({ say }: Context, { reference, store, bytes }: Removal): Promise<boolean> {
  const answer = await ask(
    say({
      en: `Remove ${printable(reference)} from ${store} (${bytesText(bytes)})? [y/N] `,
      zh: `从 ${store} 删除 ${printable(reference)}（${bytesText(bytes)}）？[y/N] `,
    }),
  );
  return /^(y|yes|是)$/i.test(answer);
}

function needsYes({ reference, bytes }: Removal): UsageError {
  const shown = printable(reference);
  return new UsageError({
    en: `Removing ${shown} (${bytesText(bytes)}) cannot be asked about here; add --yes.`,
    zh: `此处无法询问是否删除 ${shown}（${bytesText(bytes)}）；请加上 --yes。`,
  });
}
